"""Workspaces that move: an export as lines, and bringing in what another server knows."""

from headwater.moving.bring import bring, id_taken
from headwater.moving.export import export
from headwater.moving.files import ExportFile, read
from headwater.moving.lines import UNREADABLE, BadLine
from headwater.moving.model import Brought, Came, Fate, Kind
from headwater.moving.report import Counters, Report, compare
from headwater.moving.rules import wait_s, windows
from headwater.moving.session import Session

__all__ = [
    "UNREADABLE",
    "BadLine",
    "Brought",
    "Came",
    "Counters",
    "ExportFile",
    "Fate",
    "Kind",
    "Report",
    "Session",
    "bring",
    "compare",
    "export",
    "id_taken",
    "read",
    "wait_s",
    "windows",
]
