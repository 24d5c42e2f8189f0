-- Clicks, commissions and payments that were made elsewhere and brought here.

-- Ids of clicks that another server made, and the click each of them stands for here.
create table imported_clicks (
    workspace_id text not null,
    click_id text not null,
    link_number $int not null references links (number),
    hour $int not null,
    visitor $int not null,
    primary key (workspace_id, click_id)
) $strict;

-- A commission that was decided elsewhere names no reward of ours, perhaps no customer and no link,
-- and may have been paid there. What was paid moves from pending to paid.
-- only sqlite
pragma defer_foreign_keys = on;
create table kept (
    id text, workspace_id text, program_id text, partner_id text, customer_id text, kind text,
    conversion_id text, link_number $int, reward_id text, sale_amount $int, earnings $int,
    currency text, created_at $int, quantity $int
) $strict;
insert into kept select id, workspace_id, program_id, partner_id, customer_id, kind, conversion_id,
    link_number, reward_id, sale_amount, earnings, currency, created_at, quantity from commissions;
drop table commissions;
create table commissions (
    id text primary key,
    workspace_id text not null,
    program_id text not null references programs (id),
    partner_id text not null references partners (id),
    customer_id text references customers (id),
    kind text not null check (kind in ('click', 'lead', 'sale', 'referral', 'custom')),
    conversion_id text not null unique,
    link_number $int,
    reward_id text references rewards (id),
    sale_amount $int not null check (sale_amount >= 0),
    earnings $int not null check (earnings > 0),
    currency text not null,
    created_at $int not null,
    quantity $int not null default 1 check (quantity >= 1),
    paid_at $int
) $strict;
insert into commissions (id, workspace_id, program_id, partner_id, customer_id, kind, conversion_id,
    link_number, reward_id, sale_amount, earnings, currency, created_at, quantity)
    select id, workspace_id, program_id, partner_id, customer_id, kind, conversion_id,
    link_number, reward_id, sale_amount, earnings, currency, created_at, quantity from kept;
drop table kept;
create unique index one_lead_commission on commissions (program_id, customer_id)
    where kind = 'lead';
create index commissions_by_partner on commissions (partner_id, id);
create index commissions_in_order on commissions (workspace_id, id);
create table kept_entries (
    id text, workspace_id text, kind text, source_id text, commission_id text, debit_account text,
    credit_account text, amount $int, currency text, at $int
) $strict;
insert into kept_entries select id, workspace_id, kind, source_id, commission_id, debit_account,
    credit_account, amount, currency, at from ledger_entries;
drop table ledger_entries;
create table ledger_entries (
    id text primary key,
    workspace_id text not null,
    kind text not null check (kind in ('accrual', 'reversal', 'payment')),
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
insert into ledger_entries select id, workspace_id, kind, source_id, commission_id, debit_account,
    credit_account, amount, currency, at from kept_entries;
drop table kept_entries;
create index entries_by_commission on ledger_entries (commission_id);
create unique index one_accrual on ledger_entries (commission_id) where kind = 'accrual';

-- only postgres
alter table commissions alter column customer_id drop not null;
alter table commissions alter column link_number drop not null;
alter table commissions alter column reward_id drop not null;
alter table commissions add column paid_at $int;
alter table commissions drop constraint commissions_kind_check;
alter table commissions add constraint commissions_kind_check
    check (kind in ('click', 'lead', 'sale', 'referral', 'custom'));
alter table commissions drop constraint commissions_quantity_check;
alter table commissions add constraint commissions_quantity_check check (quantity >= 1);
alter table ledger_entries drop constraint ledger_entries_kind_check;
alter table ledger_entries add constraint ledger_entries_kind_check
    check (kind in ('accrual', 'reversal', 'payment'));
