"""The values of a benchmark: what was asked, what was counted, what it comes to."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How long and how large; `directory` picks the disk (None: that of temporary files),
    `database` PostgreSQL where that can be measured.
    """

    sizes: tuple[int, ...] = (100, 1_000, 10_000)
    rounds: int = 3
    seconds: int = 5
    directory: Path | None = None
    database: str | None = None

    def __post_init__(self) -> None:
        if not self.sizes or min(*self.sizes, self.rounds, self.seconds) < 1:
            raise ValueError("sizes, rounds and seconds are whole numbers of at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What must hold, as a ratio to a peer measured in the same run."""

    work: str
    peer: str
    size_of: str
    connections: int
    floor: float | None
    aim: float | None
    p99_ms_max: float | None
    slope_max: float | None = None
    memory_mb_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What `wrk` counted in one run, as `load/summary.lua` prints it."""

    requests: int
    duration_us: int
    failed_status: int
    failed_socket: int
    p50_us: int
    p75_us: int
    p90_us: int
    p99_us: int
    max_us: int

    @property
    def answered(self) -> int:
        return self.requests - self.failed_status

    @property
    def per_s(self) -> float:
        return self.answered * 1_000_000 / self.duration_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Ours, between two measurements of the peer; the ratio is to their mean."""

    ours: Load
    peer_before_per_s: float
    peer_after_per_s: float

    @property
    def peer_per_s(self) -> float:
        return (self.peer_before_per_s + self.peer_after_per_s) / 2

    @property
    def ratio(self) -> float:
        return self.ours.per_s / self.peer_per_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """How long the disk takes to make one 4 KiB append durable."""

    p50_us: int
    p99_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One size: medians over the rounds, and whether everything answered is in the store."""

    size: int
    ours_per_s: float
    peer_per_s: float
    ratio: float
    p50_ms: float
    p99_ms: float
    answered: int
    stored: int | None
    stored_most: int
    failed: int
    memory_mb: int
    sync: Sync
    rounds: tuple[Round, ...]

    @property
    def counts_agree(self) -> bool:
        """Whether all that was answered is stored, and no more than was under way besides.

        None stored: nothing was to be.
        """
        return self.stored is None or self.answered <= self.stored <= self.stored_most

    @property
    def cost_us(self) -> float:
        return 1_000_000 / self.ours_per_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A finished benchmark; it passes where `failures` is empty."""

    budget: Budget
    options: Options
    rows: tuple[Row, ...]
    cost_growth: float
    cost_slope: float
    failures: tuple[str, ...]
