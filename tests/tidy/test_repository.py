"""What the repository may hold: nothing made, nothing of one machine, no address in a lock."""

import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.tidy.source import REPO, Finding, nothing

TEXT = {".py", ".md", ".toml", ".sql", ".txt", ".sh", ".yml", ".yaml", ".json", ".lua", ".conf", ""}
_MACHINE = re.compile(r"(?<![\w.])/(?:home|root|Users|work)/[\w.-]+")
_UNMERGED = re.compile(r"<{7}(?: |$)|>{7}(?: |$)|={7}$")
_LARGE = 500_000


def _listed(*options: str) -> list[str]:
    """Nothing where this is no git checkout, as in an unpacked archive."""
    command = ["git", "ls-files", "-z", "--exclude-standard", *options]
    done = subprocess.run(command, cwd=REPO, capture_output=True, check=False)
    return [name for name in done.stdout.decode().split("\0") if name]


@cache
def ignored() -> frozenset[str]:
    return frozenset(_listed("--cached", "--ignored"))


@cache
def files() -> tuple[Path, ...]:
    """Tracked, or new and not ignored."""
    names = [name for name in _listed("--cached", "--others") if name not in ignored()]
    return tuple(REPO / name for name in names if (REPO / name).is_file())


def machine_paths(path: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), 1):
        for found in _MACHINE.findall(line):
            yield Finding(
                f"{path}:{number}", f"{found} is a place on one machine", "a relative path"
            )


def unmerged(path: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), 1):
        if _UNMERGED.match(line):
            yield Finding(f"{path}:{number}", f"{line} is left of a merge", "one of the two texts")


def addresses(path: str, text: str) -> Iterator[Finding]:
    """Lock files hold names, versions and hashes; where to fetch from is the reader's affair."""
    for number, line in enumerate(text.splitlines(), 1):
        if "://" in line or "--index" in line or "--find-links" in line:
            yield Finding(f"{path}:{number}", line.strip()[:60], "lock it again without addresses")
    for name in re.findall(
        r"^([A-Za-z0-9_.\[\]-]+==[^\s\\;]+)(?:[^\n]*)\n(?!\s+--hash)", text, re.MULTILINE
    ):
        yield Finding(path, f"{name} has no hash", "lock it again with --generate-hashes")


def unlocked(path: str, text: str) -> Iterator[Finding]:
    """npm writes download addresses beside the hashes unless `.npmrc` tells it not to."""
    for name, package in json.loads(text)["packages"].items():
        if name and "integrity" not in package:
            yield Finding(path, f"{name} has no hash", "npm install in that folder")
        if "resolved" in package:
            yield Finding(path, f"{name} says where to fetch it", "omit-lockfile-registry-resolved")


def test_nothing_ignored_is_tracked():
    some = sorted(ignored())[:5]
    assert not some, f"{len(ignored())} files such as {some}: git rm -r --cached, then commit"


def test_nothing_of_one_machine_is_in_the_tree():
    readable = [path for path in files() if path.suffix in TEXT and "tidy" not in path.parts]
    nothing(
        finding
        for path in readable
        for finding in machine_paths(
            path.relative_to(REPO).as_posix(), path.read_text(errors="replace")
        )
    )


def test_no_merge_is_half_done():
    readable = [path for path in files() if path.suffix in TEXT]
    nothing(
        finding
        for path in readable
        for finding in unmerged(path.relative_to(REPO).as_posix(), path.read_text(errors="replace"))
    )


def test_lock_files_have_hashes_and_no_addresses():
    locks = sorted(REPO.glob("requirements*.txt"))
    nothing(finding for path in locks for finding in addresses(path.name, path.read_text()))
    npm = [path for path in files() if path.name == "package-lock.json"]
    nothing(finding for path in npm for finding in unlocked(str(path), path.read_text()))


def test_no_large_file_is_in_the_tree():
    large = [str(path.relative_to(REPO)) for path in files() if path.stat().st_size > _LARGE]
    assert not large, f"larger than {_LARGE} bytes: {large}; make it when it is needed"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (machine_paths, "see /home/someone/notes.md"),
        (machine_paths, 'PATH = "/root/x"'),
        (unmerged, "<<<<<<< ours\n"),
        (unmerged, "a\n=======\nb"),
        (unmerged, ">>>>>>> theirs"),
        (addresses, "apsw==1.0 \\\n    --hash=sha256:00\n--index-url https://x.test\n"),
        (addresses, "apsw @ https://x.test/apsw.whl\n"),
        (addresses, "apsw==1.0\nrich==2.0 \\\n    --hash=sha256:00\n"),
        (unlocked, '{"packages": {"node_modules/x": {"version": "1"}}}'),
        (unlocked, '{"packages": {"node_modules/x": {"integrity": "y", "resolved": "z"}}}'),
    ],
)
def test_the_rule_can_fail(rule, text):
    assert list(rule("x", text))


def test_the_rule_lets_good_text_be():
    assert not list(machine_paths("x", "https://example.com/work/item and ./home/x"))
    assert not list(unmerged("x", "Title\n========\n"))
    assert not list(addresses("x", "apsw==1.0 \\\n    --hash=sha256:00\n"))
