"""The API page: every route has an example, every example runs, every field has words."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from headwater.http.reference.render import FREE, answer_fields, marked
from headwater.http.reference.words import (
    Entry,
    body_fields,
    entry_of_answered,
    entry_of_sent,
    first_word,
    meaning,
    tables,
)
from tests.examples import EXAMPLES
from tests.examples.story import STORY
from tests.examples.tell import telling
from tests.http.world import World
from tests.support import Store

WORDS = {(table, name) for table, words in tables().items() for name in words}
REFUSED = {"/domains/register"}  # whatever is asked for


def recorded() -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(EXAMPLES.read_text())
    return told


def test_every_example_runs_and_answers_what_the_page_shows(store: Store) -> None:
    """`make examples` records them anew."""
    with telling(store) as teller:
        told = [teller.tell(step) for step in STORY]
    for now, then in zip(told, recorded(), strict=True):
        assert (now["method"], now["route"]) == (then["method"], then["route"])
        assert now["shell"] == then["shell"]
        assert now["status"] == then["status"], now
        assert (now["status"] < 300) is (now["route"] not in REFUSED), now
        assert shape(now["answer"]) == shape(then["answer"]), now["route"]


def shape(value: Any) -> Any:
    """Names and kinds, without what is another each time; how long a list is depends on the day."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def routes(world: World) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document(world)["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def document(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.client.get("/openapi.json")
    return found


def test_every_route_has_an_example(world: World) -> None:
    told = {(each["method"], each["route"]) for each in recorded()}
    assert {(method, path) for method, path, _ in routes(world)} == told


def sent(world: World) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Every field of an address or a body: method, path, name and form."""
    forms = document(world)["components"]["schemas"]
    for method, path, operation in routes(world):
        for parameter in operation.get("parameters", ()):
            yield method, path, parameter["name"], parameter
        for name, form in body_fields(forms, operation).items():
            yield method, path, name, form


def test_every_field_that_is_sent_has_the_words_of_its_route(world: World) -> None:
    """Routes that share a form say the same: words of the one must not stand at the other."""
    for method, path, name, form in sent(world):
        words = meaning(entry_of_sent(name, method, path))
        assert form.get("description") == words, (method, path, name)
        assert words, (method, path, name)


def test_every_field_that_is_answered_has_words() -> None:
    for told in recorded():
        fields = answer_fields(told["answer"], first_word(told["route"]))
        assert [each.name for each in fields if not each.words] == [], told["route"]


def test_no_words_are_there_for_nothing(world: World) -> None:
    """A field that went away takes its words along."""
    used = set(asked_for(world))
    assert sorted(WORDS - used) == []


def asked_for(world: World) -> Iterator[Entry | None]:
    """The entries that say something about a field of today."""
    forms = document(world)["components"]["schemas"]
    places = [(name, "error") for name in forms["Told"]["properties"]]
    for told in recorded():
        places += in_answer(told["answer"], first_word(told["route"]))
    for name, parent in places:
        yield entry_of_answered(name, parent)
    for method, path, name, _ in sent(world):
        yield entry_of_sent(name, method, path)


def in_answer(value: Any, parent: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for each in value:
            yield from in_answer(each, parent)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name, parent
            if name not in FREE:
                yield from in_answer(inner, name)


@pytest.mark.parametrize("entry", sorted(WORDS), ids=": ".join)
def test_words_are_a_sentence(entry: Entry) -> None:
    words = meaning(entry) or ""
    assert re.fullmatch(r"[A-Z`0-9].*[^.]\.", words), words
    assert words.count("`") % 2 == 0


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.anchors: list[str] = []
        self.targets: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        assert not tag.startswith("script")
        assert "src" not in given, "nothing is fetched from elsewhere"
        if "id" in given:
            self.anchors.append(str(given["id"]))
        if tag == "a":
            self.targets.append(str(given["href"]))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_shows_every_route(world: World) -> None:
    answer = world.client.call("GET", "/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    page = Page()
    page.feed(answer.body.decode())
    assert len(page.anchors) == len(set(page.anchors))
    assert {target[1:] for target in page.targets if target.startswith("#")} <= set(page.anchors)
    for method, path, operation in routes(world):
        assert f"{method} {path}" in page.text
        assert operation["summary"] in page.text


def test_the_page_works_below_the_prefix_too(world: World) -> None:
    assert world.client.call("GET", "/api/docs").status == 200
    assert 'href="openapi.json"' in world.client.call("GET", "/docs").body.decode()


def test_text_is_text() -> None:
    assert marked("<b> & `a<b`") == "&lt;b&gt; &amp; <code>a&lt;b</code>"


def test_a_field_without_words_is_found() -> None:
    assert meaning(entry_of_sent("nobodyKnowsThis", "GET", "/links")) is None
    fields = list(answer_fields({"nobodyKnowsThis": 1}, "links"))
    assert [each.words for each in fields] == [""]


def test_what_is_sent_may_be_another_thing_than_what_is_answered() -> None:
    answered = meaning(entry_of_answered("folderId", "links"))
    put = meaning(entry_of_sent("folderId", "POST", "/links"))
    filtered = meaning(entry_of_sent("folderId", "GET", "/links"))
    assert len({answered, put, filtered}) == 3
    assert "`unsorted`" in str(filtered)


def test_no_address_of_the_machine_that_recorded_it_is_shown() -> None:
    found = re.findall(r"http://(?:127\.0\.0\.1|localhost):\d+", EXAMPLES.read_text())
    assert set(found) == {"http://127.0.0.1:8787"}


def test_limits_and_defaults_are_shown(world: World) -> None:
    page = world.client.call("GET", "/docs").body.decode()
    for limits in ("up to 2,000 characters", "3 to 190", "1 to 100, default 100"):
        assert f"<small>{limits}</small>" in page
