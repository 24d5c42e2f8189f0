-- Visitors and what they came by, kept until somebody signs up; first touches of every provider; and
-- what a browser knew when somebody went to pay.

-- Browsers, by the id in their cookie; `customer_id` is who claimed its touches last.
create table visitors (
    workspace_id text not null references workspaces (id),
    id text not null,
    customer_id text references customers (id),
    claimed_at $int,
    first_at $int not null,
    last_at $int not null,
    primary key (workspace_id, id)
) $strict;
create index visitors_by_customer on visitors (customer_id) where customer_id is not null;

-- `ids` is a JSON object of parameter, value and end; `fingerprint` stands for all it came by. A
-- touch that was claimed stays with its customer.
create table touches (
    id text primary key,
    workspace_id text not null references workspaces (id),
    event_id text not null,
    visitor_id text,
    customer_id text references customers (id),
    source text not null check (source in ('tag', 'server', 'edge')),
    at $int not null,
    received_at $int not null,
    expires_at $int not null,
    url text,
    referrer text,
    click_id text,
    partner text,
    coupon text,
    referral text,
    utm text,
    ids text,
    fingerprint text not null,
    measurement text not null check (measurement in ('granted', 'denied', 'unknown')),
    sharing text not null check (sharing in ('granted', 'denied', 'unknown')),
    personal text not null check (personal in ('granted', 'denied', 'unknown')),
    consent_source text not null,
    claimed_at $int,
    new_customer $int check (new_customer in (0, 1)),
    check ((customer_id is null) = (claimed_at is null)),
    unique (workspace_id, event_id)
) $strict;
create index touches_by_visitor on touches (workspace_id, visitor_id, at)
    where visitor_id is not null;
create index touches_by_customer on touches (customer_id, at) where customer_id is not null;
create index touches_by_end on touches (workspace_id, expires_at) where customer_id is null;

-- Clicks a customer brought along when they signed up, beside those of their leads; the partner is
-- who the link belonged to then. A click is one customer's.
create table claimed_clicks (
    id text primary key,
    workspace_id text not null,
    customer_id text not null references customers (id),
    click_id text not null,
    clicked_at $int not null,
    click_class text not null,
    link_number $int not null references links (number),
    program_id text,
    partner_id text,
    created_at $int not null,
    unique (click_id, workspace_id)
) $strict;
create index claimed_by_customer on claimed_clicks (customer_id);

-- What a checkout was begun with; the first word on it stands.
create table checkouts (
    id text primary key,
    workspace_id text not null references workspaces (id),
    checkout_id text not null,
    customer_external_id text,
    visitor_id text,
    attribution text not null,
    metadata text not null,
    client_reference_id text,
    created_at $int not null,
    unique (workspace_id, checkout_id)
) $strict;
create index checkouts_by_customer on checkouts (workspace_id, customer_external_id)
    where customer_external_id is not null;
create index checkouts_by_visitor on checkouts (workspace_id, visitor_id)
    where visitor_id is not null;

-- What the tag is told: a JSON object.
alter table workspaces add column tag text not null default '{}';

-- The first touch of a customer for each provider: our own is a click, of others the id they gave.
-- `told_at`: when a sign-up answered that it is new.
-- only sqlite
create table kept_attributions (
    customer_id text, provider text, workspace_id text, click_id text, link_number $int,
    touched_at $int, created_at $int
) $strict;
insert into kept_attributions select customer_id, provider, workspace_id, click_id, link_number,
    touched_at, created_at from attributions;
drop table attributions;
create table attributions (
    customer_id text not null references customers (id),
    provider text not null,
    workspace_id text not null,
    click_id text,
    link_number $int,
    touched_at $int not null,
    created_at $int not null,
    identifier text,
    parameter text,
    told_at $int,
    primary key (customer_id, provider),
    check ((provider = 'headwater') = (click_id is not null)),
    check ((click_id is null) = (link_number is null)),
    check ((click_id is null) = (identifier is not null)),
    check ((identifier is null) = (parameter is null))
) $strict;
insert into attributions (customer_id, provider, workspace_id, click_id, link_number, touched_at,
    created_at) select customer_id, provider, workspace_id, click_id, link_number, touched_at,
    created_at from kept_attributions;
drop table kept_attributions;

-- only postgres
alter table attributions drop constraint attributions_provider_check;
alter table attributions alter column click_id drop not null;
alter table attributions alter column link_number drop not null;
alter table attributions add column identifier text;
alter table attributions add column parameter text;
alter table attributions add column told_at $int;
alter table attributions add constraint attributions_own
    check ((provider = 'headwater') = (click_id is not null));
alter table attributions add constraint attributions_own_link
    check ((click_id is null) = (link_number is null));
alter table attributions add constraint attributions_identifier
    check ((click_id is null) = (identifier is not null));
alter table attributions add constraint attributions_parameter
    check ((identifier is null) = (parameter is null));
