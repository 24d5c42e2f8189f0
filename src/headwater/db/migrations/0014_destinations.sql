-- Destinations: webhooks and networks, with one queue for all of them. What waits for its parent, what
-- was not sent and why, and what became of a report after the network took it.

-- `settings` is a JSON object, `secret` what opens the account there. Ready: all it takes to send is
-- known. `per_hour`: requests it may get, null for any number; `spent_until`: how much of that is used.
create table destinations (
    id text primary key,
    workspace_id text not null references workspaces (id),
    kind text not null,
    name text not null,
    settings text not null default '{}',
    secret text,
    ready $int not null default 1 check (ready in (0, 1)),
    disabled_at $int,
    disabled_reason text,
    paused_until $int not null default 0,
    failures $int not null default 0,
    per_hour $int check (per_hour > 0),
    spent_until $int not null default 0,
    created_at $int not null,
    deleted_at $int,
    check (disabled_reason is null or disabled_at is not null)
) $strict;
create index destinations_by_workspace on destinations (workspace_id);
create index destinations_reporting on destinations (workspace_id)
    where kind <> 'webhook' and deleted_at is null;
insert into destinations (id, workspace_id, kind, name, disabled_at, paused_until, failures,
    created_at, deleted_at) select id, workspace_id, 'webhook', name, disabled_at, paused_until,
    failures, created_at, deleted_at from webhooks;
alter table webhooks drop column name;
alter table webhooks drop column disabled_at;
alter table webhooks drop column paused_until;
alter table webhooks drop column failures;
alter table webhooks drop column created_at;
alter table webhooks drop column deleted_at;

-- `natural_key` names what a destination is told once. A row with a parent goes only after that one
-- was delivered and `gap_us` passed; `settled_first`: and after the network said what became of it.
-- only sqlite
pragma defer_foreign_keys = on;
create table kept_deliveries (
    position $int, id text, workspace_id text, webhook_id text, message_id text, order_key text,
    state text, attempts $int, failures $int, next_at $int, lease text, last_error text,
    created_at $int, delivered_at $int
) $strict;
insert into kept_deliveries select position, id, workspace_id, webhook_id, message_id, order_key,
    state, attempts, failures, next_at, lease, last_error, created_at, delivered_at from deliveries;
drop table deliveries;
create table deliveries (
    position $identity,
    id text not null unique,
    workspace_id text not null,
    destination_id text not null references destinations (id),
    message_id text not null references messages (id),
    order_key text not null,
    state text not null check (state in ('waiting', 'delivered', 'dead', 'skipped')),
    attempts $int not null default 0,
    failures $int not null default 0,
    next_at $int not null,
    lease text,
    last_error text,
    created_at $int not null,
    delivered_at $int,
    natural_key text,
    parent_id text references deliveries (id),
    gap_us $int not null default 0,
    settled_first $int not null default 0 check (settled_first in (0, 1)),
    unique (message_id, destination_id)
) $strict;
insert into deliveries (position, id, workspace_id, destination_id, message_id, order_key, state,
    attempts, failures, next_at, lease, last_error, created_at, delivered_at)
    select position, id, workspace_id, webhook_id, message_id, order_key, state, attempts, failures,
    next_at, lease, last_error, created_at, delivered_at from kept_deliveries;
drop table kept_deliveries;
create index deliveries_due on deliveries (destination_id, next_at, position)
    where state = 'waiting';
create index deliveries_in_order on deliveries (order_key, position) where state = 'waiting';
create index deliveries_dead on deliveries (workspace_id, state, position) where state = 'dead';
create index deliveries_by_workspace on deliveries (workspace_id, position);

-- only postgres
alter table deliveries drop constraint deliveries_webhook_id_fkey;
alter table deliveries rename column webhook_id to destination_id;
alter table deliveries add constraint deliveries_destination_id_fkey
    foreign key (destination_id) references destinations (id);
alter table deliveries drop constraint deliveries_state_check;
alter table deliveries add constraint deliveries_state_check
    check (state in ('waiting', 'delivered', 'dead', 'skipped'));
alter table deliveries add column natural_key text;
alter table deliveries add column parent_id text references deliveries (id);
alter table deliveries add column gap_us $int not null default 0;
alter table deliveries add column settled_first $int not null default 0
    check (settled_first in (0, 1));

-- both
create unique index deliveries_once on deliveries (destination_id, natural_key)
    where natural_key is not null;
create index deliveries_by_parent on deliveries (parent_id) where parent_id is not null;
create index deliveries_skipped on deliveries (workspace_id, position) where state = 'skipped';

-- What a network took and has yet to work through, by the name it gave it; `look_at`: when we ask again.
create table submissions (
    delivery_id text primary key references deliveries (id),
    workspace_id text not null,
    destination_id text not null references destinations (id),
    reference text not null,
    state text not null check (state in ('pending', 'accepted', 'refused', 'unknown')),
    reason text,
    looks $int not null default 0,
    look_at $int,
    created_at $int not null,
    settled_at $int,
    check ((state = 'pending') = (look_at is not null)),
    check ((state = 'pending') = (settled_at is null))
) $strict;
create index submissions_by_state on submissions (workspace_id, state, delivery_id);
create index submissions_due on submissions (destination_id, look_at) where look_at is not null;
