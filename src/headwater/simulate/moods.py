"""How receivers misbehave: each mood says what to do with one attempt."""

from __future__ import annotations

from dataclasses import dataclass, field

SUBSCRIPTIONS = {
    "good": ("lead.created", "sale.created", "commission.created", "link.clicked"),
    "slow": ("sale.created",),
    "wrong": ("lead.created", "sale.created", "link.clicked"),
    "hang": ("commission.created",),
    "absent": ("lead.created", "sale.created"),
}
"""The receivers of every run and what each of them asks for."""

BATCHED = {"good"}
"""Those that want clicks many to a message; the others get each alone."""

_FAULTS = ((500, None), (503, "1"), (429, "1"), (408, None), (502, None), (503, None))
_FAULTS_AT_FIRST = 12
_FAULTS_LATER_EVERY = 50
_HANGS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What a receiver does with one attempt: wait, then answer with a status."""

    status: int = 200
    wait_s: float = 0.0
    retry_after: str | None = None
    silent: bool = False


@dataclass(slots=True)
class Mood:
    """The memory a receiver misbehaves by; it always comes round in the end."""

    name: str
    attempts: int = 0
    refused: set[str] = field(default_factory=set)
    slept_s: float = 0.0

    def react(self, webhook_id: str) -> Reaction:
        """Decide about the next attempt."""
        self.attempts += 1
        if self.name == "slow":
            return self._dawdle()
        if self.name == "wrong":
            return self._refuse_once(webhook_id)
        if self.name == "hang":
            return self._hang_once(webhook_id)
        return Reaction()

    def _hang_once(self, webhook_id: str) -> Reaction:
        """Leave the first messages of a run without an answer, each of them once."""
        if webhook_id in self.refused or len(self.refused) >= _HANGS:
            return Reaction()
        self.refused.add(webhook_id)
        return Reaction(silent=True)

    def _dawdle(self) -> Reaction:
        """Take up to a second, but less than half a minute over a whole run."""
        wait_s = (self.attempts % 11) / 10 if self.attempts % 5 == 0 else 0.01
        if self.slept_s > 30:
            return Reaction()
        self.slept_s += wait_s
        return Reaction(wait_s=wait_s)

    def _refuse_once(self, webhook_id: str) -> Reaction:
        turn = self.attempts
        early = len(self.refused) < _FAULTS_AT_FIRST
        if webhook_id in self.refused or not (early or turn % _FAULTS_LATER_EVERY == 0):
            return Reaction()
        self.refused.add(webhook_id)
        status, retry_after = _FAULTS[len(self.refused) % len(_FAULTS)]
        return Reaction(status=status, retry_after=retry_after)
