"""What somebody would try who means harm, or does not mean it: takeovers, claims, odd spellings."""

import asyncio
import http.client
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from structlog.testing import capture_logs

from headwater import links, programs, rates
from headwater.config import Overrides, load
from headwater.db import StoreUnavailable, Write
from headwater.http.api.health import readyz
from headwater.kit.context import Context
from headwater.programs import ProgramDraft, RewardDraft, RewardEvent, RewardKind
from headwater.rates import RateDraft
from headwater.runtime import App, open_app
from headwater.workspace import workspace_by_slug
from tests.http.test_edge import within_one_hour
from tests.http.world import World, ask, problem
from tests.support import BROWSER, DOMAIN, Server, Store, initialise


@pytest.fixture
def beside(world: World) -> Iterator[App]:
    """The store of the world, opened beside its server."""
    store = world.server.store
    opened = open_app(load(Overrides(data=str(store.data), database=store.url)), owner=False)
    yield opened
    opened.close()


def context(app: App, slug: str = "acme") -> Context:
    found = app.db.read_now(workspace_by_slug, slug)
    assert found is not None
    return app.context(found)


def enrol(world: World, email: str, **fields: Any) -> Any:
    body = {"email": email, "programId": world.program["id"]} | fields
    return world.client.call("POST", "/partners", body)


# Partners


def test_a_tenant_id_once_given_is_never_replaced(world: World) -> None:
    known = world.make_partner(tenantId=world.name("t"))
    error = problem(
        enrol(world, known["email"], tenantId=world.name("t")), 409, "conflict", "tenantId"
    )
    assert "leave tenantId out" in error["message"]
    assert world.client.get(f"/partners/{known['id']}")["tenantId"] == known["tenantId"]
    assert enrol(world, known["email"], tenantId=known["tenantId"]).json == known
    assert enrol(world, known["email"]).json == known


def test_a_partner_without_a_tenant_id_may_get_one(world: World) -> None:
    known, tenant = world.make_partner(), world.name("t")
    assert enrol(world, known["email"], tenantId=tenant).json == known | {"tenantId": tenant}


def test_a_link_in_a_program_of_an_unknown_tenant_is_refused(world: World) -> None:
    body = {"url": "https://acme.test", "tenantId": world.name("t")}
    of_program = body | {"programId": world.program["id"]}
    problem(
        world.client.call("POST", "/links", of_program), 422, "unprocessable_entity", "partnerId"
    )
    label = world.client.post("/links", body)
    assert (label["tenantId"], label["partnerId"]) == (body["tenantId"], None)


def stop(world: World, **body: Any) -> Any:
    return world.client.call("POST", "/partners/deactivate", body)


def statuses(world: World, email: str) -> dict[str, str]:
    """Status by program."""
    found = world.client.get(f"/partners?email={email}")
    return {each["programId"]: each["status"] for each in found}


@pytest.mark.parametrize("by", ["partnerId", "tenantId"])
def test_without_a_program_a_partner_is_stopped_in_all_of_them(
    world: World, beside: App, by: str
) -> None:
    second, tenant = world.make_program()["id"], world.name("t")
    partner = world.make_partner(tenantId=tenant)
    enrol(world, partner["email"], programId=second)
    answer = stop(world, **{by: partner["id"] if by == "partnerId" else tenant})
    assert (answer.status, answer.json) == (200, {"partnerId": partner["id"]})
    assert set(statuses(world, partner["email"]).values()) == {"deactivated"}
    assert journaled(beside, partner["id"]) == 2


def journaled(app: App, partner_id: str) -> int:
    row = app.db.read_now(
        lambda tx: tx.one(
            "select count(*) from journal where kind = 'partner_stopped' and subject_id = :id",
            {"id": partner_id},
        )
    )
    assert row is not None
    return int(row[0])


def test_with_a_program_a_partner_is_stopped_there_alone(world: World) -> None:
    second = world.make_program()["id"]
    partner = world.make_partner()
    enrol(world, partner["email"], programId=second)
    assert stop(world, partnerId=partner["id"], programId=second).status == 200
    expected = {world.program["id"]: "approved", second: "deactivated"}
    assert statuses(world, partner["email"]) == expected


