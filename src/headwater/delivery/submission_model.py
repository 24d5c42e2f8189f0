"""What became of a report after the network took it."""

from dataclasses import dataclass, field
from enum import StrEnum


class Settlement(StrEnum):
    """Accepted: it counts there. Refused: it does not, for the reason given. Unknown: the network
    no longer says, or never did.
    """

    PENDING = "pending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """`reference` is what the network calls it."""

    reference: str
    settlement: Settlement
    reason: str | None
    settled_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A destination with something to ask about; its clock is so far ahead."""

    destination_id: str
    per_hour: int
    ahead_us: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A submission to be asked about, under the lease of one worker."""

    delivery_id: str
    workspace_id: str
    destination_id: str
    kind: str
    reference: str
    looks: int
    attempts: int
    settings: str
    secret: str = field(repr=False)
    sandbox: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What one look found; `again_at` is None where it is settled."""

    look: Look
    settlement: Settlement
    reason: str | None
    again_at: int | None
    at: int
    pause_until: int | None = None
