"""What holds for every endpoint alike, walked over the table of routes."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.http.test_contract import (
    GUARDED,
    OF_PAGES,
    OPEN,
    ROUTES,
    WITH_BODY,
    Made,
    asking,
    having,
)
from tests.http.world import World, ask, problem
from tests.support import DOMAIN, Client

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
TIME = re.compile(r"(\w+At|at|lastClicked|lastSeen)")
ULID = "[0-9A-HJKMNP-TV-Z]{26}"
PREFIXES = {
    "/links": "link_",
    "/tags": "tag_",
    "/folders": "fold_",
    "/domains": "dom_",
    "/customers": "cus_",
    "/commissions": "cm_",
    "/webhooks": "wh_",
    "/programs": "prog_",
    "/partners": "pn_",
}
CURSORS = ("/links", "/customers", "/commissions")


@pytest.fixture(scope="module")
def made(world: World) -> Iterator[Made]:
    yield from having(world)


def answers(made: Made) -> Iterator[tuple[tuple[str, str], Any]]:
    """A good answer of every route that reads."""
    for route in sorted(ROUTES):
        if route[0] == "GET":
            path, _ = ROUTES[route][0](made)
            yield route, asking(made.world, route).call("GET", path)


def fields(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for each in value:
            yield from fields(each)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name, inner
            if name not in {"request", "metadata"}:  # what a caller wrote
                yield from fields(inner)


def test_every_time_is_utc_with_milliseconds_and_every_answer_has_its_own_id(made: Made) -> None:
    seen, ids = set(), set()
    for route, answer in answers(made):
        assert answer.headers["x-request-id"].startswith("req_"), route
        ids.add(answer.headers["x-request-id"])
        if "json" not in answer.headers["content-type"]:
            continue
        for name, value in fields(answer.json):
            if TIME.fullmatch(name) and isinstance(value, str):
                assert ISO.fullmatch(value), (route, name, value)
                seen.add(name)
    assert {"createdAt", "updatedAt", "lastClicked", "clickedAt", "decidedAt", "at"} <= seen
    assert len(ids) == len([route for route in ROUTES if route[0] == "GET"])


def test_ids_are_prefixed_and_sort_by_time(made: Made) -> None:
    for path, prefix in PREFIXES.items():
        ids = [row["id"] for row in made.world.client.get(path)]
        assert ids, path
        assert all(re.fullmatch(prefix + ULID, each) for each in ids), (path, ids)
    first, second = made.world.link()["id"], made.world.link()["id"]
    assert first < second


@pytest.mark.parametrize("authorization", [None, "Basic YTpi", "Bearer hw_sk_unknown"])
def test_who_asks_comes_before_what_is_sent(made: Made, authorization: str | None) -> None:
    """A stranger learns nothing of bodies, parameters or ids."""
    headers = {} if authorization is None else {"authorization": authorization}
    nobody = Client(made.world.client.url, None)
    refused = 400 if authorization and authorization.startswith("Basic") else 401
    for method, path in GUARDED:
        body = b"{" if (method, path) in WITH_BODY else None
        answer = nobody.call(method, f"{path}?page=x&pageSize=x", raw=body, headers=headers)
        assert answer.status == refused, (method, path, answer.body)


@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [
        (None, 401, "unauthorized"),
        ("Basic YTpi", 400, "bad_request"),
        ("Bearer hw_sk_secret", 400, "bad_request"),
        ("Bearer hw_pk_" + "a" * 24, 401, "unauthorized"),
    ],
)
def test_pages_ask_with_the_publishable_key(
    world: World, authorization: str | None, status: int, code: str
) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    nobody = Client(world.client.url, None)
    for method, path in sorted(OF_PAGES):
        problem(nobody.call(method, path, raw=b"{", headers=headers), status, code)


def test_pages_of_other_hosts_may_read_what_is_meant_for_them_and_nothing_else(
    made: Made,
) -> None:
    """On errors and without a key too: a page must be able to read what went wrong. A picture is
    shown by a page and not read. The tag's routes answer the page itself, as cookies go along.
    """
    url, origin = made.world.client.url, "https://x.test"
    for method, path in sorted(ROUTES):
        answer = Client(url, None).call(method, path, headers={"origin": origin})
        allowed = answer.headers.get("access-control-allow-origin")
        asked = Client(url, None).call("OPTIONS", path)
        if path in ("/t", "/t/config"):
            assert allowed == origin, path
            assert answer.headers["access-control-allow-credentials"] == "true"
            assert answer.headers["vary"] == "Origin"
            assert "access-control-allow-origin" not in asked.headers, "nobody asked"
        elif (method, path) in OPEN | OF_PAGES and not path.startswith(("/avatars/", "/billing/")):
            assert allowed == "*", path
            assert asked.status == 204
            assert asked.headers["access-control-allow-methods"] == f"{method}, OPTIONS"
            assert asked.headers["access-control-allow-headers"] == "Content-Type, Authorization"
        else:
            assert allowed is None, path
            assert "access-control-allow-origin" not in asked.headers, path


def paged(world: World) -> Iterator[tuple[str, int]]:
    """Lists that come in pages, with the most on one; the page is full unless told otherwise."""
    for path, methods in world.client.get("/openapi.json")["paths"].items():
        for each in methods.get("get", {}).get("parameters", ()):
            if each["name"] == "pageSize":
                yield path, each["schema"]["maximum"]


def test_every_page_has_the_same_limits(made: Made) -> None:
    found = dict(paged(made.world))
    assert len(found) >= 12
    assert {path for path, most in found.items() if most == 50} == {"/domains", "/folders"}
    assert set(found.values()) == {50, 100}
    for path, most in found.items():
        place = path.format(webhook_id=made.webhook["id"])
        for query, field in (
            ("page=0", "page"),
            ("page=1001", "page"),
            ("page=x", "page"),
            ("pageSize=0", "pageSize"),
            (f"pageSize={most + 1}", "pageSize"),
        ):
            answer = made.world.client.call("GET", f"{place}?{query}")
            problem(answer, 422, "unprocessable_entity", field)
        assert made.world.client.get(f"{place}?page=1000&pageSize={most}") == []
        assert isinstance(made.world.client.get(place), list)


@pytest.mark.parametrize("path", CURSORS)
def test_a_cursor_leads_through_a_list_in_both_directions(made: Made, path: str) -> None:
    client = made.world.client
    for _ in range(3):
        made.world.customer(made.link)
        made.world.link()
    ids = [row["id"] for row in client.get(path)]
    assert len(ids) >= 4

    def page(query: str) -> list[str]:
        return [row["id"] for row in client.get(f"{path}?{query}")]

    assert page(f"startingAfter={ids[0]}&pageSize=2") == ids[1:3]
    assert page(f"endingBefore={ids[3]}&pageSize=2") == ids[1:3], "those right before it"
    assert page(f"endingBefore={ids[0]}") == []
    assert page(f"startingAfter={ids[0]}&page=2&pageSize=2") == ids[1:3], "SDKs send page along"
    rest, last = page("pageSize=100"), ids[0]
    while rest:
        last, rest = rest[-1], page(f"startingAfter={rest[-1]}&pageSize=100")
    assert page(f"startingAfter={last}") == [], "how SDKs see the end"


@pytest.mark.parametrize("path", CURSORS)
def test_a_cursor_that_leads_nowhere_is_refused(made: Made, path: str) -> None:
    client, stranger = made.world.client, made.world.stranger
    known = client.get(f"{path}?pageSize=1")[0]["id"]
    for query, field in (
        ("startingAfter=none", "startingAfter"),
        ("endingBefore=none", "endingBefore"),
        (f"startingAfter={known}&endingBefore={known}", "endingBefore"),
        (f"startingAfter={known}&sortBy=saleAmount", "sortBy"),
    ):
        answer = client.call("GET", f"{path}?{query}")
        problem(answer, 422, "unprocessable_entity", field)
    answer = stranger.call("GET", f"{path}?startingAfter={known}")
    problem(answer, 422, "unprocessable_entity", "startingAfter")


def test_a_deleted_link_still_says_where_a_page_begins(world: World) -> None:
    before, gone = world.link(), world.link()
    world.client.call("DELETE", f"/links/{gone['id']}")
    after = world.client.get(f"/links?startingAfter={gone['id']}&pageSize=1")
    assert [row["id"] for row in after] == [before["id"]]


def test_lists_in_addresses_are_joined_with_commas_and_the_last_of_a_name_counts(
    world: World,
) -> None:
    tags = [world.client.post("/tags", {"name": world.name("t")}) for _ in range(2)]
    ids = [world.link(tagIds=[tag["id"]])["id"] for tag in tags]
    joined = ",".join(tag["id"] for tag in tags)
    found = world.client.get(f"/links?tagIds={joined}")
    assert sorted(row["id"] for row in found) == sorted(ids)
    found = world.client.get(f"/links?tagIds={joined}&tagIds={tags[1]['id']}")
    assert [row["id"] for row in found] == [ids[1]]
    assert world.client.get(f"/domains?archived=false&archived=true&search={DOMAIN}") == []


def test_an_external_id_stands_for_an_id_wherever_one_is_taken(made: Made) -> None:
    world, name = made.world, made.world.name("e")
    link = world.link(externalId=f"ext_{name}")
    assert link["externalId"] == name
    assert world.client.get(f"/links/ext_{name}")["id"] == link["id"]
    assert world.client.get(f"/links/info?externalId=ext_{name}")["id"] == link["id"]
    assert world.client.get(f"/customers/ext_{made.customer}")["id"] == made.customer_id
    body = {"linkIds": [f"ext_{name}"], "data": {"comments": "c"}}
    assert world.client.call("PATCH", "/links/bulk", body).json[0]["comments"] == "c"
    gone = world.client.call("DELETE", f"/links/bulk?linkIds=ext_{name}")
    assert gone.json == {"deletedCount": 1}


def test_what_is_not_offered_in_this_method_has_the_one_form(world: World) -> None:
    for path in {path for _, path in ROUTES}:
        answer = ask(world.server, path, method="TRACE")
        if answer.status != 405:
            continue
        problem(answer, 405, "bad_request")


@pytest.mark.parametrize(
    "path",
    [
        *(f"/links?{name}=nope" for name in ("folderId", "tagId", "tagNames", "tenantId")),
        *(f"/customers?{name}=nope" for name in ("linkId", "programId", "partnerId")),
        *(f"/receipts?{name}=nope" for name in ("linkId", "partnerId", "customerExternalId")),
        *(f"/commissions?{name}=nope" for name in ("partnerId", "customerId", "invoiceId")),
        *(f"/partners?{name}=nope" for name in ("programId", "tenantId", "email")),
        *(f"/balances?{name}=nope" for name in ("programId", "partnerId")),
        *(f"/conversion-log?{name}=nope" for name in ("linkId", "customerExternalId")),
        *(f"/events?event=sales&{name}=nope" for name in ("linkId", "folderId", "customerId")),
        *(f"/{list_}?linkId=ext_nope" for list_ in ("customers", "receipts", "conversion-log")),
        "/events?linkId=ext_nope",
        "/events?event=leads&customerId=ext_nope",
        "/analytics?groupBy=countries&linkId=ext_nope",
    ],
)
def test_a_list_by_an_id_that_nobody_has_is_empty(made: Made, path: str) -> None:
    """Everywhere alike; only what an address or a body names must be there."""
    assert made.world.client.get(path) == []
