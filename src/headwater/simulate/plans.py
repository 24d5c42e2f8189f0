"""What one visitor will do, as plain data; ids are local, the run adds its own label."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

HALVES = (0, 1)
"""A run has two halves; between them a partner leaves and a reward changes."""


class Manner(StrEnum):
    """How a call is made; it never changes what is true afterwards."""

    ONCE = "once"
    RETRIED = "retried"
    DOUBLED = "doubled"
    GIVEN_UP = "given_up"


class Forgery(StrEnum):
    """How a click id was made up."""

    FLIPPED = "flipped"
    INVENTED = "invented"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visitor on one link: plain visits, plus requests that count less than a visit."""

    link: int
    redirects: int = 0
    clicks_by_api: int = 0
    heads: int = 0
    prefetches: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A sign-up; `email_of` is the partner whose address the customer gives."""

    event: str
    link: int | None
    manner: Manner = Manner.ONCE
    forged: Forgery | None = None
    email_of: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A purchase, told apart by its invoice or, if `keyed`, by an idempotency key."""

    name: str
    amount: int
    currency: str = "usd"
    keyed: bool = False
    link: int | None = None
    forged: Forgery | None = None
    lead_event: str | None = None
    email_of: int | None = None
    manner: Manner = Manner.ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money given back, by the sale's id or by its invoice, under a key of the caller."""

    sale: str
    key: str
    amount: int
    by_invoice: bool = False
    manner: Manner = Manner.ONCE

    @property
    def name(self) -> str:
        """Tell this refund from every other of the run."""
        return f"{self.sale}/{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """Calls that belong in this order, sent all at once: any of them may get there first."""

    steps: tuple[Lead | Sale | Refund, ...]


Step = Visit | Lead | Sale | Refund | Race


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A visitor and their steps in both halves; one visitor is at most one customer."""

    index: int
    persona: str
    agent: str
    bot: bool
    halves: tuple[tuple[Step, ...], tuple[Step, ...]]

    @property
    def customer(self) -> str:
        """Name the customer this visitor becomes."""
        return f"c{self.index}"
