"""What the server can say or be asked is written down: codes, reasons, routes, events, links."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from headwater import attribution, commissions, delivery, inbox, tracking
from headwater.config import Overrides, load
from headwater.http.app import build_api
from headwater.kit.problems import STATUS, Code
from headwater.receipts import DisputeReason, RefundReason
from headwater.runtime import open_app
from tests.tidy.source import REPO, Finding, nothing

REFERENCE = REPO / "docs" / "reference"
ERRORS, RULES, HTTP = REFERENCE / "errors.md", REFERENCE / "rules.md", REFERENCE / "http.md"

TAKEN_BACK = [reason.value for reason in (*RefundReason, *DisputeReason)]
# Not part of /openapi.json: answered in front of the API, or made from that document.
IN_FRONT = {("GET", "/{}"), ("GET", "/openapi.json"), ("GET", "/docs")}

_CALL = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`\s?]*)[^`]*`")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def undocumented(words: Iterable[str], text: str, page: str) -> Iterator[Finding]:
    """Each word stands in a table of the page, in its first cell."""
    rows = set(re.findall(r"^\| `([\w.]+)`", text, re.MULTILINE))
    for word in sorted(set(words) - rows):
        yield Finding(word, f"{page} does not have it", "add a row: when it happens, what to do")


def out_of_date(words: Iterable[str], text: str, page: str) -> Iterator[Finding]:
    for word in sorted(set(re.findall(r"^\| `([\w.]+)`", text, re.MULTILINE)) - set(words)):
        yield Finding(word, f"{page} has it, the code does not", "drop the row")


def out_of_order(words: list[str], text: str, page: str) -> Iterator[Finding]:
    rows = [row for row in re.findall(r"^\| `([\w.]+)`", text, re.MULTILINE) if row in words]
    if rows != words:
        yield Finding(page, f"lists {rows}", f"the order of the code: {words}")


def reasons() -> list[str]:
    return [
        *(reason.value for reason in attribution.Reason),
        *(reason.value for reason in commissions.OwedReason),
        *(reason.value for reason in inbox.Reason),
        *(reason.value for reason in tracking.Unfit),
    ]


def test_every_error_code_is_explained():
    text = ERRORS.read_text()
    nothing(undocumented(Code, text, ERRORS.name))
    nothing(out_of_date(Code, text, ERRORS.name))
    for code, status in STATUS.items():
        assert re.search(rf"^\| `{code}` \| {status} \|", text, re.MULTILINE), (
            f"{ERRORS.name}: {code} is answered with {status}"
        )


def test_the_contract_names_the_same_codes():
    section = HTTP.read_text().partition("## Errors")[2].partition("\n## ")[0]
    named = {(code, int(status)) for code, status in re.findall(r"`(\w+)` (\d{3})", section)}
    assert named == {(code.value, STATUS[code]) for code in Code}, f"{HTTP.name}, Errors"


def test_the_address_in_an_error_leads_somewhere():
    """`doc_url` ends in #code-with-hyphens; the page has that anchor."""
    anchors = _anchors(ERRORS)
    for code in Code:
        anchor = code.replace("_", "-")
        assert anchor in anchors, f'{ERRORS.name}: add <a id="{anchor}"></a> to the row of {code}'


def test_every_reason_is_explained():
    text = RULES.read_text()
    nothing(undocumented([*reasons(), *TAKEN_BACK], text, RULES.name))
    nothing(out_of_date([*reasons(), *TAKEN_BACK], text, RULES.name))


def test_checks_are_listed_in_the_order_they_are_made():
    nothing(out_of_order(reasons(), RULES.read_text(), RULES.name))


def test_every_inbox_reason_has_a_remedy():
    assert set(inbox.REMEDY) == set(inbox.Reason)
    assert set(tracking.ADVICE) == set(tracking.Unfit)


@pytest.mark.parametrize("event", delivery.Event)
def test_every_event_is_described(event):
    section = HTTP.read_text().partition("## Webhooks")[2]
    assert f"`{event}` `{{" in section or f"`{event}` the" in section, (
        f"{HTTP.name}, Webhooks: say what `data` of {event} holds"
    )


