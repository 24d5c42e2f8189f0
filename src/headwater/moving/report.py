"""What came of an import, and where its counters differ from the source's."""

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Any

import msgspec

from headwater import links
from headwater.db import Read
from headwater.moving.model import Brought, Came, Fate
from headwater.moving.rows import LinkLine

SHOWN_MAX = 100
CHUNK = 200
COUNTERS = ("clicks", "leads", "sales", "sale_amount")


class Counted(msgspec.Struct, kw_only=True, rename="camel"):
    """Rows of one kind: how many the source has, and what became of them."""

    source: int = 0
    imported: int = 0
    already_there: int = 0
    left_out: dict[str, int] = {}
    refused: dict[str, int] = {}

    def add(self, brought: Brought) -> None:
        self.source += 1
        match brought.fate:
            case Fate.IMPORTED:
                self.imported += 1
            case Fate.THERE:
                self.already_there += 1
            case Fate.LEFT_OUT:
                _count(self.left_out, brought.reason)
            case Fate.REFUSED:
                _count(self.refused, brought.reason)


def _count(reasons: dict[str, int], reason: str | None) -> None:
    reasons[reason or ""] = reasons.get(reason or "", 0) + 1


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    where: str
    kind: str
    id: str | None
    reason: str | None
    message: str | None


class CounterDifference(msgspec.Struct, frozen=True, kw_only=True):
    link: str
    counter: str
    source: int
    here: int


class Report(msgspec.Struct, kw_only=True, rename="camel"):
    """`behind`: counters below the source's, facts of which did not come. `ahead`: links that count
    more here, because something happened here since.
    """

    kinds: dict[str, Counted] = {}
    refusals: list[Refusal] = []
    not_available: list[str] = []
    troubles: list[str] = []
    notes: list[str] = []
    links_compared: int = 0
    behind: int = 0
    ahead: int = 0
    counters: list[CounterDifference] = []

    def add(self, came: Came, brought: Brought) -> None:
        self.kinds.setdefault(came.kind, Counted()).add(brought)
        if brought.fate is Fate.REFUSED and len(self.refusals) < SHOWN_MAX:
            named = getattr(came.row, "id", None) or getattr(came.row, "event_id", None)
            self.refusals.append(
                Refusal(
                    where=came.where,
                    kind=came.kind,
                    id=named,
                    reason=brought.reason,
                    message=brought.message,
                )
            )

    @property
    def differences(self) -> int:
        refused = sum(sum(each.refused.values()) for each in self.kinds.values())
        return refused + self.behind + len(self.troubles)


class Counters:
    """The source's counters of every link, kept in a file: there may be a million."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - lives as long as the import

    def keep(self, row: LinkLine) -> None:
        told = (row.id, row.clicks, row.leads, row.sales, row.sale_amount)
        if any(told[1:]):
            self._file.write(msgspec.json.encode(told) + b"\n")

    def chunks(self) -> Iterator[list[list[Any]]]:
        self._file.seek(0)
        chunk: list[list[Any]] = []
        for line in self._file:
            chunk.append(msgspec.json.decode(line))
            if len(chunk) == CHUNK:
                yield chunk
                chunk = []
        if chunk:
            yield chunk


def compare(tx: Read, workspace_id: str, report: Report, chunk: list[list[Any]]) -> None:
    """Of links that are here; of one that was refused its refusal speaks."""
    numbers = links.numbers_of(tx, workspace_id, [row[0] for row in chunk])
    here = {link.id: link for link in links.by_numbers(tx, workspace_id, list(numbers.values()))}
    for link_id, *told in chunk:
        link = here.get(link_id)
        if link is None:
            continue
        report.links_compared += 1
        pairs = [
            (name, source, getattr(link.counters, name))
            for name, source in zip(COUNTERS, told, strict=True)
        ]
        report.ahead += any(ours > source for _, source, ours in pairs)
        for name, source, ours in pairs:
            if ours < source:
                report.behind += 1
                if len(report.counters) < SHOWN_MAX:
                    report.counters.append(
                        CounterDifference(
                            link=link.short_link, counter=name, source=source, here=ours
                        )
                    )
