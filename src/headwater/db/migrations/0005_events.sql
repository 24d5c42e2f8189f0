-- Events listed by their time. New clicks come last in it, so a redirect writes to one page.

create index clicks_by_time on clicks (workspace_id, first_at);
