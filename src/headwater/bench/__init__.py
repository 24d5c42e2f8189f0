"""Benchmarks: how much of what this machine can do at best is left beside the work we promise."""

from headwater.bench.command import run
from headwater.bench.model import Options, Result, Say
from headwater.bench.redirects import redirect
from headwater.bench.report import as_json, report
from headwater.bench.sales import sale
from headwater.bench.tools import CannotMeasure

__all__ = [
    "CannotMeasure",
    "Options",
    "Result",
    "Say",
    "as_json",
    "redirect",
    "report",
    "run",
    "sale",
]
