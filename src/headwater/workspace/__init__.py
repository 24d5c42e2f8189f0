"""Tenants: workspaces, their API keys, their short domains, and the server's own secrets."""

from headwater.workspace.actions import (
    PUBLISHABLE_PREFIXES,
    Created,
    Setup,
    allow_hostnames,
    authenticate,
    click_keys,
    commitment,
    daily_salt,
    forget_old_salts,
    initialise,
)
from headwater.workspace.clock import advance_clock
from headwater.workspace.domain_sql import due as domains_due
from headwater.workspace.domain_sql import list_domains
from headwater.workspace.domains import (
    add_domain,
    ask_look,
    bring_domain,
    change_domain,
    domain_by_host,
    proof,
    remove_domain,
    settle_look,
)
from headwater.workspace.hostnames import permits
from headwater.workspace.model import Domain, Due, Finding, Host, Seen, Standing, Workspace
from headwater.workspace.rules import points_here, proof_name
from headwater.workspace.sql import (
    ahead_of_time,
    clocks,
    domain_of,
    domains,
    first_domain,
    workspace_by_id,
    workspace_by_slug,
)
from headwater.workspace.tag import TagSettings, change_tag, tag_settings

__all__ = [
    "PUBLISHABLE_PREFIXES",
    "Created",
    "Domain",
    "Due",
    "Finding",
    "Host",
    "Seen",
    "Setup",
    "Standing",
    "TagSettings",
    "Workspace",
    "add_domain",
    "advance_clock",
    "ahead_of_time",
    "allow_hostnames",
    "ask_look",
    "authenticate",
    "bring_domain",
    "change_domain",
    "change_tag",
    "click_keys",
    "clocks",
    "commitment",
    "daily_salt",
    "domain_by_host",
    "domain_of",
    "domains",
    "domains_due",
    "first_domain",
    "forget_old_salts",
    "initialise",
    "list_domains",
    "permits",
    "points_here",
    "proof",
    "proof_name",
    "remove_domain",
    "settle_look",
    "tag_settings",
    "workspace_by_id",
    "workspace_by_slug",
]
