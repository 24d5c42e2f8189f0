-- How long a program holds what its partners earn, and until when it holds one commission; none:
-- it is due at once.
alter table programs add column holding_days $int not null default 0
    check (holding_days between 0 and 365);
alter table commissions add column due_at $int;
create index commissions_held on commissions (workspace_id, due_at) where due_at is not null;
