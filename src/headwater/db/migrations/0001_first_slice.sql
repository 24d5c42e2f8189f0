-- The first slice. $int, $identity and $strict are filled in per engine (db/migrate.py); everything
-- else reads the same on SQLite and PostgreSQL.

create table secrets (
    name text primary key,
    value text not null
) $strict;

create table daily_salts (
    day $int primary key,
    salt text not null
) $strict;

create table cursors (
    name text primary key,
    value text not null
) $strict;

create table workspaces (
    id text primary key,
    slug text not null unique,
    currency text not null,
    click_param text not null,
    salt text not null,
    created_at $int not null
) $strict;

create table api_keys (
    id text primary key,
    workspace_id text not null references workspaces (id),
    kind text not null check (kind in ('secret', 'publishable')),
    hash text not null unique,
    hint text not null,
    created_at $int not null
) $strict;

create table domains (
    id text primary key,
    workspace_id text not null references workspaces (id),
    host text not null unique,
    created_at $int not null
) $strict;

create table programs (
    id text primary key,
    workspace_id text not null references workspaces (id),
    name text not null,
    attribution_model text not null check (attribution_model in ('first', 'last')),
    window_days $int not null check (window_days between 1 and 3650),
    self_referral text not null check (self_referral in ('refuse', 'allow')),
    created_at $int not null
) $strict;

create table rewards (
    id text primary key,
    workspace_id text not null references workspaces (id),
    program_id text not null references programs (id),
    event text not null check (event in ('lead', 'sale')),
    kind text not null check (kind in ('flat', 'percentage')),
    amount_minor $int check (amount_minor >= 0),
    basis_points $int check (basis_points between 0 and 10000),
    created_at $int not null,
    check ((kind = 'flat') = (amount_minor is not null)),
    check ((kind = 'percentage') = (basis_points is not null)),
    check (event <> 'lead' or kind = 'flat')
) $strict;
create index rewards_by_program on rewards (program_id, event, created_at);

create table partners (
    id text primary key,
    workspace_id text not null references workspaces (id),
    name text not null,
    email text not null,
    username text,
    country text,
    created_at $int not null,
    unique (workspace_id, email)
) $strict;

create table enrolments (
    id text primary key,
    workspace_id text not null references workspaces (id),
    program_id text not null references programs (id),
    partner_id text not null references partners (id),
    tenant_id text,
    earned $int not null default 0,
    created_at $int not null,
    stopped_at $int,
    unique (program_id, partner_id),
    unique (program_id, tenant_id)
) $strict;

create table links (
    number $identity,
    id text not null unique,
    workspace_id text not null references workspaces (id),
    host text not null references domains (host),
    key text not null,
    key_folded text not null,
    url text not null,
    external_id text,
    tenant_id text,
    program_id text references programs (id),
    partner_id text references partners (id),
    track_conversion $int not null check (track_conversion in (0, 1)),
    archived $int not null default 0 check (archived in (0, 1)),
    title text,
    description text,
    comments text,
    created_at $int not null,
    updated_at $int not null,
    unique (host, key_folded),
    unique (workspace_id, external_id),
    check ((program_id is null) = (partner_id is null))
) $strict;
create index links_by_update on links (updated_at);
create index links_by_partner on links (partner_id) where partner_id is not null;

create table link_counters (
    link_number $int primary key references links (number),
    hits $int not null default 0,
    clicks $int not null default 0,
    leads $int not null default 0,
    conversions $int not null default 0,
    sales $int not null default 0,
    sale_amount $int not null default 0,
    earnings $int not null default 0,
    last_clicked $int
) $strict;

-- One row per (link, visitor, UTC hour): the constraint that makes a click unique. The click id
-- is derived from these three, so it needs no index of its own.
create table clicks (
    link_number $int not null references links (number),
    hour $int not null,
    visitor $int not null,
    workspace_id text not null,
    click_id text not null,
    first_at $int not null,
    class text not null,
    counted $int not null check (counted in (0, 1)),
    counted_in text,
    user_agent text,
    referrer text,
    url text,
    primary key (link_number, hour, visitor)
) $strict;
create index clicks_by_group on clicks (counted_in) where counted_in is not null;

