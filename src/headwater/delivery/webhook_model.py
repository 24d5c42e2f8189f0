"""Nouns of webhooks: what they subscribe to, and whose clicks they hear of."""

from dataclasses import dataclass, field
from enum import StrEnum


class Event(StrEnum):
    """What a webhook may subscribe to."""

    LEAD_CREATED = "lead.created"
    SALE_CREATED = "sale.created"
    COMMISSION_CREATED = "commission.created"
    LINK_CREATED = "link.created"
    LINK_UPDATED = "link.updated"
    LINK_DELETED = "link.deleted"
    LINK_CLICKED = "link.clicked"
    PARTNER_ENROLLED = "partner.enrolled"


class Scope(StrEnum):
    """Whose clicks a webhook hears of: of all links, of those it names, of those in its folders."""

    WORKSPACE = "workspace"
    LINKS = "links"
    FOLDERS = "folders"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoped:
    """The scope of `link.clicked`, with the ids that belong to it."""

    scope: Scope = Scope.WORKSPACE
    link_ids: tuple[str, ...] = ()
    folder_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeGiven:
    """What a request says of the scope; None: nothing."""

    scope: str | None = None
    link_ids: tuple[str, ...] | None = None
    folder_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWebhook:
    name: str
    url: str
    triggers: tuple[str, ...]
    scope: ScopeGiven = ScopeGiven()
    click_batches: bool = False
    secret: str | None = field(default=None, repr=False)  # None: a new one is made


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChanges:
    """None: as it is. `enable`: a disabled one is sent to again."""

    name: str | None = None
    url: str | None = None
    triggers: tuple[str, ...] | None = None
    scope: ScopeGiven = ScopeGiven()
    click_batches: bool | None = None
    enable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Disabled: nothing is sent, messages wait. Deleted: disabled for ever, and nothing waits."""

    id: str
    name: str
    url: str
    secret: str = field(repr=False)
    triggers: tuple[str, ...]
    disabled_at: int | None
    created_at: int
    deleted_at: int | None = None
    old_secret: str | None = field(default=None, repr=False)
    old_secret_until: int | None = None
    scoped: Scoped = Scoped()
    click_batches: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A webhook that hears of clicks. `after`: the line of the journal it was told up to; None
    where it is new. `full`: so much waits for it that its next clicks stay in the journal.
    """

    webhook_id: str
    workspace_id: str
    batches: bool
    scope: Scope
    targets: frozenset[str]
    after: int | None
    full: bool

    def hears(self, link_id: str, folder_id: str | None) -> bool:
        """Whether clicks of a link that is in this folder now are for it."""
        if self.scope is Scope.WORKSPACE:
            return True
        return (link_id if self.scope is Scope.LINKS else folder_id) in self.targets
