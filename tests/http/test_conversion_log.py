"""The conversion log: what became of each tracking call, under the id its answer carried."""

import json
from typing import Any

import pytest

from headwater import conversion_log
from headwater.conversion_log import Entry, LogFilter, LogOutcome
from headwater.db import Write
from headwater.kit.clock import DAY_US
from headwater.kit.entropy import SystemEntropy
from headwater.kit.ids import lowest_id, new_id
from headwater.runtime import App
from tests.http.world import OTHER_DOMAIN, World, problem
from tests.support import DOMAIN, Client, initialise, run, wait_until


def entry(world: World, answer: Any) -> Any:
    """The log of an answer. Refusals and visits are appended behind it."""
    path = f"/conversion-log/{answer.headers['x-request-id']}"

    def found() -> Any:
        told = world.client.call("GET", path)
        return told.json if told.status == 200 else None

    return wait_until(found)


def missing(world: World, answer: Any) -> bool:
    path = f"/conversion-log/{answer.headers['x-request-id']}"
    return world.client.call("GET", path).status == 404


def sent(world: World, path: str, body: Any, client: Client | None = None, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return (client or world.client).call("POST", path, body, headers=named)


def lead_of(world: World, link: Any, customer: str, **fields: Any) -> dict[str, Any]:
    named = {"clickId": world.click(link), "eventName": "Sign up", "customerExternalId": customer}
    return named | fields


@pytest.mark.parametrize("suffix", ["", "/client"])
def test_a_lead_and_a_sale_are_told_with_their_fact(world: World, suffix: str) -> None:
    link, customer = world.link(), world.name("u")
    client = world.page if suffix else world.client
    lead = sent(world, f"/track/lead{suffix}", lead_of(world, link, customer), client)
    sold = {"customerExternalId": customer, "amount": 100, "invoiceId": world.name("in")}
    sale = sent(world, f"/track/sale{suffix}", sold, client)
    again = sent(world, f"/track/sale{suffix}", sold, client)
    for answer, kind in ((lead, "lead"), (sale, "sale"), (again, "sale")):
        told = entry(world, answer)
        assert (told["call"], told["outcome"], told["status"]) == (
            f"{kind}{suffix}",
            "recorded",
            200,
        )
        assert (told["customerExternalId"], told["linkId"]) == (customer, link["id"])
        assert told["result"] == {"kind": kind, "id": answer.json[kind]["id"]}
        assert told["error"] is None
    assert entry(world, sale)["id"] != entry(world, again)["id"]


def test_it_is_there_as_soon_as_the_fact_is_answered(world: World) -> None:
    answer = sent(world, "/track/lead", lead_of(world, world.link(), world.name("u")))
    assert not missing(world, answer)


def test_a_refund_and_a_deferred_lead_are_told(world: World) -> None:
    link, customer = world.link(), world.name("u")
    told = entry(world, sent(world, "/track/lead", lead_of(world, link, customer, mode="deferred")))
    assert (told["outcome"], told["result"]["kind"]) == ("recorded", "customer")
    world.lead(None, customer)
    sale = world.sale(customer)["sale"]
    body = {"amount": 100, "key": "r1"}
    refund = sent(world, f"/sales/{sale['id']}/refunds", body)
    told = entry(world, refund)
    assert (told["call"], told["result"]) == ("refund", {"kind": "refund", "id": refund.json["id"]})


def test_a_kept_call_is_told_with_its_inbox_item_and_what_was_answered(world: World) -> None:
    customer = world.name("u")
    waits = sent(world, "/track/sale", {"customerExternalId": customer, "amount": 1})
    told = entry(world, waits)
    assert (told["outcome"], told["status"], told["error"]) == ("kept", 200, None)
    assert told["result"] == {"kind": "inbox", "id": waits.json["inboxId"]}
    body = {"clickId": "made-up", "eventName": "Sign up", "customerExternalId": customer}
    refused = sent(world, "/track/lead", body)
    error = problem(refused, 404, "not_found", "clickId")
    told = entry(world, refused)
    assert (told["outcome"], told["status"], told["error"]) == ("kept", 404, error)
    assert told["customerExternalId"] == customer


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/track/lead", {}, 422),
        ("/track/lead", {"eventName": "x"}, 400),
        ("/track/sale", {"customerExternalId": "u", "amount": "1"}, 422),
        ("/track/sale", "text", 422),
        ("/sales/sale_none/refunds", {"amount": 1, "key": "r"}, 404),
        ("/track/click", {"domain": DOMAIN, "key": "nothing-there"}, 404),
        ("/track/click", {"domain": DOMAIN}, 422),
        ("/track/click", {"domain": f"https://{DOMAIN}/x", "key": 7}, 422),
        ("/track/visit", {"domain": DOMAIN}, 400),
        ("/track/visit", {"domain": DOMAIN, "url": 7}, 422),
        ("/track/open", {"deepLink": DOMAIN, "dubDomain": 7}, 422),
        ("/track/visit", {"domain": DOMAIN, "url": f"https://{DOMAIN}/nothing-there"}, 404),
        ("/track/open", {"deepLink": f"https://{DOMAIN}/nothing-there"}, 404),
    ],
)
def test_a_refused_call_is_told_with_its_error(
    world: World, path: str, body: Any, status: int
) -> None:
    answer = sent(world, path, body)
    assert answer.status == status, answer.body
    told = entry(world, answer)
    assert (told["outcome"], told["status"], told["result"]) == ("refused", status, None)
    assert told["error"] == {"field": None} | answer.json["error"]


