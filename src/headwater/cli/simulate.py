"""`headwater simulate`: known truth against what a server recorded."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli.options import Json

DOMAIN = "go.simulated.test"
LIVES_MIN, LIVES_MAX, VISITORS_A_LIFE = 4, 30, 10


def simulate(
    *,
    seed: Annotated[int, Parameter(help="The same seed gives the same truth.")] = 1,
    visitors: Annotated[int, Parameter(help="How many people visit.")] = 200,
    url: Annotated[str | None, Parameter(help="A running server; else one of its own.")] = None,
    secret: Annotated[str | None, Parameter(help="Secret key for --url.")] = None,
    domain: Annotated[str | None, Parameter(help="Short domain to use on --url.")] = None,
    database: Annotated[str | None, Parameter(help="PostgreSQL URL for its own server.")] = None,
    trace: Annotated[Path | None, Parameter(help="File for one JSON line per message.")] = None,
    settle: Annotated[float, Parameter(help="Seconds to wait for the last messages.")] = 120.0,
    json_: Json = False,
) -> int:
    """Drive a server over HTTP with seeded visitors and compare. Exit 1 on any difference.

    On a server of its own, customers also live for a year in a sandbox: trials, renewals, refunds
    and disputes as Stripe tells them, and what a network hears of them.
    """
    given = Target(seed=seed, visitors=visitors, trace=trace, settle_s=settle)
    if url is not None:
        if not secret:
            print("headwater: --url needs --secret, the workspace's secret key.", file=sys.stderr)
            return 2
        report = run(given, url=url, secret=secret, domain=domain or _a_domain(url, secret))
    else:
        report = _on_own_server(given, database)
    return say(report, as_json=json_)


class Target:
    """What to simulate, wherever."""

    def __init__(self, *, seed: int, visitors: int, trace: Path | None, settle_s: float) -> None:
        self.seed = seed
        self.visitors = visitors
        self.trace = trace
        self.settle_s = settle_s

    @property
    def lives(self) -> int:
        """How many customers live for a year, beside the visitors."""
        return max(LIVES_MIN, min(LIVES_MAX, self.visitors // VISITORS_A_LIFE))

    @property
    def trace_of_lives(self) -> Path | None:
        return self.trace and self.trace.with_suffix(f".lives{self.trace.suffix}")


def run(
    given: Target, *, url: str, secret: str, domain: str, keep_webhooks: bool = False
) -> dict[str, Any]:
    import asyncio

    from headwater.cli.progress import progress
    from headwater.simulate import Options, SimulatorError
    from headwater.simulate import simulate as drive

    options = Options(
        url=url,
        secret=secret,
        seed=given.seed,
        visitors=given.visitors,
        domain=domain,
        trace_path=given.trace,
        settle_s=given.settle_s,
        keep_webhooks=keep_webhooks,
    )
    with progress() as report:
        try:
            return asyncio.run(drive(options, report)).to_json()
        except SimulatorError as error:
            raise SystemExit(f"headwater: {error}") from error


def _on_own_server(given: Target, database: str | None) -> dict[str, Any]:
    from headwater.cli.private_server import PrivateServer, free_port
    from headwater.cli.years import living

    with tempfile.TemporaryDirectory(prefix="headwater-simulate-") as folder:
        server = PrivateServer(
            data=f"{folder}/data",
            database=database or "",
            log=Path(folder) / "server.log",
            workspace="simulated",
            domain=DOMAIN,
            port=free_port(),
        )
        try:
            server.start()
        except RuntimeError as error:
            raise SystemExit(f"headwater: {error}") from error
        try:
            with living(
                server, given.seed, given.lives, Path(folder), given.trace_of_lives
            ) as years:
                report = run(given, url=server.url, secret=server.secret, domain=DOMAIN)
                _join(report, years.result())
        except RuntimeError as error:
            raise SystemExit(f"headwater: {error}") from error
        finally:
            server.stop()
        if not server.verify():
            report["differences"].append(
                {"what": "headwater verify", "expected": "books are right", "recorded": "see above"}
            )
        return report


def _join(report: dict[str, Any], years: dict[str, Any]) -> None:
    """The lives beside the visitors, in one report."""
    report["expected"]["lives"] = years["expected"]
    report["recorded"]["lives"] = years["recorded"]
    report["differences"] += years["differences"]


def _a_domain(url: str, secret: str) -> str:
    """The domain the server puts on links by default; asked with a link that is left behind."""
    import urllib.request

    body = json.dumps({"url": "https://example.com/", "archived": True}).encode()
    headers = {"authorization": f"Bearer {secret}", "content-type": "application/json"}
    request = urllib.request.Request(f"{url.rstrip('/')}/links", data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(json.load(answer)["domain"])


def say(report: dict[str, Any], *, as_json: bool) -> int:
    """Print JSON, or a table of expected against recorded and every difference."""
    if as_json:
        print(json.dumps(report))
    else:
        table(report)
    return 1 if report["differences"] else 0


def table(report: dict[str, Any], title: str = "") -> None:
    from rich.console import Console
    from rich.table import Table

    shown = Table(title=title or f"Seed {report['seed']}, {report['visitors']} visitors")
    shown.add_column("what")
    shown.add_column("expected", justify="right")
    shown.add_column("recorded", justify="right")
    shown.add_column("")
    recorded = dict(_rows(report["recorded"]))
    for name, expected in _rows(report["expected"]):
        found = recorded.get(name)
        shown.add_row(name, str(expected), str(found), "=" if found == expected else "DIFFERS")
    console = Console()
    console.print(shown)
    for difference in report["differences"]:
        console.print(f"difference: {json.dumps(difference)}", markup=False)
    verdict = "No differences." if not report["differences"] else "There are differences."
    console.print(verdict)


def _rows(numbers: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in numbers.items():
        if isinstance(value, dict):
            found += _rows(value, f"{prefix}{name} ")
        else:
            found.append((prefix + name, value))
    return found
