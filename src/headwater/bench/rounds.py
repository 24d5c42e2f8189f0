"""Rounds: peer, ours, peer, ours, …, peer, so that a slow minute of the machine slows both."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import linear_regression, median

from headwater.bench.model import Budget, Load, Options, Result, Round, Row, Say, Sync

WARM_UP_SECONDS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One size, ready: how to measure the peer and ours, and how to count what is stored."""

    size: int
    sync: Sync
    peer: Callable[[], float]
    ours: Callable[[int, int], Load]
    stored: Callable[[], int] | None  # None: reading stores nothing
    memory_mb: Callable[[], int]


def measure(bench: Bench, budget: Budget, options: Options, say: Say) -> Row:
    """Run all rounds of one size, then count."""
    before = bench.stored() if bench.stored else 0
    warm_up = bench.ours(0, WARM_UP_SECONDS)
    rounds: list[Round] = []
    peer_before = bench.peer()
    for number in range(1, options.rounds + 1):
        ours = bench.ours(number, options.seconds)
        peer_after = bench.peer()
        done = Round(ours=ours, peer_before_per_s=peer_before, peer_after_per_s=peer_after)
        say(_progress(bench.size, budget, options, number, done))
        rounds.append(done)
        peer_before = peer_after
    loads = (warm_up, *(done.ours for done in rounds))
    stored = bench.stored() - before if bench.stored else None
    return _row(bench, rounds, loads, stored, under_way=budget.connections * len(loads))


def conclude(budget: Budget, options: Options, rows: Sequence[Row]) -> Result:
    """Put the sizes side by side: the slope of the cost, and what was missed."""
    return Result(
        budget=budget,
        options=options,
        rows=tuple(rows),
        cost_growth=rows[-1].cost_us / rows[0].cost_us,
        cost_slope=_slope(rows),
        failures=(
            *(failure for row in rows for failure in _failures(budget, row)),
            *_growth(budget, _slope(rows)),
        ),
    )


def _growth(budget: Budget, slope: float) -> list[str]:
    if budget.slope_max is None or slope <= budget.slope_max:
        return []
    return [f"the cost grows with size: slope {slope:+.3f}, to be at most {budget.slope_max:g}"]


def _progress(size: int, budget: Budget, options: Options, number: int, done: Round) -> str:
    return (
        f"{budget.work}, {size:,} {budget.size_of}, round {number} of {options.rounds}: "
        f"{done.ours.per_s:,.0f}/s, peer {done.peer_per_s:,.0f}/s, ratio {done.ratio:.3f}"
    )


def _row(
    bench: Bench,
    rounds: Sequence[Round],
    loads: Sequence[Load],
    stored: int | None,
    *,
    under_way: int,
) -> Row:
    answered = sum(load.answered for load in loads)
    return Row(
        size=bench.size,
        ours_per_s=median(done.ours.per_s for done in rounds),
        peer_per_s=median(done.peer_per_s for done in rounds),
        ratio=median(done.ratio for done in rounds),
        p50_ms=median(done.ours.p50_us for done in rounds) / 1000,
        p99_ms=median(done.ours.p99_us for done in rounds) / 1000,
        answered=answered,
        stored=stored,
        stored_most=answered + under_way,
        failed=sum(load.failed_status + load.failed_socket for load in loads),
        memory_mb=bench.memory_mb(),
        sync=bench.sync,
        rounds=tuple(rounds),
    )


def _failures(budget: Budget, row: Row) -> list[str]:
    at = f"at {row.size:,} {budget.size_of}"
    failures = []
    if budget.floor is not None and row.ratio < budget.floor:
        failures.append(f"{at} the ratio {row.ratio:.3f} is below the floor {budget.floor}")
    if budget.p99_ms_max is not None and row.p99_ms >= budget.p99_ms_max:
        failures.append(f"{at} p99 is {row.p99_ms:.1f} ms, to be under {budget.p99_ms_max:g} ms")
    if budget.memory_mb_max is not None and row.memory_mb >= budget.memory_mb_max:
        most = budget.memory_mb_max
        failures.append(f"{at} it held {row.memory_mb} MB of memory, to be under {most} MB")
    if row.failed:
        failures.append(f"{at} {row.failed:,} requests failed")
    if row.stored is not None and not row.counts_agree:
        failures.append(
            f"{at} {row.answered:,} were answered and {row.stored:,} are stored, to be at least "
            f"as many and at most {row.stored_most:,}"
        )
    return failures


def _slope(rows: Sequence[Row]) -> float:
    """The exponent of cost over size: 0 where one more costs the same at any size."""
    if len({row.size for row in rows}) < 2:
        return 0.0
    sizes = [math.log(row.size) for row in rows]
    costs = [math.log(row.cost_us) for row in rows]
    return linear_regression(sizes, costs).slope