def test_a_tenant_id_of_several_partners_needs_the_program(world: World) -> None:
    second, tenant = world.make_program(), world.name("t")
    one = world.make_partner(tenantId=tenant)
    other = world.make_partner(second, tenantId=tenant)
    problem(stop(world, tenantId=tenant), 422, "unprocessable_entity", "programId")
    assert stop(world, tenantId=tenant, programId=second["id"]).json == {"partnerId": other["id"]}
    assert statuses(world, one["email"]) == {world.program["id"]: "approved"}
    problem(stop(world, tenantId="nobody"), 404, "not_found", "tenantId")


# Links


@pytest.mark.parametrize("by", ["id", "external id"])
def test_changes_at_the_same_moment_are_both_kept(
    app: App, monkeypatch: pytest.MonkeyPatch, store: Store, by: str
) -> None:
    """Each waits, after reading, until the other has read too, where it could."""
    initialise(store)
    ctx = context(app)
    draft = links.LinkDraft(url="https://acme.test", external_id="e")
    link = app.db.write_now(links.create, ctx, draft)
    both, checked = threading.Barrier(2), links.actions.checked

    def slowly(*args: Any, **named: Any) -> Any:
        try:
            both.wait(0.5)
        except threading.BrokenBarrierError:
            both.abort()
        return checked(*args, **named)

    monkeypatch.setattr(links.actions, "checked", slowly)
    reference = link.id if by == "id" else "ext_e"
    changes = [{"title": "new"}, {"comments": "new"}]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: app.db.write_now(links.update, ctx, reference, one), changes))
    now = app.db.read_now(links.by_reference, ctx.workspace_id, link.id)
    assert (now.title, now.comments) == ("new", "new")


@pytest.mark.parametrize(
    "query", ["%68w_id=FAKE", "a=1&hw%5Fid=FAKE&b=%2F", "hw_i%64", "hw_id=FAKE"]
)
def test_there_is_one_click_id_however_the_destination_spells_its_own(
    world: World, query: str
) -> None:
    answer = world.visit(world.link(url=f"https://acme.test/?{query}"))
    landed = parse_qsl(urlsplit(answer.headers["location"]).query, keep_blank_values=True)
    assert [name for name, _ in landed].count("hw_id") == 1
    assert landed[-1] == ("hw_id", answer.click_id)
    assert answer.click_id != "FAKE"
    kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "hw_id"]
    assert landed[:-1] == kept


@pytest.mark.parametrize("host", [f"{DOMAIN}.", f"{DOMAIN}.:8787", f"{DOMAIN.upper()}.:80"])
def test_a_host_may_end_in_the_dot_of_the_root(world: World, host: str) -> None:
    link = world.link()
    answer = ask(world.server, f"/{link['key']}", headers={"Host": host, "User-Agent": BROWSER})
    assert answer.status == 302


# Addresses


def arrive(world: World, link: Any, agent: str, *forwarded: str) -> str:
    """Click id of a visit with these lines of X-Forwarded-For, through the trusted proxy."""
    connection = http.client.HTTPConnection("127.0.0.1", world.server.port, timeout=30)
    try:
        connection.putrequest("GET", f"/{link['key']}", skip_host=True)
        connection.putheader("Host", DOMAIN)
        connection.putheader("User-Agent", agent)
        for line in forwarded:
            connection.putheader("X-Forwarded-For", line)
        connection.endheaders()
        answer = connection.getresponse()
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))["hw_id"]
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("one", "same"),
    [
        (["203.0.113.9"], ["9.9.9.9, " * 200 + "203.0.113.9"]),
        (["203.0.113.9"], ["203.0.113.9", "127.0.0.1"]),
        (["203.0.113.9"], ["9.9.9.9", "203.0.113.9:4711, 127.0.0.1"]),
        (["2001:db8::1"], ["[2001:db8::ffff]:80"]),
        (["unknown"], ["9.9.9.9, also unknown"]),
    ],
)
def test_one_visitor_is_one_whatever_stands_before_the_proxys_word(
    world: World, one: list[str], same: list[str]
) -> None:
    def attempt() -> tuple[str, str, str]:
        link, agent = world.link(), f"{BROWSER} {world.name()}"
        return (
            arrive(world, link, agent, *one),
            arrive(world, link, agent, *same),
            arrive(world, link, agent, "198.51.100.77"),
        )

    first, again, other = within_one_hour(attempt)
    assert first == again != other