def test_what_is_not_json_and_a_key_used_twice_are_told_too(world: World) -> None:
    broken = world.client.call("POST", "/track/sale", raw=b"{")
    assert (broken.status, entry(world, broken)["error"]["code"]) == (400, "bad_request")
    key, body = world.name("i"), {"customerExternalId": world.name("u"), "amount": 1}
    sent(world, "/track/sale", body, idempotency_key=key)
    other = sent(world, "/track/sale", body | {"amount": 2}, idempotency_key=key)
    assert (other.status, entry(world, other)["error"]["code"]) == (409, "conflict")


def test_a_visit_and_an_opened_app_are_told(world: World) -> None:
    link = world.link()
    page = {"domain": DOMAIN, "url": f"https://{DOMAIN}/{link['key']}"}
    for path, body in (("visit", page), ("open", {"deepLink": page["url"]})):
        answer = sent(world, f"/track/{path}", body)
        told = entry(world, answer)
        assert (told["call"], told["outcome"], told["linkId"]) == (path, "recorded", link["id"])
        assert told["result"] == {"kind": "click", "id": answer.json["clickId"]}


def test_a_click_is_its_own_record(world: World) -> None:
    link = world.link()
    clicked = sent(world, "/track/click", {"domain": DOMAIN, "key": link["key"]})
    refused = sent(world, "/track/click", {"domain": DOMAIN, "key": world.name("none")})
    entry(world, refused)  # appended behind it, so what stood before it would be there too
    assert (clicked.status, missing(world, clicked)) == (200, True)
    calls = {each["id"] for each in world.client.get("/conversion-log?call=click")}
    assert refused.headers["x-request-id"] in calls


def test_a_click_from_a_foreign_page_is_told(world: World) -> None:
    link = world.link()
    workspace = f"/workspaces/{link['workspaceId']}"
    world.client.call("PATCH", workspace, {"allowedHostnames": ["shop.test"]})
    try:
        body = {"domain": DOMAIN, "key": link["key"]}
        answer = sent(world, "/track/click", body, referer="https://thief.test/")
        error = problem(answer, 403, "forbidden", answer.json["error"].get("field"))
        assert entry(world, answer)["error"] == {"field": None} | error
    finally:
        world.client.call("PATCH", workspace, {"allowedHostnames": []})


def test_a_message_is_cut_and_the_answer_is_whole(world: World) -> None:
    field = "f" * 5_000
    answer = sent(world, "/track/sale", {"metadata": {field: "\x00"}})
    assert field in answer.json["error"]["message"]
    error = entry(world, answer)["error"]
    assert (len(error["message"]), len(error["field"])) == (500, 500)


def test_strangers_cannot_fill_a_log(world: World) -> None:
    """Of those who send no key; what the workspace itself sends is told whatever they do."""
    visitor = Client(world.server.url, None)
    body = {"domain": OTHER_DOMAIN, "url": f"https://{OTHER_DOMAIN}/{world.name()}"}
    for _ in range(70):
        assert visitor.call("POST", "/track/visit", body).status == 404
    keyed = sent(world, "/track/lead", {}, world.stranger)
    assert keyed.status == 422
    of_keyed = f"/conversion-log/{keyed.headers['x-request-id']}"
    wait_until(lambda: world.stranger.call("GET", of_keyed).status == 200)
    told = world.stranger.get("/conversion-log?call=visit&pageSize=100")
    assert 0 < len(told) <= 60


