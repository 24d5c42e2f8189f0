"""A server with other settings: the visitor cookie, a public host, a GeoIP database; what it never
stores in clear; answers that outlive the process.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.http import mmdb
from tests.http.conftest import ENGINES, new_store
from tests.http.world import QUIET_DOMAIN, World, ask, serve
from tests.support import BROWSER, Store, wait_until

ADDRESS = "198.51.100.77"


@pytest.fixture(scope="module", params=ENGINES)
def cookies(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A server whose operator wants the visitor cookie and knows places, and whose API has a
    domain's own host.
    """
    store = new_store(request.param, tmp_path_factory.mktemp("cookies") / "data", request)
    places = tmp_path_factory.mktemp("places") / "City.mmdb"
    berlin = {"country": {"iso_code": "DE"}, "city": {"names": {"en": "Berlin"}}}
    mmdb.write(places, {"203.0.113.0/24": berlin})
    world = serve(
        store,
        HEADWATER_EDGE_VISITOR_COOKIE="true",
        HEADWATER_SERVER_PUBLIC_URL=f"https://{QUIET_DOMAIN}",
        HEADWATER_GEO_FILE=str(places),
    )
    yield world
    world.server.stop()


def jar(world: World, key: str, cookie: str | None = None, **headers: str) -> tuple[str, str]:
    """Click id and cookie of a visit."""
    sent = {"cookie": cookie} if cookie else {}
    answer = world.visit({"key": key}, **sent, **headers)
    return answer.click_id, answer.headers["set-cookie"].split(";")[0]


def test_a_cookie_keeps_a_visitor_whose_address_changes(cookies: World) -> None:
    for _ in range(2):  # once more where the clock strikes in between
        link = cookies.link()
        click_id, cookie = jar(cookies, link["key"])
        other_agent = f"{BROWSER} {cookies.name()}"
        again, same = jar(
            cookies, link["key"], cookie, agent=other_agent, x_forwarded_for="203.0.113.4"
        )
        if again == click_id:
            break
    assert (again, same) == (click_id, cookie)
    assert cookies.again(link)["clicks"] == 1


def test_the_database_says_where_a_visit_came_from_and_leads_it_there(cookies: World) -> None:
    link = cookies.link(geo={"DE": "https://acme.test/de"})
    here = cookies.visit(link, x_forwarded_for="203.0.113.77")
    elsewhere = cookies.visit(link, x_forwarded_for="198.51.100.7")
    assert here.headers["location"].startswith("https://acme.test/de?")
    assert elsewhere.headers["location"].startswith("https://acme.test/pricing?")
    found = cookies.client.get(f"/events?linkId={link['id']}&sortOrder=asc")
    places = {(each["click"]["country"], each["click"]["city"]) for each in found}
    assert places == {("DE", "Berlin"), ("Unknown", "Unknown")}


def test_a_forged_cookie_is_ignored(cookies: World) -> None:
    link, agent = cookies.link(), f"{BROWSER} {cookies.name()}"
    _, cookie = jar(cookies, link["key"], agent=agent)
    for wrong in (cookie[:-1] + "x", "hw_visitor=", "hw_visitor=" + "0" * 40, "hw_visitor=é"):
        click_id, given = jar(cookies, link["key"], wrong.encode().decode("latin-1"), agent=agent)
        assert given.split(".")[1] == click_id == cookie.split(".")[1]


def test_t89_an_id_that_came_is_kept_whoever_made_it_and_counts_for_nothing(
    cookies: World,
) -> None:
    link, agent = cookies.link(), f"{BROWSER} {cookies.name()}"
    click_id, ours = jar(cookies, link["key"], agent=agent)
    for other in ("hw_visitor=" + "0" * 40, f"{ours[:-40]}x.{click_id}"):
        again, given = jar(cookies, link["key"], other, agent=agent)
        assert given.split(".")[0] == other.split(".")[0]
        assert again == click_id, "the same address and agent in the same hour"


