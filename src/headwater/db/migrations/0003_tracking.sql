-- The tracking API whole: how many leads a call reports, and clicks a customer was announced with.

alter table leads add column quantity $int not null default 1 check (quantity between 1 and 100);
alter table commissions add column quantity $int not null default 1
    check (quantity between 1 and 100);

-- Clicks of deferred leads: the customer is known by them before anything happened.
create table announced_clicks (
    id text primary key,
    workspace_id text not null,
    customer_id text not null references customers (id),
    click_id text not null,
    link_number $int not null references links (number),
    clicked_at $int not null,
    created_at $int not null,
    unique (customer_id, click_id)
) $strict;

-- Hosts whose pages may report without the secret key, as a JSON list. Empty: all.
alter table workspaces add column allowed_hostnames text not null default '[]';

-- What made the click: a redirect, a QR code, a page that was seen, an app that was opened.
alter table clicks add column trigger text not null default 'link'
    check (trigger in ('link', 'qr', 'pageview', 'deeplink'));

-- What became of each tracking call; swept after a while. The id is that of the request.
create table conversion_log (
    workspace_id text not null,
    id text not null,
    call text not null,
    outcome text not null check (outcome in ('recorded', 'kept', 'refused')),
    status $int not null,
    code text,
    message text,
    field text,
    customer_external_id text,
    link_number $int,
    result_kind text,
    result_id text,
    at $int not null,
    primary key (workspace_id, id)
) $strict;
create index conversion_log_by_customer on conversion_log (workspace_id, customer_external_id)
    where customer_external_id is not null;
