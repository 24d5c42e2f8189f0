"""Named breaks of the promises, each of which must turn a named test red: `make mutants`.

    .venv/bin/python tools/mutants.py [--list] [--quick] [--only NAME]… [--why] [--jobs N]

The table is tests/mutants/mutants.toml. Each break is made in a copy of src/; the working tree is
only read. Exit 1 if a break survives, cannot be made, or its test is not green to begin with.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "tests" / "mutants" / "mutants.toml"
JOBS = 2
TEST_TIMEOUT_S = 120
RED = 1  # pytest: some tests failed; anything else is not what a break must cause
GREEN = 0


class Verdict(StrEnum):
    """Only `red` is good."""

    RED = "red"
    SURVIVED = "survived"
    NOT_APPLICABLE = "text not found once"
    NOT_RUN = "test did not run"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """`old` stands exactly once in `file`, which is relative to the package; or begins with `web/`,
    and then the browser tag is built anew.
    """

    name: str
    promise: str
    file: str
    old: str
    new: str
    test: str
    quick: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    mutant: Mutant
    verdict: Verdict
    seconds: float
    said: str = ""


def main() -> int:
    """The exit code."""
    options = _options()
    mutants = _chosen(options)
    console = Console(width=None if sys.stdout.isatty() else 160)
    if options.list:
        console.print(_listed(mutants))
        return 0
    if said := _not_green(console, mutants):
        console.print(f"Not green without any break:\n{said}", markup=False)
        return 1
    results = _tried(console, mutants, options.jobs)
    console.print(_reported(results))
    if options.why:
        for result in results:
            console.print(f"{result.mutant.name}: {result.said}", markup=False, soft_wrap=True)
    bad = [result for result in results if result.verdict is not Verdict.RED]
    for result in bad:
        console.print(f"{result.mutant.name}: {result.verdict}\n{result.said}", markup=False)
    console.print(f"{len(results) - len(bad)} of {len(results)} breaks turned their test red.")
    return 1 if bad else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Breaks of the promises that tests must notice.")
    parser.add_argument("--list", action="store_true", help="show the table and stop")
    parser.add_argument("--quick", action="store_true", help="a few fast ones, for every commit")
    parser.add_argument("--only", action="append", metavar="NAME", help="just this one; repeatable")
    parser.add_argument("--why", action="store_true", help="also say what each test found wrong")
    parser.add_argument("--jobs", type=int, default=JOBS, help="how many at a time")
    return parser.parse_args()


def _chosen(options: argparse.Namespace) -> list[Mutant]:
    """In order of the table; names that are not in it end the run."""
    mutants = [Mutant(**row) for row in tomllib.loads(TABLE.read_text())["mutant"]]
    unknown = set(options.only or ()) - {mutant.name for mutant in mutants}
    if unknown:
        raise SystemExit(f"There is no break named {', '.join(sorted(unknown))}. See --list.")
    return [
        mutant
        for mutant in mutants
        if (not options.only or mutant.name in options.only) and (not options.quick or mutant.quick)
    ]


def _not_green(console: Console, mutants: Sequence[Mutant]) -> str:
    """What pytest says of the tests that fail on a whole copy; empty if none does."""
    tests = list(dict.fromkeys(mutant.test for mutant in mutants))
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = _copied(Path(folder))
        _refuse_other_import(copy)
        with console.status(f"{len(tests)} tests without any break"):
            more = ["--continue-on-collection-errors", "--tb=no", "-rfE"]
            done = _pytest(copy, [*more, *tests], timeout_s=TEST_TIMEOUT_S * 5)
    return "" if done.returncode == GREEN else done.stdout[-5000:] + done.stderr[-2000:]


def _tried(console: Console, mutants: Sequence[Mutant], jobs: int) -> list[Result]:
    last = TextColumn("{task.fields[at]}")
    columns = (*Progress.get_default_columns()[:3], TimeElapsedColumn(), last)
    found: dict[str, Result] = {}
    with Progress(*columns, console=console) as progress, ThreadPoolExecutor(jobs) as pool:
        task = progress.add_task("Breaking", total=len(mutants), at="")
        for future in as_completed([pool.submit(_try, mutant) for mutant in mutants]):
            result = future.result()
            found[result.mutant.name] = result
            progress.update(task, advance=1, at=f"{result.mutant.name}: {result.verdict}")
    return [found[mutant.name] for mutant in mutants]


def _try(mutant: Mutant) -> Result:
    """Break a copy of its own, run the one test, and say what became of it."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        verdict, said = _verdict(mutant, _copied(Path(folder)))
    return Result(mutant=mutant, verdict=verdict, seconds=time.monotonic() - started, said=said)