# Sales and refunds


@pytest.mark.parametrize(
    "invoice",
    ["INV/2026/{}", "/{}", "{}/", "a//{}", "{}/refunds", "100%2F{}", "{} ü/1"],
)
@pytest.mark.parametrize("safe", ["", "/"], ids=["escaped", "raw"])
def test_an_invoice_with_slashes_can_be_refunded(world: World, invoice: str, safe: str) -> None:
    invoice = invoice.format(world.name("in"))
    sale = world.sale(world.customer(), invoiceId=invoice)["sale"]
    refund = world.refund("ext_" + quote(invoice, safe=safe), 100, "r1")
    assert refund["saleId"] == sale["id"]
    prefixed = world.client.post(
        f"/api/sales/ext_{quote(invoice, safe='')}/refunds", {"amount": 100, "key": "r1"}
    )
    assert prefixed == refund


def test_a_refund_of_slashes_repeats_under_its_idempotency_key(world: World) -> None:
    invoice = f"INV/{world.name('in')}"
    world.sale(world.customer(), invoiceId=invoice)
    path, body = f"/sales/ext_{quote(invoice, safe='')}/refunds", {"amount": 1, "key": "r"}
    key = world.name("key")
    first = world.client.post(path, body, idempotency_key=key)
    assert world.client.post(path, body, idempotency_key=key) == first
    other = world.client.call(
        "POST", path.replace("INV%2F", "INV%2F%2F"), body, headers={"idempotency-key": key}
    )
    problem(other, 409, "conflict", "Idempotency-Key")


def test_only_refunds_take_slashes(world: World) -> None:
    answer = world.client.call("POST", "/sales/ext_a/b", {"amount": 1, "key": "r"})
    problem(answer, 404, "not_found")
    answer = world.client.call("GET", "/sales/ext_a/b/refunds")
    assert answer.status == 405
    problem(
        world.client.call("POST", "/sales/a/b/refunds", {"amount": 1, "key": "r"}), 404, "not_found"
    )


def test_space_around_a_natural_key_is_no_part_of_it(world: World) -> None:
    customer, invoice = world.customer(), world.name("in")
    first = world.sale(customer, invoiceId=invoice)["sale"]
    again = world.sale(customer, invoiceId=f" {invoice}\n")["sale"]
    assert (again["id"], again["invoiceId"]) == (first["id"], invoice)
    refund = world.refund(f"ext_{invoice}", 100, "r1")
    assert world.refund(f"ext_%20{invoice}%0A", 100, "\tr1 ") == refund
    assert world.client.get(f"/commissions?invoiceId=%20{invoice}")[0]["invoiceId"] == invoice
    answer = world.client.call("POST", f"/sales/ext_{invoice}/refunds", {"amount": 1, "key": " "})
    problem(answer, 422, "unprocessable_entity", "key")


def test_an_invoice_of_nothing_but_space_is_none(world: World) -> None:
    customer = world.customer()
    sold = [world.sale(customer, invoiceId=" ")["sale"] for _ in range(2)]
    assert [each["invoiceId"] for each in sold] == [None, None]
    assert sold[0]["id"] != sold[1]["id"]


@pytest.mark.parametrize("currency", ["usd\n", "us\n", "usd ", "\nusd", "us", "usdd"])
def test_a_currency_has_three_letters_and_nothing_else(world: World, currency: str) -> None:
    sale = {"customerExternalId": world.customer(), "amount": 1, "currency": currency}
    rate = {"currency": currency, "date": "2026-01-01", "rate": "1.5"}
    for path, body in (("/track/sale", sale), ("/rates", rate)):
        problem(world.client.call("POST", path, body), 422, "unprocessable_entity", "currency")


# Idempotency-Key


