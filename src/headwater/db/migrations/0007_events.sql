-- Where a click came from, and clicks listed by their time. New ones come last in the index, so a
-- redirect writes to the page at its end.

alter table clicks add column country text;
alter table clicks add column region text;
alter table clicks add column city text;
create index clicks_by_time on clicks (workspace_id, first_at);
