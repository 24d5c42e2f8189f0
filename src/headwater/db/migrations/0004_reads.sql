-- Customers as they are kept, listed and erased; webhooks that are changed, switched off and given a
-- new secret; conversions found by their time.

alter table customers add column stripe_customer_id text;
alter table customers add column country text;
alter table customers add column subscription_canceled_at $int;
alter table customers add column erased_at $int;
create unique index customers_by_stripe on customers (workspace_id, stripe_customer_id)
    where stripe_customer_id is not null;
create index customers_in_order on customers (workspace_id, id);

alter table webhooks add column failures $int not null default 0;
alter table webhooks add column deleted_at $int;
alter table webhooks add column old_secret text;
alter table webhooks add column old_secret_until $int;
-- Until now a webhook was disabled only by deleting it.
update webhooks set deleted_at = disabled_at;

-- The time alone: led by the workspace, SQLite would use them to find a customer's conversions.
create index leads_by_time on leads (at);
create index sales_by_time on sales (at);