def _verdict(mutant: Mutant, copy: Path) -> tuple[Verdict, str]:
    of_tag = mutant.file.startswith("web/")
    file = (_with_web(copy) if of_tag else copy / "headwater") / mutant.file
    text = file.read_text() if file.exists() else ""
    if text.count(mutant.old) != 1:
        return Verdict.NOT_APPLICABLE, f"{text.count(mutant.old)} times in {mutant.file}"
    file.write_text(text.replace(mutant.old, mutant.new))
    if file.suffix == ".py":
        compile(file.read_text(), str(file), "exec")
        _forget_compiled(file)
    if of_tag:
        done = _python(copy, [str(copy.parent / "web/hatch_build.py")], TEST_TIMEOUT_S)
        if done.returncode != GREEN:
            return Verdict.NOT_RUN, done.stderr[-2000:]
    try:
        done = _pytest(copy, ["-x", mutant.test])
    except subprocess.TimeoutExpired:
        return Verdict.TIMED_OUT, ""
    if done.returncode == RED:
        return Verdict.RED, _why(done.stdout)
    verdict = Verdict.SURVIVED if done.returncode == GREEN else Verdict.NOT_RUN
    return verdict, done.stdout[-2000:]


def _why(output: str) -> str:
    """The first thing pytest found wrong."""
    wrong = (line[1:].strip() for line in output.splitlines() if line.startswith("E  "))
    return next(wrong, "")


def _copied(folder: Path) -> Path:
    """A copy of src/ with what is compiled: else every process of a test would compile it."""
    copy = folder / "src"
    shutil.copytree(ROOT / "src", copy)
    return copy


def _forget_compiled(file: Path) -> None:
    """It could outlive the break."""
    for compiled in file.parent.glob(f"__pycache__/{file.stem}.*"):
        compiled.unlink()


def _with_web(copy: Path) -> Path:
    """Where the sources of the tag are beside the copy, with what npm installed."""
    web = copy.parent / "web"
    shutil.copytree(ROOT / "web", web, ignore=shutil.ignore_patterns("node_modules", "dist"))
    (web / "node_modules").symlink_to(ROOT / "web" / "node_modules")
    return copy.parent


def _refuse_other_import(copy: Path) -> None:
    """The copy must win against the installed package, or every break would survive."""
    done = _python(copy, ["-c", "import headwater; print(headwater.__file__)"], TEST_TIMEOUT_S)
    if not Path(done.stdout.strip()).is_relative_to(copy):
        raise SystemExit(f"headwater is imported from {done.stdout.strip()}, not from the copy.")


def _pytest(
    copy: Path, arguments: Sequence[str], timeout_s: float = TEST_TIMEOUT_S
) -> "subprocess.CompletedProcess[str]":
    return _python(copy, ["-m", "pytest", "-p", "no:cacheprovider", *arguments], timeout_s)


def _python(
    copy: Path, arguments: Sequence[str], timeout_s: float
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - what is run stands in the table of this repository
        [sys.executable, *arguments],
        cwd=ROOT,
        env=_environment(copy),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def _environment(copy: Path) -> dict[str, str]:
    """Also for the servers that tests start: they inherit it."""
    return os.environ | {
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(copy.parent / "hypothesis"),
    }


def _listed(mutants: Sequence[Mutant]) -> Table:
    table = Table("break", "promise", "file", "test")
    for mutant in mutants:
        table.add_row(mutant.name, mutant.promise, mutant.file, mutant.test.replace("[", r"\["))
    return table


def _reported(results: Sequence[Result]) -> Table:
    table = Table("break", "promise", "test", "verdict", "seconds")
    for result in results:
        name = result.mutant.test.split("::")[-1].replace("[", r"\[")
        colour = "green" if result.verdict is Verdict.RED else "red"
        verdict = f"[{colour}]{result.verdict}[/]"
        table.add_row(
            result.mutant.name, result.mutant.promise, name, verdict, f"{result.seconds:.1f}"
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
