"""Many clients at once on one link and one customer: everything is counted once, books balance."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.http.test_edge import within_one_hour
from tests.http.world import World
from tests.support import BROWSER, Answer, run

CLIENTS = 16


def at_once(fn: Callable[[Any], Any], cases: Iterable[Any]) -> list[Any]:
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(fn, cases))


def commissions(world: World, customer_id: str) -> list[Any]:
    found: list[Any] = world.client.get(f"/commissions?customerId={customer_id}")
    return found


def test_a_hot_link_counts_every_hit_and_every_visitor_once(world: World) -> None:
    def attempt() -> tuple[set[str], Any]:
        link, agents = world.link(), [f"{BROWSER} {world.name()}" for _ in range(25)]
        visits = at_once(lambda agent: world.visit(link, agent=agent), agents * 8)
        return {visit.click_id for visit in visits}, world.again(link)

    ids, now = within_one_hour(attempt)
    assert (now["hits"], now["clicks"], len(ids)) == (200, 25, 25)


def test_a_hot_customer_has_one_lead_per_event_and_one_lead_commission(world: World) -> None:
    """B-47."""
    link, customer = world.link(), world.name("u")
    click_id, events = world.click(link), ["Sign up", "sign-up", "Trial", "Demo"]
    answers = at_once(lambda event: world.lead(click_id, customer, event), events * 10)
    assert len({answer["lead"]["id"] for answer in answers}) == 3
    assert len({answer["customer"]["name"] for answer in answers}) == 1
    assert world.again(link)["leads"] == 3
    who = world.sale(customer)["customer"]["id"]
    assert [each["type"] for each in commissions(world, who)].count("lead") == 1


def test_one_sale_per_invoice_whoever_asks_first(world: World) -> None:
    """B-47."""
    link = world.link()
    customer, invoices = world.customer(link), [world.name("in") for _ in range(8)]
    answers = at_once(lambda invoice: world.sale(customer, invoiceId=invoice), invoices * 8)
    assert len({answer["sale"]["id"] for answer in answers}) == 8
    now = world.again(link)
    assert (now["conversions"], now["sales"], now["saleAmount"]) == (1, 8, 8 * 2900)
    earned = commissions(world, answers[0]["customer"]["id"])
    assert sum(each["earnings"] for each in earned) == 500 + 8 * 290


def test_many_direct_sales_of_a_new_customer_make_one_customer_and_one_lead(world: World) -> None:
    link, customer = world.link(), world.name("u")
    click_id = world.click(link)
    answers = at_once(lambda _: world.sale(customer, 100, clickId=click_id), range(24))
    assert len({answer["customer"]["id"] for answer in answers}) == 1
    now = world.again(link)
    counted = [now[name] for name in ("leads", "conversions", "sales", "saleAmount")]
    assert counted == [1, 1, 24, 2400]
    kinds = [each["type"] for each in commissions(world, answers[0]["customer"]["id"])]
    assert sorted(kinds) == ["lead"] + ["sale"] * 24


def test_refunds_at_once_never_take_more_than_the_sale(world: World) -> None:
    sale = world.sale(world.customer(), invoiceId=world.name("in"))["sale"]
    path = f"/sales/{sale['id']}/refunds"

    def refund(number: int) -> Answer:
        body = {"amount": 300, "key": f"r{number % 15}"}
        return world.client.call("POST", path, body)

    answers = at_once(refund, range(45))
    done = {answer.json["id"]: answer.json for answer in answers if answer.status == 200}
    assert {answer.status for answer in answers} == {200, 422}
    assert len(done) == 9, "nine times 3.00 fit into 29.00"
    (commission,) = world.client.get(f"/commissions?invoiceId={sale['invoiceId']}")
    assert commission["reversed"] == sum(each["reversed"] for each in done.values()) == 270


def test_leads_and_their_sales_in_any_order_end_in_the_same_books(world: World) -> None:
    link, customers = world.link(), [world.name("u") for _ in range(12)]
    clicks = {customer: world.click(link) for customer in customers}

    def call(case: tuple[str, str]) -> None:
        kind, customer = case
        if kind == "lead":
            world.lead(clicks[customer], customer)
        elif kind == "sale":
            world.sale(customer, invoiceId=f"in-{customer}")
        else:
            world.refund(f"ext_in-{customer}", 1000, "r1")

    at_once(call, [(kind, each) for each in customers for kind in ("refund", "sale", "lead")] * 2)
    now = world.again(link)
    counted = [now[name] for name in ("leads", "conversions", "sales", "saleAmount")]
    assert counted == [12, 12, 12, 12 * 2900]
    for customer in customers:
        (sold,) = world.client.get(f"/commissions?invoiceId=in-{customer}")
        assert (sold["earnings"], sold["reversed"]) == (190, 100)


def test_one_partner_per_address_and_one_link_per_key(world: World) -> None:
    body = {"email": f"{world.name()}@partner.test", "programId": world.program["id"]}
    partners = at_once(lambda _: world.client.post("/partners", body), range(16))
    assert len({partner["id"] for partner in partners}) == 1
    link = {"url": "https://acme.test", "key": world.name("k")}
    answers = at_once(lambda _: world.client.call("POST", "/links", link), range(16))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 15


def test_changes_of_different_fields_at_once_all_stay(world: World) -> None:
    slug = world.client.post("/domains", {"slug": f"{world.name('d')}.test"})["slug"]
    folder = world.client.post("/folders", {"name": world.name("f")})["id"]
    tag = world.client.post("/tags", {"name": world.name("t"), "color": "red"})["id"]
    for turn in range(6):
        url, name = f"https://acme.test/{turn}", world.name("n")
        color = ("blue", "green")[turn % 2]
        changes = [
            (f"/domains/{slug}", {"placeholder": url}),
            (f"/domains/{slug}", {"notFoundUrl": url}),
            (f"/domains/{slug}", {"expiredUrl": url}),
            (f"/folders/{folder}", {"name": name}),
            (f"/folders/{folder}", {"description": url}),
            (f"/tags/{tag}", {"name": name}),
            (f"/tags/{tag}", {"color": color}),
        ]
        answers = at_once(lambda change: world.client.call("PATCH", *change), changes)
        assert {answer.status for answer in answers} == {200}
        (domain,) = world.client.get(f"/domains?search={slug}")
        assert [domain[each] for each in ("placeholder", "notFoundUrl", "expiredUrl")] == [url] * 3
        (now,) = world.client.get(f"/folders?search={name}")
        assert now["description"] == url
        (now,) = world.client.get(f"/tags?search={name}")
        assert now["color"] == color


def test_after_all_that_the_books_balance(world: World) -> None:
    done = run("verify", *world.server.store.arguments)
    assert done.returncode == 0, done.stdout
