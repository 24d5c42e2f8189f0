from dataclasses import dataclass
from enum import StrEnum

PREFIX = "avt_"
SIDE = 128  # pixels


class State(StrEnum):
    """Going: the file is to be deleted, and then the row."""

    WAITING = "waiting"
    STORED = "stored"
    FAILED = "failed"
    GOING = "going"


@dataclass(frozen=True, slots=True, kw_only=True)
class Avatar:
    """`source` is an address or the picture itself as text; None once it was used or given up."""

    id: str
    workspace_id: str
    customer_id: str
    state: State
    source: str | None
    attempts: int
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Where pictures are kept: in a bucket where one is named, else in a directory."""

    directory: str
    bucket: str
    endpoint: str
    region: str


class ShelfError(Exception):
    """The place of pictures cannot be used now; the message says how it failed."""


def is_hosted(avatar: str) -> bool:
    """Whether an avatar names a picture of ours; else it is an address as it was given."""
    return avatar.startswith(PREFIX)
