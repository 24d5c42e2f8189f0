"""What `headwater bench redirect` and `headwater bench sale` do, down to the exit code."""

import sys
from typing import Literal

from headwater.bench.model import Options, Result, Say
from headwater.bench.redirects import redirect
from headwater.bench.report import as_json, report
from headwater.bench.sales import sale
from headwater.bench.tools import CannotMeasure


def run(work: Literal["redirect", "sale"], options: Options, *, json: bool, say: Say) -> int:
    """Measure, print, and give the exit code: 0 met, 1 missed or miscounted, 2 not measured."""
    try:
        result = _measure(work, options)
    except CannotMeasure as reason:
        _say_aside(str(reason))
        return 2
    if json:
        say(as_json(result))
    else:
        report(result, say)
    return 1 if result.failures else 0


def _measure(work: Literal["redirect", "sale"], options: Options) -> Result:
    match work:
        case "redirect":
            return redirect(options, _say_aside)
        case "sale":
            return sale(options, _say_aside)


def _say_aside(line: str) -> None:
    """Progress and refusals go to standard error, so that `--json` stays one document."""
    print(line, file=sys.stderr, flush=True)
