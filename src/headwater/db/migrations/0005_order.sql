-- Lists that grow are read in the order they are shown in, without sorting what is there already; a
-- partner is found among many. Without the first of these, every page of links sorted all links.

create index living_links_in_order on links (workspace_id, id) where deleted_at is null;
create index living_links_by_tenant on links (workspace_id, tenant_id, id)
    where tenant_id is not null and deleted_at is null;
drop index links_by_folder;
create index links_by_folder on links (folder_id, id) where folder_id is not null;
drop index links_by_partner;
create index links_by_partner on links (partner_id, id) where partner_id is not null;
create index enrolments_in_order on enrolments (workspace_id, id);
create index enrolments_by_partner on enrolments (partner_id, id);
create index receipts_in_order on receipts (workspace_id, id);
create index commissions_in_order on commissions (workspace_id, id);
create index inbox_in_order on inbox (workspace_id, id);
