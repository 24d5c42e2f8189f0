"""What `headwater bench redirect|sale|api|deliveries` does, down to the exit code."""

import sys
from typing import Literal

from headwater.bench.api_calls import api
from headwater.bench.deliveries import deliveries
from headwater.bench.model import Options, Result, Say
from headwater.bench.redirects import redirect
from headwater.bench.report import as_json, report
from headwater.bench.sales import sale
from headwater.bench.tools import CannotMeasure

Work = Literal["redirect", "sale", "api", "deliveries"]


def run(work: Work, options: Options, *, json: bool, say: Say) -> int:
    """Measure, print, and give the exit code: 0 met, 1 missed or miscounted, 2 not measured."""
    try:
        results = _measure(work, options)
    except CannotMeasure as reason:
        _say_aside(str(reason))
        return 2
    if json:
        say(as_json(results))
    else:
        for result in results:
            report(result, say)
    return 1 if any(result.failures for result in results) else 0


def _measure(work: Work, options: Options) -> list[Result]:
    if options.database and work != "deliveries":
        raise CannotMeasure("--database is for deliveries alone. Leave it out.")
    match work:
        case "redirect":
            return [redirect(options, _say_aside)]
        case "sale":
            return [sale(options, _say_aside)]
        case "api":
            return api(options, _say_aside)
        case "deliveries":
            return [deliveries(options, _say_aside)]


def _say_aside(line: str) -> None:
    """Progress and refusals go to standard error, so that `--json` stays one document."""
    print(line, file=sys.stderr, flush=True)
