"""Nouns of delivery: messages on their way to destinations, and what became of each attempt."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from headwater.delivery.submission_model import Settlement, Submission


class Kind(StrEnum):
    """Of destination. All but webhooks are networks: they are reported to, not told of events."""

    WEBHOOK = "webhook"
    IMPACT = "impact"


class State(StrEnum):
    """Skipped: it was never to be sent, for the reason in `last_error`."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    SKIPPED = "skipped"


class Outcome(StrEnum):
    """Of one attempt. Abandoned: its worker died or stopped before an answer came."""

    DELIVERED = "delivered"
    RETRY = "retry"
    REFUSED = "refused"
    ABANDONED = "abandoned"


GIVES_WAY = "visit:"  # before natural keys of what goes only in room that nothing else needs
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
class Parent:
    """What has to be delivered before, by its natural key; `settled`: and worked through there."""

    natural_key: str
    gap_us: int = 0
    settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A message for one destination, told once under its natural key; `body` as it was when
    planned. `skipped`: why it is not sent at all. `restates`: it takes the place of what was told
    under its key before, which no longer holds.
    """

    destination_id: str
    event: str
    subject_id: str
    order_key: str
    natural_key: str
    body: str = field(default="", repr=False)
    parent: Parent | None = None
    skipped: str | None = None
    restates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one destination; `attempts` counts those begun, over all replays."""

    id: str
    destination_id: str
    kind: str
    message_id: str
    event: str
    subject_id: str
    state: State
    attempts: int
    next_attempt_at: int | None
    created_at: int
    delivered_at: int | None
    last_error: str | None
    parent_id: str | None = None
    submission: Submission | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    at: int
    duration_ms: int
    status: int | None
    outcome: Outcome
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryWithLog:
    """`body` is None where it was erased, or nothing was ever to be sent."""

    delivery: Delivery
    log: tuple[Attempt, ...]
    body: str | None = field(default=None, repr=False)
    settings: str = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One report, as a network knows or should know it. `body` is None where it was erased, or
    nothing was ever to be sent; `settlement` is None where the network never named it.
    """

    delivery_id: str
    state: State
    attempts: int
    last_error: str | None
    delivered_at: int | None
    settlement: Settlement | None
    reason: str | None
    body: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    state: State | None = None
    destination_id: str | None = None
    event: str | None = None
    settlement: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One chunk of a large replay; call again with `after` until it is None."""

    count: int
    after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A destination with something to send. `failing`: so many attempts failed in a row; `sandbox`:
    the workspace it belongs to, where that is one.
    """

    destination_id: str
    kind: str
    failing: int
    per_hour: int | None
    spent_until: int
    sandbox: str | None = None


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
    destination_id: str
    kind: str
    message_id: str
    order_key: str
    failures: int
    lease: str
    url: str
    settings: str
    secret: str = field(repr=False)
    body: str | None = field(repr=False)
    deleted: bool
    ready: bool = True
    old_secret: str | None = field(default=None, repr=False)
    old_secret_until: int | None = None
    parent_id: str | None = None
    natural_key: str | None = None
    sandbox: bool = False

    @property
    def gives_way(self) -> bool:
        """All else that is due goes before it."""
        return self.natural_key is not None and self.natural_key.startswith(GIVES_WAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """`parked` waits for an earlier message or its parent, `expired` was taken from a worker that
    died, `orphaned` was given up because its parent was; there may be more to claim.
    """

    claims: tuple[Claim, ...]
    parked: int
    expired: tuple[Claim, ...] = ()
    orphaned: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asleep:
    """A delivery that would not be looked at for long, as it was seen."""

    position: int
    seen_next_at: int
    destination_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one attempt came to; `error` is a short cause, never a body.

    `reference`: what the network calls what it took; `settled`: and it counts already. `deferred`:
    there was no room, which is no failure of the message; `rest_s`: after this one there is none.
    `switch_off`: nothing that is sent there can succeed.
    """

    outcome: Outcome
    status: int | None = None
    error: str | None = None
    retry_after_s: int | None = None
    reference: str | None = None
    settled: bool = False
    deferred: bool = False
    rest_s: int | None = None
    switch_off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Attempts of one destination in a batch: whether one succeeded, how many failed after it, and
    whether the last of them found nobody fit to answer.
    """

    destination_id: str
    succeeded: bool
    failed: int
    down: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """When a destination that fails is left alone for a while, and when a webhook is switched off;
    0: never.
    """

    disable_after: int = 0
    rest_after: int = 0
    rest_us: int = 0


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
