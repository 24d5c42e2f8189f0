"""A workspace of the reference moves into a server that is running, and goes on there."""

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from headwater.cli import importing, remote
from headwater.cli.store import CannotStart, opened
from headwater.config import Overrides, load
from tests.cli.reference import KEY, Reference, link, moved, running
from tests.conftest import FAST
from tests.http.conftest import ENGINES, new_store
from tests.support import Client, Server, initialise, run, wait_until

EVENTS = ["link.created", "link.clicked", "lead.created", "sale.created", "partner.enrolled"]


@dataclass(frozen=True, slots=True)
class Moved:
    server: Server
    source: Reference
    code: int
    report: dict[str, Any]
    owed: int

    @property
    def client(self) -> Client:
        return self.server.client

    def commission(self, of: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = self.client.get("/commissions")
        return next(each for each in found if of in (each["id"], each["invoiceId"]))

    def pending(self) -> int:
        return pending(self.client)


def pending(client: Client) -> int:
    return sum(each["pending"] for each in client.get("/balances"))


def imported(server: Server, source: Reference) -> tuple[int, dict[str, Any]]:
    said, store = io.StringIO(), server.store
    with redirect_stdout(said):
        code = importing.dub(
            workspace="acme", from_=source.url, key=KEY, data=str(store.data),
            database=store.url, json_=True,
        )  # fmt: skip
    return code, json.loads(said.getvalue())


@pytest.fixture(scope="module", params=ENGINES)
def here(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Moved]:
    store = new_store(request.param, tmp_path_factory.mktemp("moved") / "data", request)
    key = initialise(store)["secret_key"]
    server = Server(store, env=FAST, key=key).start()
    hook = {"name": "All", "url": "http://127.0.0.1:9/", "triggers": EVENTS}
    server.client.post("/webhooks", hook)
    sale = {"customerExternalId": "u1", "amount": 100, "invoiceId": "early"}
    assert server.client.post("/track/sale", sale)["sale"] is None
    with running(moved()) as source:
        code, report = imported(server, source)
        yield Moved(server, source, code, report, pending(server.client))
    server.stop()


def test_the_report_says_what_came_and_what_did_not(here: Moved) -> None:
    """Also after 429 with a moment in milliseconds, and after 500."""
    kinds = here.report["kinds"]
    assert {kind: row["imported"] for kind, row in kinds.items()} == {
        "folder": 1,
        "tag": 1,
        "domain": 1,
        "partner": 1,
        "link": 130,
        "customer": 1,
        "click": 2,
        "lead": 1,
        "sale": 2,
        "commission": 4,
    }
    assert kinds["partner"]["leftOut"] == {"partner_pending": 1}
    assert kinds["commission"]["leftOut"] == {"commission_fraud": 1}
    assert kinds["commission"]["refused"] == {"earnings": 1}
    assert (here.report["behind"], here.report["ahead"]) == (0, 0)
    assert (here.code, here.report["differences"]) == (1, 1)
    assert any("prog_one has no rewards" in note for note in here.report["notes"])
    assert not here.source.moods


def test_what_is_owed_there_is_owed_here_and_what_was_paid_is_not(here: Moved) -> None:
    assert here.owed == 500 + 4000
    found = {each["id"]: each for each in here.client.get("/commissions")}
    said = {name: (each["status"], each["linkId"]) for name, each in found.items()}
    assert said["cm_0001"] == ("pending", "link_0001")
    assert said["cm_0002"] == ("paid", "link_0001")  # found by customer and amount
    assert said["cm_0003"] == ("pending", None)
    assert said["cm_0006"] == ("paid", None)  # nobody knows what for
    assert found["cm_0002"]["paidAt"] == found["cm_0002"]["createdAt"]


def test_what_was_paid_there_is_neither_due_nor_held(here: Moved) -> None:
    due = here.client.get("/commissions?due=true")
    assert {each["id"] for each in due} == {"cm_0001", "cm_0003"}
    assert here.client.get("/commissions?due=false") == []
    assert sum(each["earnings"] for each in due) == here.owed


def test_links_are_served_and_old_click_ids_are_known(here: Moved) -> None:
    def visited() -> str:
        answer = here.client.click("K2", domain="go.moved.test")
        return answer.headers.get("location", "")

    assert wait_until(visited).startswith("https://moved.test/2?hw_id=")
    body = {"clickId": "clickclick000002", "eventName": "Sign up", "customerExternalId": "u2"}
    made = here.client.post("/track/lead", body)
    assert made["link"]["id"] == "link_0001"


def test_facts_reported_again_are_those_that_came_along(here: Moved) -> None:
    body = {"customerExternalId": "u1", "amount": 5000, "currency": "usd", "invoiceId": "in_1"}
    assert here.client.post("/track/sale", body)["sale"]["id"] == "salesale1"
    lead = {"clickId": "", "eventName": "sign up", "customerExternalId": "u1"}
    assert here.client.post("/track/lead", lead)["lead"]["id"] == "leadlead1"
    assert wait_until(lambda: here.client.get("/inbox?state=waiting") == [])
    assert len(here.client.get("/customers?externalId=u1")) == 1


def test_a_call_that_waited_for_who_came_along_is_attached(here: Moved) -> None:
    assert wait_until(lambda: here.client.get("/inbox?state=resolved"))
    assert here.client.get("/receipts/leadlead1")["customerId"] == "cus_one"
    (customer,) = here.client.get("/customers?externalId=u1")
    assert (customer["id"], customer["sales"] >= 3) == ("cus_one", True)


def test_a_new_sale_is_credited_and_rewarded_here(here: Moved) -> None:
    """To the link and partner of the lead that came along, however long ago that was."""
    reward = {"event": "sale", "type": "percentage", "amountInPercentage": 20}
    here.client.post("/programs/prog_one/rewards", reward)
    body = {"customerExternalId": "u1", "amount": 3000, "currency": "usd", "invoiceId": "new"}
    here.client.post("/track/sale", body)
    earned = here.commission("new")
    assert (earned["earnings"], earned["partner"]["id"]) == (600, "pn_one")
    assert earned["linkId"] == "link_0001"


def test_a_refund_takes_its_part_of_a_commission_that_came_along(here: Moved) -> None:
    before = here.pending()
    here.client.post("/sales/ext_in_1/refunds", {"amount": 2500, "key": "half"})
    assert here.pending() == before - 250
    assert here.commission("cm_0001")["earnings"] == 250


def test_receipts_say_that_nothing_was_decided_here(here: Moved) -> None:
    told = here.client.get("/receipts/salesale2")
    assert told["ruleVersion"] == "import-1"
    assert (told["credit"], told["owedReason"]) == ("decided_elsewhere", "decided_elsewhere")
    said = " ".join(told["explanation"])
    assert "Who is credited was decided where this was imported from." in said
    assert "a commission that came along says how much" in said


def told(here: Moved) -> list[tuple[str, str, str]]:
    """Event, subject and body of every message."""
    sql = "select m.event, m.subject_id, b.body from messages m, message_bodies b"
    config = load(Overrides(data=str(here.server.store.data), database=here.server.store.url))
    with opened(config) as app:
        return app.db.read_now(lambda tx: tx.all(sql + " where b.message_id = m.id"))


def test_nobody_is_told_of_what_came_along(here: Moved) -> None:
    """A click that is new is announced, and those that came before it are passed over."""
    visit = partial(here.client.click, "k4", domain="go.moved.test")
    wait_until(lambda: visit().headers.get("location"))  # the server looks for new links by itself
    answer = visit()
    wait_until(lambda: any(answer.click_id in body for _, _, body in told(here)), pause_s=0.3)
    messages = told(here)
    clicks = [body for event, _, body in messages if event == "link.clicked"]
    assert not any("clickclick" in body for body in clicks)
    brought = {"leadlead1", "salesale1", "salesale2", "pn_one", "link_0001", "link_0004"}
    assert not brought & {subject for _, subject, _ in messages}


def test_a_second_import_brings_nothing_twice_and_changes_nothing(here: Moved) -> None:
    """What happened here since is no difference, nor is a key that was given away meanwhile."""
    here.source.lists["/links"].append(link(131, key="k1"))
    code, report = imported(here.server, here.source)
    assert code == 1
    assert {row["imported"] for row in report["kinds"].values()} == {0}
    refused = {kind: row["refused"] for kind, row in report["kinds"].items() if row["refused"]}
    assert refused == {"link": {"key_taken": 1}, "commission": {"earnings": 1}}
    assert "go.moved.test/k1 is link link_0001 here" in report["refusals"][0]["message"]
    assert report["behind"] == 0
    done = run("verify", *here.server.store.arguments)
    assert done.stdout.splitlines()[-1] == "The books are right.", done.stdout


def test_a_key_the_source_refuses_ends_with_a_sentence(here: Moved) -> None:
    arguments = (*here.server.store.arguments, "--workspace", "acme", "--from", here.source.url)
    done = run("import", "dub", *arguments, "--key", "dub_wrong")
    assert done.returncode == 2
    assert "the source answered GET /folders with: 401" in done.stderr


def test_events_are_read_to_the_end_whatever_the_deepest_page_is(
    here: Moved, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own server has no page beyond event 50,000 of a period."""
    monkeypatch.setattr(remote, "EVENTS", 4)
    monkeypatch.setattr(remote, "DEEP", 2)
    told = moved()
    one = told.lists["/events clicks"][0]
    moments = [f"2026-03-01T10:00:0{each // 3}.000Z" for each in range(27)]
    names = [f"deepdeepdeep{number:04d}" for number in range(27)]
    told.lists["/events clicks"] = [
        one | {"timestamp": at, "click": one["click"] | {"id": name, "timestamp": at}}
        for at, name in zip(moments, names, strict=True)
    ]
    with running(told) as source:
        _, report = imported(here.server, source)
    clicks = report["kinds"]["click"]
    assert (clicks["source"], clicks["imported"]) == (27, 27)
    pages = [parse_qs(urlsplit(each).query).get("page", ["0"])[0] for each in told.asked]
    assert max(map(int, pages)) <= 3


def test_a_list_that_does_not_go_on_ends_the_import(here: Moved) -> None:
    for row, said in (
        ({"id": "cus_one"}, "the same rows after cus_one"),
        ({}, "field `id`"),
    ):
        stuck = running(StuckReference({"/links": [], "/customers": [row]}))
        with stuck as source, pytest.raises(CannotStart, match=said):
            imported(here.server, source)


class StuckReference(Reference):
    """It knows no cursor of customers."""

    def answer(self, path: str, given: dict[str, str]) -> list[dict[str, Any]] | None:
        return self.lists[path] if path == "/customers" else super().answer(path, given)
