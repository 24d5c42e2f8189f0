"""Tenants: workspaces, their API keys, their short domains, and the server's own secrets."""

from headwater.workspace.actions import (
    Created,
    Setup,
    authenticate,
    click_keys,
    commitment,
    daily_salt,
    forget_old_salts,
    initialise,
)
from headwater.workspace.model import Host, Workspace
from headwater.workspace.sql import domain_of, domains, first_domain, workspace_by_id

__all__ = [
    "Created",
    "Host",
    "Setup",
    "Workspace",
    "authenticate",
    "click_keys",
    "commitment",
    "daily_salt",
    "domain_of",
    "domains",
    "first_domain",
    "forget_old_salts",
    "initialise",
    "workspace_by_id",
]
