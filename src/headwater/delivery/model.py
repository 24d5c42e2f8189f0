"""Nouns of delivery: webhooks, messages on their way, and what became of each attempt."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


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


class State(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class Outcome(StrEnum):
    """Of one attempt. Abandoned: its worker died or stopped before an answer came."""

    DELIVERED = "delivered"
    RETRY = "retry"
    REFUSED = "refused"
    ABANDONED = "abandoned"


class Scope(StrEnum):
    """Whose clicks a webhook hears of: of all links, of those it names, of those in its folders."""

    WORKSPACE = "workspace"
    LINKS = "links"
    FOLDERS = "folders"


UNORDERED = ""  # the order key of messages that belong to no customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message somebody may want; `data` is only rendered if a webhook subscribed to `event`.

    Messages of one `order_key` reach a webhook one after the other, in the order planned.
    """

    event: str
    subject_id: str
    order_key: str
    data: Callable[[], Any]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one webhook; `attempts` counts those begun, over all replays."""

    id: str
    webhook_id: str
    message_id: str
    event: str
    state: State
    attempts: int
    next_attempt_at: int | None
    created_at: int
    delivered_at: int | None
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    at: int
    duration_ms: int
    status: int | None
    outcome: Outcome
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryWithLog:
    delivery: Delivery
    log: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    state: State | None = None
    webhook_id: str | None = None
    event: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One chunk of a large replay; call again with `after` until it is None."""

    count: int
    after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right of one worker to send what it claimed, until it ends."""

    token: str
    now_us: int
    until_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A delivery under a lease, with all that is needed to send it."""

    position: int
    id: str
    workspace_id: str
    webhook_id: str
    message_id: str
    order_key: str
    failures: int
    lease: str
    url: str
    secret: str = field(repr=False)
    body: str | None = field(repr=False)
    webhook_deleted: bool
    old_secret: str | None = field(default=None, repr=False)
    old_secret_until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """`parked` waits for an earlier message of the same customer; there may be more to claim."""

    claims: tuple[Claim, ...]
    parked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one attempt came to; `error` is a short cause, never a body."""

    outcome: Outcome
    status: int | None = None
    error: str | None = None
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Attempts of one webhook in a batch: whether one succeeded, and how many failed after it."""

    webhook_id: str
    succeeded: bool
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    at: int
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    reason: str


Step = Delivered | Retry | Dead


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """An attempt that ended, ready to be recorded."""

    claim: Claim
    verdict: Verdict
    step: Step
    started_at: int
    ended_at: int
    duration_ms: int
    pause_until: int | None