def test_the_first_reward_comes_back_after_a_thousand_newer_ones(world: World, beside: App) -> None:
    ctx = context(beside)
    program = beside.db.write_now(programs.create_program, ctx, ProgramDraft(name="Many"))
    path, body = f"/programs/{program.id}/rewards", {"event": "sale", "type": "flat"}
    body |= {"amountInCents": 7}
    key = world.name("key")
    first = world.client.post(path, body, idempotency_key=key)

    def add(tx: Write) -> None:
        newer = context(beside)
        draft = RewardDraft(event=RewardEvent.LEAD, kind=RewardKind.FLAT, amount_minor=1)
        for _ in range(1000):
            programs.add_reward(tx, newer, program.id, draft)

    beside.db.write_now(add)
    assert world.client.post(path, body, idempotency_key=key) == first


def test_the_first_rate_comes_back_after_a_thousand_newer_ones(world: World, beside: App) -> None:
    body = {"currency": "isk", "date": "2000-01-01", "rate": "140"}
    key = world.name("key")
    first = world.stranger.post("/rates", body, idempotency_key=key)

    def add(tx: Write) -> None:
        for days in range(1, 1001):
            day = (date(2000, 1, 1) + timedelta(days)).isoformat()
            rates.add(tx, ctx, RateDraft(currency="isk", day=day, rate="140", source=""))

    ctx = context(beside, "other")
    beside.db.write_now(add)
    assert world.stranger.post("/rates", body, idempotency_key=key) == first


# What strangers are told


class Broken:
    async def write(self, *_: Any) -> None:
        raise StoreUnavailable("could not connect to db.internal as user headwater")


class Hanging:
    async def write(self, *_: Any) -> None:
        raise TimeoutError


@pytest.mark.parametrize(
    ("db", "said"),
    [(Broken(), "the store refused a write"), (Hanging(), "no write finished within 5 s")],
)
def test_readiness_tells_strangers_nothing_of_the_store(db: Any, said: str) -> None:
    class Rim:
        class app:  # noqa: N801
            class clock:  # noqa: N801
                now_us = staticmethod(lambda: 0)

    Rim.app.db = db  # type: ignore[attr-defined]
    with capture_logs() as logs:
        answer = asyncio.run(readyz.fn(Rim))
    assert answer.status_code == 503
    assert answer.content["checks"] == {"writer": said}
    assert "db.internal" not in str(answer.content)
    (logged,) = logs
    assert logged["event"] == "not_ready"
    assert ("db.internal" in str(logged)) == isinstance(db, Broken)


def commands(server: Server) -> list[list[str]]:
    """Command lines of the roles, as anybody on the machine may read them."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return [Path(f"/proc/{child}/cmdline").read_text().split("\0") for child in children]


def test_the_address_of_the_database_is_on_no_command_line_of_ours(store: Store) -> None:
    initialise(store)
    server = Server(store, alone=True).start()
    try:
        found = commands(server)
    finally:
        server.stop()
    assert {words[3] for words in found} == {"core", "worker"}
    for words in found:
        assert not any("postgres" in word for word in words)
        assert (str(store.data) in words) == (not store.url)


def test_a_directory_on_the_command_line_wins_over_a_database_in_the_environment(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path / "data")
    key = initialise(store)["secret_key"]
    env = {"HEADWATER_STORE_DATABASE": "postgresql://nobody:secret@127.0.0.1:1/none"}
    server = Server(store, env=env, key=key).start()
    try:
        assert server.client.post("/links", {"url": "https://acme.test"})["domain"] == DOMAIN
    finally:
        server.stop()
    assert (store.data / "headwater.db").exists()


def test_metadata_nested_deeply_hides_no_inbox(world: World) -> None:
    """What was accepted can be shown, whatever a browser put into it."""
    nested = '{"a":' * 900 + "1" + "}" * 900
    who = world.name("nobody")
    body = f'{{"customerExternalId": "{who}", "amount": 100, "metadata": {nested}}}'
    kept = world.client.call("POST", "/track/sale", raw=body.encode())
    assert kept.status == 200, kept.body
    listed = world.client.call("GET", "/inbox?state=waiting")
    assert listed.status == 200
    assert nested.encode() in listed.body
    shown = world.client.call("GET", f"/inbox/{kept.json['inboxId']}")
    assert nested.encode() in shown.body
