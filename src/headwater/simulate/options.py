"""What one run of the simulator is asked to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

Progress = Callable[[str, int, int], None]
"""Called with a stage, how much of it is done and how much there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Where the server is, how much to do there and how long to wait for it."""

    url: str
    secret: str
    seed: int
    visitors: int
    domain: str
    trace_path: Path | None = None
    settle_s: float = 120.0
    concurrency: int = 16
    receiver_host: str = "127.0.0.1"
    click_param: str = "hw_id"
    request_timeout_s: float = 10.0
    keep_webhooks: bool = False


class SimulatorError(RuntimeError):
    """The run cannot be judged at all; the message says why and what to do."""
