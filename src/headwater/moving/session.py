"""What an import knows while it runs, and what one of its transactions has yet to count."""

from dataclasses import dataclass, field, replace

from headwater import links, programs
from headwater.consequences import Settings
from headwater.db import Write
from headwater.kit.context import Context
from headwater.kit.problems import Code, Problem
from headwater.links import ConversionDelta
from headwater.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`folders` and `tags`: what the ids of the source are called here. `whole`: refunds come along
    too, so a commission is taken as it was earned.
    """

    workspace: Workspace
    ctx: Context
    settings: Settings
    whole: bool
    folders: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    _tx: Write | None = None
    _deltas: dict[int, ConversionDelta] = field(default_factory=dict)
    _earned: dict[tuple[str, str], int] = field(default_factory=dict)

    def on(self, tx: Write) -> "Session":
        """The same on a transaction, with nothing to count yet."""
        return replace(self, _tx=tx, _deltas={}, _earned={})

    @property
    def tx(self) -> Write:
        assert self._tx is not None
        return self._tx

    @property
    def own(self) -> str:
        return self.workspace.id

    def add(self, delta: ConversionDelta) -> None:
        known = self._deltas.get(delta.link_number)
        if known is not None:
            sums = [mine + more for mine, more in zip(known[1:], delta[1:], strict=True)]
            delta = ConversionDelta(delta.link_number, *sums)
        self._deltas[delta.link_number] = delta

    def earn(self, program_id: str, partner_id: str, amount: int) -> None:
        key = (program_id, partner_id)
        self._earned[key] = self._earned.get(key, 0) + amount

    def count(self) -> None:
        """Counters last, in order: their rows are the hot ones."""
        for delta in sorted(self._deltas.values()):
            links.add_conversion(self.tx, delta)
        for (program_id, partner_id), amount in sorted(self._earned.items()):
            programs.add_earned(self.tx, self.own, program_id, partner_id, amount)


def refusal(word: str, message: str) -> Problem:
    """Said of one row; `word` is what it is counted by."""
    return Problem(Code.NOT_FOUND, message, word)