def test_t90_a_cookie_says_how_it_may_be_used(cookies: World) -> None:
    words = cookies.visit(cookies.link()).headers["set-cookie"].split("; ")[1:]
    assert {
        "Path=/", "HttpOnly", "Secure", "SameSite=Lax", "Max-Age=34560000", "Domain=acme.test",
    } == set(words)  # fmt: skip


def test_all_clicks_of_a_browser_count_where_no_page_reports_them(cookies: World) -> None:
    partners = [cookies.make_partner() for _ in range(2)]
    cookie = None
    clicks = []
    for partner in partners:
        click_id, cookie = jar(cookies, cookies.link(partner)["key"], cookie)
        clicks.append(click_id)
    assert cookie is not None
    visitor = cookie.removeprefix("hw_visitor=")
    name = cookies.name("u")

    def considered() -> list[str]:
        body = {"customerExternalId": name, "visitorId": visitor}
        cookies.client.post("/track/signup", body)
        sold = cookies.sale(name)
        return [each["clickId"] for each in cookies.receipt(sold["sale"]["id"])["considered"]]

    wait_until(lambda: considered() == clicks)


def test_the_host_of_the_api_never_serves_links(cookies: World) -> None:
    link = cookies.quiet.post("/links", {"url": "https://quiet.test"})
    assert link["domain"] == QUIET_DOMAIN
    host = {"Host": QUIET_DOMAIN}
    assert ask(cookies.server, "/healthz", headers=host).status == 200
    assert ask(cookies.server, f"/{link['key']}", headers=host).status == 404


def test_after_a_restart_every_answer_is_the_same_a65(cookies: World) -> None:
    link, agent, customer = cookies.link(), f"{BROWSER} {cookies.name()}", cookies.name("u")
    invoice, key = cookies.name("in"), {"idempotency_key": cookies.name("key")}
    click_id = cookies.visit(link, agent=agent).click_id

    def everything() -> list[object]:
        lead = cookies.lead(click_id, customer)
        sale = cookies.sale(customer, invoiceId=invoice)
        refund = cookies.refund(sale["sale"]["id"], 100, "r1")
        made = cookies.client.post("/links", {"url": "https://acme.test/once"}, **key)
        waiting = cookies.sale(f"{customer}-later", invoiceId=f"{invoice}-later")
        return [lead, sale, refund, made, waiting, cookies.receipt(sale["sale"]["id"])]

    before = everything()
    assert cookies.server.stop() == 0
    cookies.server.start()
    assert everything() == before
    assert cookies.again(link)["sales"] == 1
    assert cookies.lead(cookies.visit(link, agent=agent).click_id, customer)["lead"]


def stored(store: Store) -> bytes:
    """Everything the store keeps, as bytes."""
    if not store.url:
        return b"".join(path.read_bytes() for path in _files(store.data))
    with psycopg.connect(store.url) as connection:
        tables = connection.execute(
            "select tablename from pg_tables where schemaname = 'public'"
        ).fetchall()
        rows = [connection.execute(f"select * from {name}").fetchall() for (name,) in tables]
        return repr(rows).encode()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()]


def log(world: World) -> bytes:
    folder = world.server.store.data.parent
    return b"".join(path.read_bytes() for path in folder.glob("*.log"))


def test_addresses_and_keys_are_never_stored_or_logged_in_clear(cookies: World) -> None:
    """A-105."""
    link = cookies.link()
    visit = cookies.visit(link, x_forwarded_for=ADDRESS, referer="https://blog.test/post")
    cookies.lead(visit.click_id, cookies.name("u"))
    cookies.client.call("POST", "/track/lead", raw=b"{", headers={"x-forwarded-for": ADDRESS})
    key = cookies.client.key
    assert key is not None
    kept = stored(cookies.server.store)
    assert b"https://blog.test/post" in kept, "the search finds what is stored"
    assert hashlib.sha256(key.encode()).hexdigest().encode() in kept
    for secret in (ADDRESS, key, key.removeprefix("hw_sk_")):
        assert secret.encode() not in kept
        assert secret.encode() not in log(cookies)
