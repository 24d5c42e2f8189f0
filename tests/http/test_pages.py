"""What pages report: publishable keys, allowed hosts, CORS on every answer."""

from collections.abc import Iterator
from typing import Any

import pytest

from headwater.kit.problems import Problem
from headwater.workspace import permits
from headwater.workspace.hostnames import checked_hostnames
from tests.http.world import World, problem
from tests.support import DOMAIN, Client, Store, run

CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "POST, OPTIONS",
    "access-control-allow-headers": "Content-Type, Authorization",
}
OPEN = ["/track/click", "/track/visit", "/track/open", "/track/lead/client", "/track/sale/client"]
CLIENT = ["/track/lead/client", "/track/sale/client"]


def test_a_page_reports_lead_and_sale(world: World) -> None:
    link, customer = world.link(), world.name("u")
    body = {"clickId": world.click(link), "eventName": "Sign up", "customerExternalId": customer}
    lead = world.page.post("/track/lead/client", body)
    assert lead == world.client.post("/track/lead", body)
    sold = {"customerExternalId": customer, "amount": 2900, "invoiceId": world.name("in")}
    sale = world.page.post("/track/sale/client", sold | {"clickId": ""})
    assert sale == world.client.post("/track/sale", sold)
    now = world.again(link)
    assert (now["leads"], now["sales"]) == (1, 1)


@pytest.mark.parametrize("path", CLIENT)
@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [
        (None, 401, "unauthorized"),
        ("Basic YTpi", 400, "bad_request"),
        ("Bearer", 400, "bad_request"),
        ("Bearer hw_pk_unknown", 401, "unauthorized"),
        ("Bearer dub_pk_unknown", 401, "unauthorized"),
        ("hw_pk_unknown", 400, "bad_request"),
    ],
)
def test_only_a_publishable_key_opens_it(
    world: World, path: str, authorization: str | None, status: int, code: str
) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    answer = Client(world.server.url, None).call("POST", path, {}, headers=headers)
    problem(answer, status, code)


@pytest.mark.parametrize("path", CLIENT)
def test_the_secret_key_does_not_belong_into_pages(world: World, path: str) -> None:
    problem(world.client.call("POST", path, {}), 400, "bad_request")


@pytest.mark.parametrize("path", ["/track/lead", "/track/sale", "/links"])
def test_the_publishable_key_opens_nothing_else(world: World, path: str) -> None:
    problem(world.page.call("POST", path, {}), 401, "unauthorized")


@pytest.mark.parametrize("alias", ["externalId", "customerId"])
def test_pages_know_only_the_name_of_today(world: World, alias: str) -> None:
    body = {"clickId": "", "eventName": "Sign up", alias: world.name("u")}
    answer = world.page.call("POST", "/track/lead/client", body)
    problem(answer, 422, "unprocessable_entity", "customerExternalId")


@pytest.mark.parametrize("path", OPEN)
def test_a_browser_may_ask_first(world: World, path: str) -> None:
    answer = Client(world.server.url, None).call("OPTIONS", path)
    assert answer.status == 204
    assert {name: answer.headers[name] for name in CORS} == CORS


@pytest.mark.parametrize("path", OPEN)
@pytest.mark.parametrize("spoilt", ["", "?x=%00"])
def test_errors_can_be_read_by_pages_too(world: World, path: str, spoilt: str) -> None:
    for raw in (b"{}", b"not json", b"[]"):
        answer = Client(world.server.url, None).call("POST", path + spoilt, raw=raw)
        assert answer.status in (400, 401, 422)
        assert {name: answer.headers[name] for name in CORS} == CORS


def test_other_routes_are_closed_to_pages(world: World) -> None:
    assert not set(CORS) & set(world.client.call("GET", "/links").headers)
    assert not set(CORS) & set(world.client.call("POST", "/track/lead", {}).headers)


@pytest.fixture
def only_acme(world: World) -> Iterator[World]:
    changed = change(world, ["acme.com", "*.acme.dev", "localhost", "acme.com"])
    assert changed["allowedHostnames"] == ["acme.com", "*.acme.dev", "localhost"]
    yield world
    change(world, [])


