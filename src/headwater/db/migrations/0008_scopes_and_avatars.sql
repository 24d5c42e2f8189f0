-- Webhooks that hear the clicks of some links or folders, one per message or in batches, each at its
-- own place in the journal. Pictures of customers, fetched and kept.

alter table webhooks add column link_scope text not null default 'workspace'
    check (link_scope in ('workspace', 'links', 'folders'));
alter table webhooks add column click_batches $int not null default 0
    check (click_batches in (0, 1));
-- The line of the journal up to which its clicks are planned; null: from where the worker is.
alter table webhooks add column clicks_after $int;
-- Receivers that were made for batches go on getting them.
update webhooks set click_batches = 1 where triggers like '%link.clicked%';

create table webhook_scopes (
    webhook_id text not null references webhooks (id),
    kind text not null check (kind in ('link', 'folder')),
    target_id text not null,
    workspace_id text not null,
    primary key (webhook_id, kind, target_id)
) $strict;
create index webhook_scopes_by_target on webhook_scopes (target_id);

-- Pictures of customers on their way. The id is chance alone, as it is the address of the picture;
-- `going`: the file is to be deleted, and then the row. `source` is a URL or the picture itself.
create table avatars (
    id text primary key,
    workspace_id text not null,
    customer_id text not null references customers (id),
    state text not null check (state in ('waiting', 'stored', 'failed', 'going')),
    source text,
    digest text,
    attempts $int not null default 0,
    next_at $int not null,
    reason text,
    created_at $int not null
) $strict;
create index avatars_by_customer on avatars (customer_id);
create index avatars_due on avatars (next_at) where state in ('waiting', 'going');