create table hits (
    position $identity,
    group_id text not null,
    workspace_id text not null,
    link_number $int not null,
    hour $int not null,
    visitor $int not null,
    at $int not null,
    class text not null,
    reason text not null
) $strict;
create index hits_by_group on hits (group_id);

create table customers (
    id text primary key,
    workspace_id text not null references workspaces (id),
    external_id text not null,
    name text,
    email text,
    avatar text,
    sales $int not null default 0,
    sale_amount $int not null default 0,
    first_sale_at $int,
    created_at $int not null,
    unique (workspace_id, external_id)
) $strict;

-- The first touch of a customer known at the first decision; never overwritten.
create table attributions (
    customer_id text not null references customers (id),
    provider text not null check (provider in ('headwater')),
    workspace_id text not null,
    click_id text not null,
    link_number $int not null,
    touched_at $int not null,
    created_at $int not null,
    primary key (customer_id, provider)
) $strict;

create table leads (
    position $identity,
    id text not null unique,
    workspace_id text not null,
    customer_id text not null references customers (id),
    name text not null,
    name_key text not null,
    click_id text not null,
    clicked_at $int not null,
    click_class text not null,
    link_number $int not null references links (number),
    program_id text,
    partner_id text,
    metadata text,
    at $int not null,
    unique (customer_id, name_key)
) $strict;
-- The click alone: led by the workspace, SQLite would use it to find a customer's leads as well, and
-- read all leads of the workspace at every sale.
create index leads_by_click on leads (click_id);

create table rates (
    id text primary key,
    workspace_id text not null references workspaces (id),
    currency text not null,
    day text not null,
    rate text not null,
    source text not null,
    created_at $int not null,
    unique (workspace_id, currency, day)
) $strict;

create table sales (
    id text primary key,
    workspace_id text not null,
    customer_id text not null references customers (id),
    lead_id text not null references leads (id),
    link_number $int not null references links (number),
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
    unique (workspace_id, invoice_id)
) $strict;
create index sales_by_customer on sales (customer_id);

create table refunds (
    id text primary key,
    workspace_id text not null,
    sale_id text not null references sales (id),
    key text not null,
    original_amount $int not null check (original_amount > 0),
    amount $int not null check (amount >= 0),
    reversed $int not null check (reversed >= 0),
    reason text,
    at $int not null,
    unique (sale_id, key)
) $strict;

create table receipts (
    id text primary key,
    workspace_id text not null,
    kind text not null check (kind in ('lead', 'sale', 'refund')),
    conversion_id text not null unique,
    customer_id text not null,
    link_number $int not null,
    program_id text,
    partner_id text,
    first_touch $int not null check (first_touch in (0, 1)),
    body text not null,
    decided_at $int not null
) $strict;
create index receipts_by_partner on receipts (partner_id, id) where partner_id is not null;
create index receipts_to_restate on receipts (customer_id, id) where first_touch = 1;

create table restatements (
    id text primary key,
    workspace_id text not null,
    receipt_id text not null references receipts (id),
    click_id text not null,
    touched_at $int not null,
    at $int not null,
    unique (receipt_id, click_id)
) $strict;

create table commissions (
    id text primary key,
    workspace_id text not null,
    program_id text not null references programs (id),
    partner_id text not null references partners (id),
    customer_id text not null references customers (id),
    kind text not null check (kind in ('lead', 'sale')),
    conversion_id text not null unique,
    link_number $int not null,
    reward_id text not null references rewards (id),
    sale_amount $int not null check (sale_amount >= 0),
    earnings $int not null check (earnings > 0),
    currency text not null,
    created_at $int not null
) $strict;
create unique index one_lead_commission on commissions (program_id, customer_id)
    where kind = 'lead';
