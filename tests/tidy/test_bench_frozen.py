"""The denominators of the benchmarks are frozen, so that ratios compare over the years."""

import hashlib
from pathlib import Path

import pytest

import headwater.bench

FROZEN = Path(headwater.bench.__file__).parent / "frozen"

SHA256 = {
    "agents.py": "9d0203ec67550b83921761a7ce1ab3bac2a199828e9134c9d1a2e1ba9856b140",
    "bare_api.py": "0bfee695d7563a498ddbd8afd2e91dd7e50052102c221c3b6095154e299a664a",
    "bare_loop.py": "45d046ae28fce1601ac4a41f97e0abfb1a20bdbcb15f697571f2a0482cd62760",
    "bare_post.py": "f769d2b3c94fee82b0d799e540c646c2ba017694fe698e4f0161ca1a3099ee4c",
    "nginx.conf": "aadcf5971409bb2bbb692c2757891ab8e482986f7582e038c24cea35aca6fe5e",
    "redirect.lua": "01152264e3a28c21586ddd3fb2e2e466ff70cac7f453ae321e8ece6524962274",
}


@pytest.mark.parametrize("name", SHA256)
def test_a_denominator_is_what_it_was(name):
    found = hashlib.sha256((FROZEN / name).read_bytes()).hexdigest()
    assert found == SHA256[name], (
        f"bench/frozen/{name} changed, so ratios from before and after do not compare. Undo it; "
        f"or, if the yardstick was wrong, say so in docs/decisions/ and write {found} here."
    )


def test_every_denominator_is_written_down():
    present = {path.name for path in FROZEN.iterdir() if path.is_file()}
    assert present - {"__init__.py"} == set(SHA256), (
        "list each file of bench/frozen here with its SHA-256"
    )
