-- Endpoints that take webhooks of Stripe, what came there, and what is known of Stripe's objects.

-- `old_secret` is accepted beside `secret` for a while. `amount` and `taxes` say what a sale counts.
create table stripe_endpoints (
    id text primary key,
    workspace_id text not null references workspaces (id),
    mode text not null check (mode in ('live', 'test')),
    amount text not null check (amount in ('invoiced', 'paid')),
    taxes text not null check (taxes in ('excluded', 'included')),
    secret text,
    old_secret text,
    old_secret_until $int,
    created_at $int not null,
    deleted_at $int
) $strict;
create index stripe_endpoints_of_workspace on stripe_endpoints (workspace_id, id);

-- One row per event, for ever, by Stripe's id. `next_at`: when the worker tries it; `results` is a
-- JSON list of what became of it, each `[kind, id]`.
create table stripe_events (
    workspace_id text not null references workspaces (id),
    id text not null,
    endpoint_id text not null references stripe_endpoints (id),
    kind text not null,
    happened_at $int not null,
    received_at $int not null,
    state text not null check (state in ('waiting', 'applied', 'ignored', 'failed')),
    reason text,
    waits_for text,
    next_at $int,
    tries $int not null,
    settled_at $int,
    results text not null,
    primary key (workspace_id, id)
) $strict;
create index stripe_events_due on stripe_events (next_at, workspace_id, id)
    where next_at is not null;
create index stripe_events_waiting on stripe_events (workspace_id, waits_for)
    where waits_for is not null;
create index stripe_events_by_time on stripe_events (workspace_id, received_at, id);
create index stripe_events_by_state on stripe_events (workspace_id, state, received_at, id);
create index stripe_events_by_endpoint on stripe_events (endpoint_id);

-- What came, as it came: kept for a while, and erased with the person it tells of.
create table stripe_bodies (
    workspace_id text not null,
    event_id text not null,
    received_at $int not null,
    body text not null,
    primary key (workspace_id, event_id)
) $strict;
create index stripe_bodies_by_time on stripe_bodies (workspace_id, received_at);

-- What events said of customers, payments, invoices, subscriptions and promotion codes: `said` is a
-- JSON object of field and `[when, value]`, of which the earliest word stands.
create table stripe_objects (
    workspace_id text not null references workspaces (id),
    kind text not null,
    id text not null,
    owner text,
    said text not null,
    primary key (workspace_id, kind, id)
) $strict;
create index stripe_objects_by_owner on stripe_objects (workspace_id, kind, owner)
    where owner is not null;

create index customers_by_email on customers (workspace_id, email) where email is not null;