create index commissions_by_partner on commissions (partner_id, id);

-- An entry moves one positive amount from one account to another, so no row can be out of balance.
create table ledger_entries (
    id text primary key,
    workspace_id text not null,
    kind text not null check (kind in ('accrual', 'reversal')),
    source_id text not null,
    commission_id text not null references commissions (id),
    debit_account text not null,
    credit_account text not null,
    amount $int not null check (amount > 0),
    currency text not null,
    at $int not null,
    check (debit_account <> credit_account),
    unique (source_id, commission_id)
) $strict;
create index entries_by_commission on ledger_entries (commission_id);
create unique index one_accrual on ledger_entries (commission_id) where kind = 'accrual';

create table webhooks (
    id text primary key,
    workspace_id text not null references workspaces (id),
    name text not null,
    url text not null,
    secret text not null,
    triggers text not null,
    disabled_at $int,
    paused_until $int not null default 0,
    created_at $int not null
) $strict;
create index webhooks_by_workspace on webhooks (workspace_id);

create table messages (
    id text primary key,
    workspace_id text not null,
    event text not null,
    subject_id text not null,
    created_at $int not null
) $strict;
create index messages_by_subject on messages (workspace_id, subject_id);

create table message_bodies (
    message_id text primary key references messages (id),
    workspace_id text not null,
    body text not null
) $strict;

-- While a lease is held, next_at is when it ends: a row is due when next_at has passed, whatever
-- happened to the worker that took it.
create table deliveries (
    position $identity,
    id text not null unique,
    workspace_id text not null,
    webhook_id text not null references webhooks (id),
    message_id text not null references messages (id),
    order_key text not null,
    state text not null check (state in ('waiting', 'delivered', 'dead')),
    attempts $int not null default 0,
    failures $int not null default 0,
    next_at $int not null,
    lease text,
    last_error text,
    created_at $int not null,
    delivered_at $int,
    unique (message_id, webhook_id)
) $strict;
create index deliveries_due on deliveries (webhook_id, next_at, position) where state = 'waiting';
create index deliveries_in_order on deliveries (order_key, position) where state = 'waiting';
create index deliveries_dead on deliveries (workspace_id, state, position) where state = 'dead';
create index deliveries_by_workspace on deliveries (workspace_id, position);

create table attempts (
    position $identity,
    delivery_id text not null references deliveries (id),
    workspace_id text not null,
    at $int not null,
    duration_ms $int not null,
    status $int,
    outcome text not null check (outcome in ('delivered', 'retry', 'refused', 'abandoned')),
    error text
) $strict;
create index attempts_by_delivery on attempts (delivery_id);

create table inbox (
    id text primary key,
    workspace_id text not null references workspaces (id),
    kind text not null check (kind in ('lead', 'sale', 'refund')),
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
create unique index inbox_holds_key on inbox (workspace_id, kind, natural_key)
    where natural_key is not null and state = 'waiting' and reason <> 'conflict';
create index inbox_waits on inbox (workspace_id, waits_for) where state = 'waiting';
create index inbox_ready on inbox (id) where state = 'waiting' and ready = 1;

create table inbox_bodies (
    inbox_id text primary key references inbox (id),
    workspace_id text not null,
    body text not null
) $strict;

create table idempotency_keys (
    workspace_id text not null,
    key text not null,
    fingerprint text not null,
    result_kind text not null,
    result_id text not null,
    created_at $int not null,
    primary key (workspace_id, key)
) $strict;

-- seq and hash are given by the sealer after commit, in commit order.
create table journal (
    position $identity,
    id text not null unique,
    workspace_id text not null,
    kind text not null,
    subject_id text not null,
    digest text not null,
    at $int not null,
    seq $int unique,
    hash text
) $strict;
create index journal_unsealed on journal (position) where seq is null;
create index journal_by_subject on journal (subject_id);
