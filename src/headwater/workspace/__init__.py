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
from headwater.workspace.hostnames import permits
from headwater.workspace.model import Host, Workspace
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
    "Host",
    "Setup",
    "Workspace",
    "allow_hostnames",
    "authenticate",
    "click_keys",
    "commitment",
    "daily_salt",
    "domain_of",
    "domains",
    "first_domain",
    "forget_old_salts",
    "initialise",
    "permits",
    "workspace_by_id",
    "workspace_by_slug",
]
