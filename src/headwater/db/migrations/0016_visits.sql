-- Visits a network has yet to be told of. They wait here and not among deliveries, so that what earns
-- something never stands behind them; they go with their touch.
create table visits_to_tell (
    destination_id text not null references destinations (id),
    touch_id text not null references touches (id) on delete cascade,
    workspace_id text not null references workspaces (id),
    primary key (destination_id, touch_id)
) $strict;
create index visits_by_touch on visits_to_tell (touch_id);

-- The few of them that were let into the queue.
create index deliveries_giving_way on deliveries (destination_id)
    where state = 'waiting' and substr(natural_key, 1, 6) = 'visit:';