def test_nobody_elses_calls_are_told(world: World) -> None:
    answer = sent(world, "/track/lead", {}, world.stranger)
    assert answer.status == 422
    wait_until(lambda: world.stranger.get("/conversion-log?outcome=refused"))
    assert missing(world, answer)
    ours = sent(world, "/track/lead", lead_of(world, world.link(), world.name("u")))
    told = {entry["id"] for entry in world.stranger.get("/conversion-log")}
    assert answer.headers["x-request-id"] in told
    assert ours.headers["x-request-id"] not in told
    for said in ({"domain": "go.nobody.test"}, {"domain": 7}, {"domain": "go.other.test"}, []):
        assert missing(world, sent(world, "/track/click", said))
    strange = sent(world, "/track/lead", {}, Client(world.server.url, "hw_sk_wrong"))
    assert (strange.status, missing(world, strange)) == (401, True)
    assert missing(world, world.client.call("POST", "/links", {}))


def test_it_can_be_filtered(world: World) -> None:
    link, customer = world.link(), world.name("u")
    sent(world, "/track/lead", lead_of(world, link, customer))
    world.sale(customer)
    of = f"customerExternalId={customer}"
    told = world.client.get(f"/conversion-log?{of}")
    assert [each["call"] for each in told] == ["sale", "lead"]
    assert [each["call"] for each in world.client.get(f"/conversion-log?{of}&call=lead")] == [
        "lead"
    ]
    assert world.client.get(f"/conversion-log?{of}&outcome=refused") == []
    assert world.client.get(f"/conversion-log?linkId={link['id']}") == told
    assert world.client.get(f"/conversion-log?{of}&pageSize=1&page=2") == told[1:]


def test_every_answer_of_the_api_carries_the_id_of_its_request(world: World) -> None:
    answers = [
        world.client.call("GET", "/links"),
        world.client.call("GET", "/nothing"),
        world.client.call("POST", "/track/click", {}),
        world.client.call("OPTIONS", "/track/click"),
        world.client.call("GET", "/links?x=%00"),
        Client(world.server.url, None).call("GET", "/links"),
    ]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert all(each.startswith("req_") and len(each) == 30 for each in ids)
    assert len(set(ids)) == len(ids)


def test_the_command_tells_the_same(world: World) -> None:
    customer = world.name("u")
    answer = sent(world, "/track/lead", lead_of(world, world.link(), customer))
    told = run("log", *world.server.store.arguments, "--workspace", "acme", "--customer", customer)
    assert told.returncode == 0, told.stderr
    assert answer.headers["x-request-id"] in told.stdout
    assert f"lead  recorded  200  {answer.json['lead']['id']}" in told.stdout
    asked = ("log", *world.server.store.arguments, "--workspace", "acme", "--customer")
    listed = world.client.get(f"/conversion-log?customerExternalId={customer}")
    assert json.loads(run(*asked, customer, "--json").stdout) == listed
    assert run(*asked, world.name("u")).stdout == ""


def test_the_command_says_what_it_cannot_do(world: World) -> None:
    other = run("log", *world.server.store.arguments, "--workspace", "nobody")
    assert (other.returncode, other.stdout) == (2, "")
    assert "in this store" in other.stderr
    for limit in ("-1", "0", str(2**64)):
        arguments = (*world.server.store.arguments, "--workspace", "acme", "--limit", limit)
        refused = run("log", *arguments)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "Traceback" not in refused.stderr


def test_old_entries_are_swept_in_chunks_and_only_those(app: App, store: Any) -> None:
    made = initialise(store)["workspace"]["id"]
    now = app.clock.now_us()

    def fill(tx: Write) -> None:
        rows = [_row(made, now - 31 * DAY_US) for _ in range(1001)] + [_row(made, now)]
        conversion_log.append(tx, rows)

    app.db.write_now(fill)
    before = now - 30 * DAY_US
    assert app.db.write_now(conversion_log.sweep, made, before) is True
    assert app.db.write_now(conversion_log.sweep, "ws_other", before) is False
    assert app.db.write_now(conversion_log.sweep, made, before) is False
    left = app.db.read_now(conversion_log.page, made, LogFilter())
    assert [each.at for each in left] == [now]


def _row(workspace_id: str, at: int) -> Entry:
    return Entry(
        id=new_id("req_", at, SystemEntropy()),
        workspace_id=workspace_id,
        call="lead",
        outcome=LogOutcome.REFUSED,
        status=422,
        at=at,
    )


def test_no_id_of_a_moment_is_below_the_lowest() -> None:
    assert lowest_id("req_", 5_000) <= new_id("req_", 5_000, SystemEntropy())
    assert new_id("req_", 4_999, SystemEntropy()) < lowest_id("req_", 5_000)
