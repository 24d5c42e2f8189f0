"""The files of the tag as they are served: for how long, to whom, whole."""

import base64
import gzip
import hashlib
import json
import re

import pytest

from tests.http.world import World, ask, problem
from tests.support import DOMAIN, Answer

ONE_YEAR = "public, max-age=31536000, immutable"
ONE_HOUR = "public, max-age=3600"


def got(world: World, path: str, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ask(world.server, path, headers=named)


def chunk(world: World, name: str) -> str:
    """The address of a chunk, as the core makes it."""
    (stamp,) = re.findall(r"-([0-9a-f]{8})\.js", got(world, "/t.js").body.decode())
    return f"/t/{name}-{stamp}.js"


def test_the_tag_may_be_kept_an_hour_and_is_not_sent_twice(world: World) -> None:
    """T-124."""
    answer = got(world, "/t.js")
    assert answer.status == 200
    assert answer.headers["cache-control"] == ONE_HOUR
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["access-control-allow-origin"] == "*"
    again = got(world, "/t.js", if_none_match=answer.headers["etag"])
    assert (again.status, again.body) == (304, b"")


def test_it_is_small_on_the_wire_and_the_same(world: World) -> None:
    """T-127, T-126."""
    packed = got(world, "/t.js", accept_encoding="gzip, br")
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) <= 2500
    plain = got(world, "/t.js")
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["etag"] != plain.headers["etag"]
    assert "accept-encoding" in packed.headers["vary"].lower()
    assert b"sourceMappingURL" not in plain.body


def test_nothing_in_it_runs_text_or_writes_markup(world: World) -> None:
    """T-107."""
    names = ("send", "page", "shims", "fpr", "tolt", "growsumo")
    for path in ("/t.js", *(chunk(world, name) for name in names)):
        text = got(world, path).body.decode()
        assert not re.search(r"\beval\(|\bFunction\(|document\.write|innerHTML|on\w+=[\"']", text)


def test_the_stub_is_small(world: World) -> None:
    """T-108, T-127."""
    assert len(got(world, "/t/stub.js").body) <= 350


def test_the_hash_of_the_file_that_never_changes_is_published(world: World) -> None:
    """T-124: for `integrity=`."""
    said = json.loads(got(world, "/t/sri.json").body)
    answer = got(world, f"/t/{said['file']}")
    assert answer.headers["cache-control"] == ONE_YEAR
    assert answer.body == got(world, "/t.js").body
    digest = base64.b64encode(hashlib.sha384(answer.body).digest()).decode()
    assert said["integrity"] == f"sha384-{digest}"


@pytest.mark.parametrize("name", ["send", "page", "shims", "fpr", "gtm-vendor"])
def test_a_chunk_never_changes_under_its_name(world: World, name: str) -> None:
    path = chunk(world, name)
    answer = got(world, path)
    assert (answer.status, answer.headers["cache-control"]) == (200, ONE_YEAR)
    assert answer.headers["access-control-allow-origin"] == "*"
    # A page may still have the core of the build before.
    older = got(world, re.sub(r"[0-9a-f]{8}", "00000000", path))
    assert (older.body, older.headers["cache-control"]) == (answer.body, ONE_HOUR)


@pytest.mark.parametrize("path", ["/t/nothing.js", "/t/built.sha256", "/t/..%2fapp.py"])
def test_nothing_else_is_there(world: World, path: str) -> None:
    problem(got(world, path), 404, "not_found")


def test_on_a_domain_of_links_only_the_tag_is_ours(world: World) -> None:
    assert ask(world.server, "/t.js", headers={"host": DOMAIN}).body == got(world, "/t.js").body
    for path in ("/t/more.js", "/t", "/customers"):
        answer = ask(world.server, path, headers={"host": DOMAIN})
        assert (answer.status, b"error" in answer.body) == (404, False)
