-- Workspaces to try things in: what happens there is on a clock that only moves forward, so far
-- ahead of the real one.
alter table workspaces add column sandbox $int not null default 0 check (sandbox in (0, 1));
alter table workspaces add column clock_ahead $int not null default 0
    check (clock_ahead >= 0 and (clock_ahead = 0 or sandbox = 1));
