-- What happens to a customer beside leads and sales, and sales of customers no link of ours brought.

-- Steps of a customer's life: each once, whoever reports it and how often. `entity` is what it
-- happened to: a trial, a subscription; of a sign-up the customer.
create table milestones (
    id text primary key,
    workspace_id text not null references workspaces (id),
    customer_id text not null references customers (id),
    kind text not null check (kind in ('signup', 'trial_start', 'trial_end', 'subscription_start')),
    entity text not null,
    plan text,
    scope text not null check (scope in ('personal', 'organization')),
    administrative $int not null check (administrative in (0, 1)),
    source text not null check (source in ('api', 'stripe', 'client', 'signup')),
    metadata text,
    at $int not null,
    created_at $int not null,
    unique (workspace_id, kind, entity)
) $strict;
create index milestones_by_customer on milestones (customer_id, kind);
create index milestones_in_order on milestones (workspace_id, id);

-- A payment somebody contests. What it takes off the commission is decided when it is opened.
create table disputes (
    id text primary key,
    workspace_id text not null,
    sale_id text not null references sales (id),
    key text not null,
    original_amount $int check (original_amount > 0),
    reversed $int not null check (reversed >= 0),
    reason text,
    at $int not null,
    outcome text check (outcome in ('won', 'lost')),
    closed_at $int,
    check ((outcome is null) = (closed_at is null)),
    unique (sale_id, key)
) $strict;

-- A sale may be of a customer who came by no link: then it has no lead either. `plan` is what was
-- bought. What an administrator did, or was bought for an organization, is reported to nobody.
-- only sqlite
pragma defer_foreign_keys = on;
create table kept_sales (
    id text, workspace_id text, customer_id text, lead_id text, link_number $int, event_name text,
    amount $int, currency text, original_amount $int, original_currency text, rate_id text,
    payment_processor text, invoice_id text, metadata text, at $int
) $strict;
insert into kept_sales select id, workspace_id, customer_id, lead_id, link_number, event_name,
    amount, currency, original_amount, original_currency, rate_id, payment_processor, invoice_id,
    metadata, at from sales;
drop table sales;
create table sales (
    id text primary key,
    workspace_id text not null,
    customer_id text not null references customers (id),
    lead_id text references leads (id),
    link_number $int references links (number),
    event_name text not null,
    amount $int not null check (amount >= 0),
    currency text not null,
    original_amount $int not null check (original_amount > 0),
    original_currency text not null,
    rate_id text references rates (id),
    payment_processor text not null,
    invoice_id text,
    metadata text,
    at $int not null,
    plan text,
    promo_code text,
    subscription_id text,
    scope text not null default 'personal' check (scope in ('personal', 'organization')),
    administrative $int not null default 0 check (administrative in (0, 1)),
    check ((lead_id is null) = (link_number is null)),
    unique (workspace_id, invoice_id)
) $strict;
insert into sales (id, workspace_id, customer_id, lead_id, link_number, event_name, amount,
    currency, original_amount, original_currency, rate_id, payment_processor, invoice_id, metadata,
    at) select id, workspace_id, customer_id, lead_id, link_number, event_name, amount, currency,
    original_amount, original_currency, rate_id, payment_processor, invoice_id, metadata, at
    from kept_sales;
drop table kept_sales;
create index sales_by_customer on sales (customer_id);
create index sales_by_time on sales (at);
create table kept_receipts (
    id text, workspace_id text, kind text, conversion_id text, customer_id text, link_number $int,
    program_id text, partner_id text, first_touch $int, body text, decided_at $int
) $strict;
insert into kept_receipts select id, workspace_id, kind, conversion_id, customer_id, link_number,
    program_id, partner_id, first_touch, body, decided_at from receipts;
drop table receipts;
create table receipts (
    id text primary key,
    workspace_id text not null,
    kind text not null check (kind in ('lead', 'sale', 'refund', 'dispute')),
    conversion_id text not null unique,
    customer_id text not null,
    link_number $int,
    program_id text,
    partner_id text,
    first_touch $int not null check (first_touch in (0, 1)),
    body text not null,
    decided_at $int not null
) $strict;
insert into receipts select id, workspace_id, kind, conversion_id, customer_id, link_number,
    program_id, partner_id, first_touch, body, decided_at from kept_receipts;
drop table kept_receipts;
create index receipts_by_partner on receipts (partner_id, id) where partner_id is not null;
create index receipts_to_restate on receipts (customer_id, id) where first_touch = 1;
create index receipts_in_order on receipts (workspace_id, id);
create table kept_inbox (
    id text, workspace_id text, kind text, reason text, field text, state text, natural_key text,
    waits_for text, content_hash text, ready $int, received_at $int, resolved_at $int,
    result_kind text, result_id text
) $strict;
insert into kept_inbox select id, workspace_id, kind, reason, field, state, natural_key, waits_for,
    content_hash, ready, received_at, resolved_at, result_kind, result_id from inbox;
drop table inbox;
create table inbox (
    id text primary key,
    workspace_id text not null references workspaces (id),
    kind text not null check (kind in ('lead', 'sale', 'refund', 'milestone', 'dispute')),
    reason text not null,
    field text,
    state text not null check (state in ('waiting', 'resolved', 'closed')),
    natural_key text,
    waits_for text,
    content_hash text not null,
    ready $int not null default 0 check (ready in (0, 1)),
    received_at $int not null,
    resolved_at $int,
    result_kind text,
    result_id text,
    unique (workspace_id, content_hash)
) $strict;
insert into inbox select id, workspace_id, kind, reason, field, state, natural_key, waits_for,
    content_hash, ready, received_at, resolved_at, result_kind, result_id from kept_inbox;
drop table kept_inbox;
create unique index inbox_holds_key on inbox (workspace_id, kind, natural_key)
    where natural_key is not null and state = 'waiting' and reason <> 'conflict';
create index inbox_waits on inbox (workspace_id, waits_for) where state = 'waiting';
create index inbox_ready on inbox (id) where state = 'waiting' and ready = 1;
create index inbox_in_order on inbox (workspace_id, id);

-- only postgres
alter table sales alter column lead_id drop not null;
alter table sales alter column link_number drop not null;
alter table sales add column plan text;
alter table sales add column promo_code text;
alter table sales add column subscription_id text;
alter table sales add column scope text not null default 'personal';
alter table sales add column administrative $int not null default 0;
alter table sales add constraint sales_lead_and_link
    check ((lead_id is null) = (link_number is null));
alter table sales add constraint sales_scope check (scope in ('personal', 'organization'));
alter table sales add constraint sales_administrative check (administrative in (0, 1));
alter table receipts alter column link_number drop not null;
alter table receipts drop constraint receipts_kind_check;
alter table receipts add constraint receipts_kind_check
    check (kind in ('lead', 'sale', 'refund', 'dispute'));
alter table inbox drop constraint inbox_kind_check;
alter table inbox add constraint inbox_kind_check
    check (kind in ('lead', 'sale', 'refund', 'milestone', 'dispute'));

-- both
-- Sales of customers of whom nothing is known yet, by how long they wait.
create index inbox_patient on inbox (received_at) where state = 'waiting' and reason = 'no_lead';
