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
from headwater.workspace.domain_sql import list_domains
from headwater.workspace.domains import (
    add_domain,
    bring_domain,
    change_domain,
    domain_by_host,
    remove_domain,
)
from headwater.workspace.hostnames import permits
from headwater.workspace.model import Domain, Host, Workspace
from headwater.workspace.sql import (
    domain_of,
    domains,
    first_domain,
    workspace_by_id,
    workspace_by_slug,
)

__all__ = [
    "PUBLISHABLE_PREFIXES",
    "Created",
    "Domain",
    "Host",
    "Setup",
    "Workspace",
    "add_domain",
    "allow_hostnames",
    "authenticate",
    "bring_domain",
    "change_domain",
    "click_keys",
    "commitment",
    "daily_salt",
    "domain_by_host",
    "domain_of",
    "domains",
    "first_domain",
    "forget_old_salts",
    "initialise",
    "list_domains",
    "permits",
    "remove_domain",
    "workspace_by_id",
    "workspace_by_slug",
]