def change(world: World, names: list[str]) -> Any:
    answer = world.client.call("PATCH", "/workspaces/acme", {"allowedHostnames": names})
    assert answer.status == 200, answer.body
    assert world.client.get("/workspaces/acme") == answer.json
    return answer.json


@pytest.mark.parametrize("path", OPEN)
def test_only_pages_of_allowed_hosts_may_report(only_acme: World, path: str) -> None:
    world = only_acme
    link = world.link()
    body = {
        "domain": DOMAIN,
        "key": link["key"],
        "url": f"https://{DOMAIN}/{link['key']}",
        "deepLink": f"https://{DOMAIN}/{link['key']}",
        "clickId": world.click(link),
        "eventName": "Sign up",
        "customerExternalId": world.name("u"),
        "amount": 1,
    }
    for origin, status in [
        ("https://www.acme.com", 200),
        ("https://shop.acme.dev", 200),
        ("http://localhost:3000", 200),
        ("https://acme.dev", 403),
        ("https://evil.com", 403),
        ("nonsense", 403),
        (None, 403),
    ]:
        headers = {} if origin is None else {"origin": origin}
        expected = 200 if path == "/track/open" else status
        answer = world.page.call("POST", path, body, headers=headers)
        assert answer.status == expected, (origin, answer.body)
        assert answer.headers["access-control-allow-origin"] == "*"
        if expected == 403:
            problem(answer, 403, "forbidden")
    clicks = world.again(link)["clicks"]
    world.page.call("POST", path, body, headers={"origin": "https://evil.com"})
    assert path == "/track/open" or world.again(link)["clicks"] == clicks


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["https://acme.com"], "no host name"),
        (["acme"], "no host name"),
        (["*.com."], "no host name"),
        (["*"], "no host name"),
        ([f"h{number}.com" for number in range(11)], "10 are taken at most"),
    ],
)
def test_what_names_no_host_is_refused(world: World, names: list[str], sentence: str) -> None:
    answer = world.client.call("PATCH", "/workspaces/acme", {"allowedHostnames": names})
    assert sentence in problem(answer, 422, "unprocessable_entity", "allowedHostnames")["message"]


@pytest.mark.parametrize(
    ("allowed", "referer", "origin", "expected"),
    [
        ([], "", "", True),
        (["acme.com"], "", "", False),
        (["acme.com"], "https://acme.com/x", "https://evil.com", True),
        (["acme.com"], "https://evil.com/acme.com", "https://acme.com", False),
        (["acme.com"], "", "https://acme.com:8443", True),
        (["acme.com"], "", "https://ACME.com.", True),
        (["acme.com"], "", "https://shop.acme.com", False),
        (["*.acme.com"], "", "https://a.b.acme.com", True),
        (["*.acme.com"], "", "https://www.acme.com", True),
        (["*.acme.com"], "", "https://acme.com", False),
        (["*.acme.com"], "", "https://evilacme.com", False),
        (["acme.com"], "", "http://[broken", False),
    ],
)
def test_which_page_may_report(
    allowed: list[str], referer: str, origin: str, expected: bool
) -> None:
    assert permits(allowed, referer, origin) is expected


def test_names_are_kept_as_they_are_compared() -> None:
    assert checked_hostnames([" WWW.Acme.com ", "acme.com"]) == ("acme.com",)
    with pytest.raises(Problem):
        checked_hostnames(["acme.com/x"])


def test_init_takes_hosts_and_a_key_that_pages_already_carry(store: Store) -> None:
    key = "dub_pk_" + "a" * 24
    made = ["init", *store.arguments, "--workspace", "acme", "--domain", DOMAIN]
    bad = run(*made, "--publishable-key", "dub_pk_short")
    assert (bad.returncode, "16..64 letters" in bad.stderr) == (2, True)
    done = run(*made, "--publishable-key", key, "--allow-host", "acme.com", "--json")
    assert done.returncode == 0, done.stderr
    assert key in done.stdout
    other = ["init", *store.arguments, "--workspace", "b", "--domain", "go.b.test"]
    taken = run(*other, "--publishable-key", key)
    assert (taken.returncode, "belongs to another" in taken.stderr) == (2, True)
