-- Domains as the DNS shows them. Several workspaces may name one host: one of them holds it, and whoever
-- proves by a record that it is theirs takes it over. So keys are unique within a workspace's host.

-- only sqlite
create table kept (
    id text, workspace_id text, host text, created_at $int, is_primary $int, archived $int,
    placeholder text, expired_url text, not_found_url text, logo text, asset_links text,
    apple_app_site_association text, updated_at $int
) $strict;
insert into kept select id, workspace_id, host, created_at, is_primary, archived, placeholder,
    expired_url, not_found_url, logo, asset_links, apple_app_site_association, updated_at
    from domains;
drop table domains;
create table domains (
    id text primary key,
    workspace_id text not null references workspaces (id),
    host text not null,
    created_at $int not null,
    is_primary $int not null default 0 check (is_primary in (0, 1)),
    archived $int not null default 0 check (archived in (0, 1)),
    placeholder text,
    expired_url text,
    not_found_url text,
    logo text,
    asset_links text,
    apple_app_site_association text,
    updated_at $int,
    unique (workspace_id, host)
) $strict;
insert into domains select id, workspace_id, host, created_at, is_primary, archived, placeholder,
    expired_url, not_found_url, logo, asset_links, apple_app_site_association, updated_at from kept;
drop table kept;
create unique index one_primary_domain on domains (workspace_id) where is_primary = 1;

-- only postgres
alter table domains drop constraint domains_host_key;
alter table domains add unique (workspace_id, host);

-- both
alter table domains add column held $int not null default 1 check (held in (0, 1));
alter table domains add column verified_at $int;
-- When the next look is due. None: the operator's word stands, and nobody looks.
alter table domains add column look_at $int;
alter table domains add column looked_at $int;
alter table domains add column misses $int not null default 0;
alter table domains add column finding text check (
    finding in ('points_here', 'points_elsewhere', 'no_such_name', 'no_answer', 'not_proven')
);
-- What is served today stays verified.
update domains set verified_at = created_at;
create unique index one_holder_of_a_host on domains (host) where held = 1;
create index domains_due on domains (look_at) where look_at is not null;

drop index living_links_by_key;
create unique index living_links_by_key on links (host, key_folded, workspace_id)
    where deleted_at is null;
