-- Tags, folders, domains with settings, and links that can be deleted: the row stays, because clicks
-- and receipts speak of it, and key and external id are free again.

create table folders (
    id text primary key,
    workspace_id text not null references workspaces (id),
    name text not null,
    name_folded text not null,
    description text,
    access_level text check (access_level in ('write', 'read')),
    created_at $int not null,
    updated_at $int not null,
    unique (workspace_id, name_folded)
) $strict;

create table tags (
    id text primary key,
    workspace_id text not null references workspaces (id),
    name text not null,
    name_folded text not null,
    color text not null check (
        color in ('red', 'yellow', 'green', 'blue', 'purple', 'brown', 'gray', 'pink')
    ),
    created_at $int not null,
    unique (workspace_id, name_folded)
) $strict;

alter table domains add column is_primary $int not null default 0 check (is_primary in (0, 1));
alter table domains add column archived $int not null default 0 check (archived in (0, 1));
alter table domains add column placeholder text;
alter table domains add column expired_url text;
alter table domains add column not_found_url text;
alter table domains add column logo text;
alter table domains add column asset_links text;
alter table domains add column apple_app_site_association text;
alter table domains add column updated_at $int;
create unique index one_primary_domain on domains (workspace_id) where is_primary = 1;

-- only sqlite
pragma defer_foreign_keys = on;
create table kept (
    number $int, id text, workspace_id text, host text, key text, key_folded text, url text,
    external_id text, tenant_id text, program_id text, partner_id text, track_conversion $int,
    archived $int, title text, description text, comments text, created_at $int, updated_at $int
) $strict;
insert into kept select number, id, workspace_id, host, key, key_folded, url, external_id, tenant_id,
    program_id, partner_id, track_conversion, archived, title, description, comments, created_at,
    updated_at from links;
drop table links;
create table links (
    number $identity,
    id text not null unique,
    workspace_id text not null references workspaces (id),
    host text not null,
    key text not null,
    key_folded text not null,
    url text not null,
    external_id text,
    tenant_id text,
    program_id text references programs (id),
    partner_id text references partners (id),
    track_conversion $int not null check (track_conversion in (0, 1)),
    archived $int not null default 0 check (archived in (0, 1)),
    title text,
    description text,
    comments text,
    created_at $int not null,
    updated_at $int not null,
    folder_id text references folders (id),
    password text,
    features text,
    deleted_at $int,
    check ((program_id is null) = (partner_id is null))
) $strict;
insert into links (number, id, workspace_id, host, key, key_folded, url, external_id, tenant_id,
    program_id, partner_id, track_conversion, archived, title, description, comments, created_at,
    updated_at)
    select number, id, workspace_id, host, key, key_folded, url, external_id, tenant_id,
    program_id, partner_id, track_conversion, archived, title, description, comments, created_at,
    updated_at from kept;
drop table kept;
create index links_by_update on links (updated_at);
create index links_by_partner on links (partner_id) where partner_id is not null;

-- only postgres
alter table links drop constraint links_host_key_folded_key;
alter table links drop constraint links_workspace_id_external_id_key;
alter table links drop constraint links_host_fkey;
alter table links add column folder_id text references folders (id);
alter table links add column password text;
alter table links add column features text;
alter table links add column deleted_at $int;

-- both
create unique index living_links_by_key on links (host, key_folded) where deleted_at is null;
create unique index living_links_by_external_id on links (workspace_id, external_id)
    where deleted_at is null and external_id is not null;
-- Found by the whole URL; the start and the length keep the index short.
create index living_links_by_url on links (workspace_id, substr(url, 1, 100), length(url))
    where deleted_at is null;
create index links_by_folder on links (folder_id) where folder_id is not null;

create table link_tags (
    link_number $int not null references links (number),
    tag_id text not null references tags (id),
    workspace_id text not null,
    position $int not null,
    primary key (link_number, tag_id)
) $strict;
create index link_tags_by_tag on link_tags (tag_id);