def not_in_openapi(offered: set[tuple[str, str]], text: str) -> Iterator[Finding]:
    for method, path in sorted(_calls(text) - offered - IN_FRONT):
        yield Finding(f"{method} {path}", "documented, but not offered", "drop or offer it")


def not_in_docs(offered: set[tuple[str, str]], text: str) -> Iterator[Finding]:
    mentioned = set(re.findall(r"`(/[\w./]+)`", text))
    for method, path in sorted(offered - _calls(text)):
        if path not in mentioned:
            yield Finding(
                f"{method} {path}", "offered, but not documented", f"add it to {HTTP.name}"
            )


def _calls(text: str) -> set[tuple[str, str]]:
    return {(method, _plain(path)) for method, path in _CALL.findall(text)}


def _plain(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/") or "/"


@cache
def offered_calls(folder: Path) -> set[tuple[str, str]]:
    """From the OpenAPI document, built without a server."""
    app = open_app(load(Overrides(data=str(folder))), owner=False)
    try:
        api = cast("Any", build_api(app, *[cast("Any", None)] * 3))
        paths = api.openapi_schema.to_schema()["paths"]
    finally:
        app.close()
    return {(method.upper(), _plain(path)) for path, each in paths.items() for method in each}


# Litestar 3 wants dependencies and bodies marked with its own types; until then it warns.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_route_is_documented_and_the_other_way_round(tmp_path_factory):
    offered = offered_calls(tmp_path_factory.getbasetemp() / "openapi")
    text = HTTP.read_text()
    nothing([*not_in_docs(offered, text), *not_in_openapi(offered, text)])


def dead_links(page: Path, text: str) -> Iterator[Finding]:
    prose = _FENCE.sub(lambda fence: "\n" * fence[0].count("\n"), text)
    for number, line in enumerate(prose.splitlines(), 1):
        for target in _LINK.findall(line):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            other = (page.parent / name).resolve() if name else page
            where = f"{_shown(page)}:{number}"
            if not other.exists():
                yield Finding(where, f"there is no {target}", "fix the path, or drop the link")
            elif anchor and other.suffix == ".md" and anchor not in _anchors(other):
                yield Finding(where, f"{name or 'this page'} has no #{anchor}", "fix the anchor")


def _shown(page: Path) -> str:
    return page.relative_to(REPO).as_posix() if page.is_relative_to(REPO) else page.name


def _anchors(page: Path) -> set[str]:
    text = page.read_text()
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    made = {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }
    return made | set(re.findall(r'<a id="([^"]+)">', text))


def pages() -> list[Path]:
    folders = [REPO / "docs", REPO / "src", REPO / "tests", REPO / "clients", REPO / "tools"]
    deep = [path for folder in folders if folder.exists() for path in folder.rglob("*.md")]
    return sorted(
        [*REPO.glob("*.md"), *(path for path in deep if "node_modules" not in path.parts)]
    )


def test_links_lead_somewhere():
    nothing(finding for page in pages() for finding in dead_links(page, page.read_text()))


@pytest.mark.parametrize(
    "rule",
    [
        lambda: undocumented(["new_reason"], "| `old_reason` | x |", "rules.md"),
        lambda: out_of_date(["new_reason"], "| `old_reason` | x |", "rules.md"),
        lambda: out_of_order(["a", "b"], "| `b` |\n| `a` |", "rules.md"),
        lambda: not_in_docs({("GET", "/novelties")}, "`GET /links`"),
        lambda: not_in_docs({("POST", "/links")}, "`GET /links`"),
        lambda: not_in_openapi({("GET", "/links")}, "`GET /novelties/{id}?page=`"),
        lambda: dead_links(REPO / "README.md", "See [that](docs/nowhere.md)."),
        lambda: dead_links(HTTP, "See [that](http.md#nowhere)."),
    ],
)
def test_the_rule_can_fail(rule):
    assert list(rule())


def test_the_rule_lets_good_pages_be():
    assert not list(dead_links(HTTP, "[a](#errors) [b](https://x.test/y) [c](http.md#idempotency)"))
    assert not list(not_in_docs({("GET", "/links/{}")}, "`GET /links/{id}`"))
    assert not list(not_in_docs({("GET", "/healthz")}, "but `/healthz`"))
