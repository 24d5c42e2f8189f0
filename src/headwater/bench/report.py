"""A finished benchmark as a plain table, or as one JSON document."""

from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.bench.model import Result, Row, Say

COLUMNS = "{:>9} {:>10} {:>10} {:>7} {:>7} {:>8} {:>8} {:>11} {:>11} {:>6} {:>7} {:>15}"


def report(result: Result, say: Say) -> None:
    """Print the table, the slope and what was missed."""
    budget, options = result.budget, result.options
    say(
        f"{budget.work} against {budget.peer}; {budget.connections} connections, "
        f"median of {options.rounds} rounds of {options.seconds} s"
    )
    say(COLUMNS.format(*_heading(budget.size_of)))
    for row in result.rows:
        say(COLUMNS.format(*_cells(row, budget.floor)))
    say(_slope(result))
    for failure in result.failures:
        say(f"missed: {failure}")
    if not result.failures:
        say(
            "met" if budget.floor is None else f"met: floor {budget.floor}; the aim is {budget.aim}"
        )


def as_json(results: Sequence[Result]) -> str:
    """The same, with every round, for programs: one document, a list where there are several."""
    documents = [_document(result) for result in results]
    return msgspec.json.encode(documents[0] if len(documents) == 1 else documents).decode()


def _document(result: Result) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.to_builtins(result)
    for row, line in zip(result.rows, document["rows"], strict=True):
        line["counts_agree"] = row.counts_agree
        line["cost_us"] = row.cost_us
    document["met"] = not result.failures
    return document


def _heading(size_of: str) -> tuple[str, ...]:
    return (
        *(size_of, "ours/s", "peer/s", "ratio", "floor", "p50 ms", "p99 ms"),
        *("answered", "stored", "equal", "MB", "fdatasync µs"),
    )


def _cells(row: Row, floor: float | None) -> tuple[str, ...]:
    return (
        f"{row.size:,}",
        f"{row.ours_per_s:,.0f}",
        f"{row.peer_per_s:,.0f}",
        f"{row.ratio:.3f}",
        "-" if floor is None else f"{floor:.2f}",
        f"{row.p50_ms:.2f}",
        f"{row.p99_ms:.2f}",
        f"{row.answered:,}",
        "-" if row.stored is None else f"{row.stored:,}",
        "yes" if row.counts_agree else "NO",
        f"{row.memory_mb:,}",
        f"{row.sync.p50_us} / {row.sync.p99_us}",
    )


def _slope(result: Result) -> str:
    first, last = result.rows[0], result.rows[-1]
    return (
        f"cost of one: {first.cost_us:.1f} µs at {first.size:,}, {last.cost_us:.1f} µs at "
        f"{last.size:,}, {result.cost_growth:.2f} times; log-log slope {result.cost_slope:+.3f} "
        "(0: the same at any size)"
    )
