"""Nouns of destinations, whatever their kind."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where facts are told. Disabled: nothing is sent, all waits; deleted: for ever, and nothing
    waits. Ready: all it takes to send is known. `settings` is JSON, `secret` opens the account.
    """

    id: str
    kind: str
    name: str
    created_at: int
    settings: str = "{}"
    secret: str | None = field(default=None, repr=False)
    ready: bool = True
    per_hour: int | None = None
    disabled_at: int | None = None
    disabled_reason: str | None = None
    paused_until: int = 0
    failures: int = 0
    deleted_at: int | None = None
