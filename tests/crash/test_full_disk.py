"""While the disk is full redirects go out without ids and calls are refused; then all is well."""

from typing import Any

import pytest

from tests.crash.process import Process
from tests.crash.rounds import Rounds
from tests.support import Answer

LEAD = {"eventName": "Sign up", "customerExternalId": "u1"}
SALE = {"customerExternalId": "u1", "amount": 2000, "invoiceId": "in_1"}


@pytest.fixture
def server(rounds: Rounds) -> Process:
    return rounds.forgetful()


def test_redirects_go_out_without_an_id_and_nothing_is_stored(
    rounds: Rounds, server: Process
) -> None:
    """B-22."""
    rounds.orders.disk_full()
    answers = [_visit(server, number) for number in range(5)]
    assert {answer.status for answer in answers} == {302}
    assert {answer.headers["location"] for answer in answers} == {"https://acme.test/"}
    rounds.orders.disk_free()
    assert "hw_id" in _visit(server, 0).headers["location"]
    link = _link(server)
    assert (link["hits"], link["clicks"]) == (1, 1)


def test_calls_are_answered_503_and_count_once_when_sent_again(
    rounds: Rounds, server: Process
) -> None:
    """In the same process, without a restart."""
    lead = LEAD | {"clickId": _visit(server, 0).click_id}
    rounds.orders.disk_full()
    for path, body in (("/track/lead", lead), ("/track/sale", SALE), ("/track/lead", lead)):
        _is_unavailable(server.client.call("POST", path, body))
    rounds.orders.disk_free()
    first = [server.client.post("/track/lead", lead), server.client.post("/track/sale", SALE)]
    again = [server.client.post("/track/lead", lead), server.client.post("/track/sale", SALE)]
    assert first == again
    link = _link(server)
    assert (link["leads"], link["sales"], link["saleAmount"]) == (1, 1, 2000)
    assert server.client.get("/balances")[0]["pending"] == 500 + 200


def test_a_browser_is_told_that_its_click_was_not_stored(rounds: Rounds, server: Process) -> None:
    rounds.orders.disk_full()
    _is_unavailable(server.client.call("POST", "/track/click", _CLICK))
    rounds.orders.disk_free()
    assert server.client.post("/track/click", _CLICK)["clickId"]


def test_readiness_is_red_while_the_disk_is_full(rounds: Rounds, server: Process) -> None:
    rounds.orders.disk_full()
    assert server.client.call("GET", "/readyz").status == 503
    assert server.client.call("GET", "/healthz").status == 200
    rounds.orders.disk_free()
    assert server.client.call("GET", "/readyz").status == 200


def test_reading_goes_on_while_the_disk_is_full(rounds: Rounds, server: Process) -> None:
    rounds.orders.disk_full()
    assert [link["key"] for link in server.client.get("/links")]
    rounds.orders.disk_free()


def test_a_disk_that_fills_up_under_load_loses_nothing(rounds: Rounds, server: Process) -> None:
    """Full in the midst of a group, twice; then killed. The books hold what was answered."""
    for _ in range(2):
        rounds.orders.disk_full(bytes_left=rounds.chance.randrange(1_000_000))
        rounds.load(server, seconds=0.5)
        rounds.orders.disk_free()
        assert rounds.check(server) == []
    assert rounds.memory.refused > 0
    rounds.load_and_kill(server, seconds=0.5)
    assert rounds.unbalanced() == []
    assert rounds.check(rounds.forgetful(), everything=True) == []


_CLICK = {"domain": "go.acme.test", "key": "one"}


def _visit(server: Process, number: int) -> Answer:
    return server.client.click("one", agent=f"Mozilla/5.0 (X11; Linux) Firefox/{100 + number}.0")


def _link(server: Process) -> Any:
    return server.client.get("/links/info?domain=go.acme.test&key=one")


def _is_unavailable(answer: Answer) -> None:
    assert answer.status == 503
    assert answer.json["error"]["code"] == "unavailable"
