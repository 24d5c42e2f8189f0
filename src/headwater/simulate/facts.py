"""What is true of one visitor: facts, the answers they call for, and what waits on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from headwater.simulate.plans import Lead, Refund, Sale, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A lead, sale or refund that happened, and what it earns or takes back."""

    kind: str
    name: str
    customer: str
    label: str
    link: int
    winner: int | None = None
    owed: int | None = None
    amount: int = 0
    original: int = 0
    currency: str = "usd"

    @property
    def truth(self) -> str:
        """Name the fact in differences and messages."""
        return f"{self.kind}|{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How the server has to answer a step; `waits` means accepted and kept for later."""

    status: int
    fact: Fact | None = None
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call to repeat at the very end, when its fact has to be there."""

    step: Lead | Sale | Refund
    fact: Fact


@dataclass(slots=True)
class Outcome:
    """All that one plan leaves behind, in the order in which it becomes true."""

    replies: tuple[list[Reply | None], list[Reply | None]] = field(default_factory=lambda: ([], []))
    facts: list[Fact] = field(default_factory=list)
    asked_again: list[Asked] = field(default_factory=list)
    hits: Counter[int] = field(default_factory=Counter)
    clicked: list[int] = field(default_factory=list)
    inbox: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A call that was kept, with the half in which it came."""

    step: Step
    reason: str
