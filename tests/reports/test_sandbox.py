"""The stand-in itself: what it lists and refuses, how it is told to behave, and its page."""

import html
import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from email.message import Message
from typing import Any

import pytest

from headwater.kit.clock import iso_ms
from headwater.sandbox import Account
from headwater.sandbox.listing import Page, Refused, listed
from headwater.sandbox.model import Action
from tests.reports.conftest import Running

HEADERS = {
    "authorization": f"Basic {b64encode(b'SID1:token-1').decode()}",
    "accept": "application/json",
    "content-type": "application/json",
}
SALE = {
    "CampaignId": 1000,
    "ActionTrackerId": 2004,
    "EventDate": "NOW",
    "OrderId": "in_1",
    "ClickId": "im-1",
    "CustomerEmail": "63a710569261a24b3766275b7000ce8d7b32e2f7",
    "CurrencyCode": "USD",
    "ItemSubTotal1": "29.00",
}
NOW = 1_780_000_000.0
DAY = 86_400
Answered = tuple[int, str, Message]


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@pytest.fixture(scope="module")
def network() -> Iterator[Running]:
    started = Running()
    yield started
    started.stop()


@pytest.fixture
def fresh(network: Running) -> Running:
    network.standin.__init__(Account(), clock=lambda: NOW)  # type: ignore[misc]
    return network


def call(place: str, body: object = None, method: str | None = None, **more: str) -> Answered:
    """Status, text and headers; not following anything."""
    data = json.dumps(body).encode() if isinstance(body, dict) else body
    asked = urllib.request.Request(place, data, HEADERS | more, method=method)  # type: ignore[arg-type]
    try:
        with urllib.request.build_opener(_Stay).open(asked, timeout=10) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers


def convert(network: Running, **fields: Any) -> Answered:
    return call(f"{network.url}/Advertisers/SID1/Conversions", SALE | fields)


def ask(network: Running, **form: str) -> Answered:
    body = urllib.parse.urlencode(form).encode()
    return call(f"{network.url}/", body, **{"content-type": "application/x-www-form-urlencoded"})


def test_its_page_shows_what_came_newest_first_and_no_secret(fresh: Running) -> None:
    convert(fresh)
    convert(fresh, OrderId="<i>in_2</i>", Note="x token-1 y", authToken="canary")
    call(f"{fresh.url}/Advertisers/SID1/Conversions", b'{"OrderId": "in_3')
    fresh.standin.ahead += 10
    status, page, headers = call(f"{fresh.url}/")
    assert status == 200
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert page.index("&lt;i&gt;in_2") < page.index("</i> in_1")
    assert "<i>in_2" not in page
    assert page.count("2004 sale") >= 2
    assert "canary" not in page
    assert "token-1" not in page
    assert page.count("•••") == 2
    assert "&quot;OrderId&quot;: &quot;in_3" in page, "what could not be read is shown as it came"
    assert "1000.2004.1" in page, "what it made of them"
    assert "<script" not in page


@pytest.mark.parametrize("mode", ["503", "400", "429"])
def test_its_page_makes_it_wrong_until_it_is_normal_again(fresh: Running, mode: str) -> None:
    status, _, headers = ask(fresh, mode=mode, do="answer")
    assert (status, headers["Location"]) == (303, "/")
    for _ in range(3):
        assert convert(fresh)[0] == int(mode)
    assert f"{mode}, until it is changed" in call(f"{fresh.url}/")[1]
    ask(fresh, mode="truncated")
    assert convert(fresh)[1] == '{"Status":"QUE'
    ask(fresh, mode="normal")
    assert convert(fresh)[0] == 200


def test_a_limit_that_is_played_is_said_as_the_network_says_it(fresh: Running) -> None:
    ask(fresh, mode="429", count="1")
    _, _, headers = convert(fresh)
    limits = [headers[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")]
    assert (limits, headers["Retry-After"]) == (["1000", "0", "60"], None)
    assert convert(fresh)[0] == 200


def test_one_order_alone_and_so_many_times(fresh: Running) -> None:
    ask(fresh, mode="503", count="2", orderId="in_9")
    assert convert(fresh)[0] == 200
    assert [convert(fresh, OrderId="in_9")[0] for _ in range(3)] == [503, 503, 200]


def test_whoever_hangs_or_is_slow_goes_on_once_it_is_normal_again(fresh: Running) -> None:
    """Not before; a slow one gets the network's answer then."""
    for mode, answered in (("hang", 503), ("slow", 200)):
        ask(fresh, mode=mode, seconds="600")
        got: list[int] = []
        caller = threading.Thread(target=lambda to=got: to.append(convert(fresh)[0]))
        seen = len(fresh.standin.seen)
        caller.start()
        while len(fresh.standin.seen) == seen:
            caller.join(0.01)
        assert got == []
        ask(fresh, mode="normal")
        caller.join(10)
        assert got == [answered]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"mode": "purple"}, "no way to answer called &#x27;purple&#x27;"),
        ({"mode": "200"}, "no way to answer"),
        ({"mode": "503", "count": "0"}, "count is 1..100000"),
        ({"mode": "503", "count": "many"}, "count is a number"),
        ({"mode": "slow", "seconds": "1e9"}, "seconds is 0..600"),
        ({"mode": "slow", "seconds": "nan"}, "seconds is a number"),
        ({"do": "clock", "ahead": "-1"}, "Choose how far"),
    ],
)
def test_what_cannot_be_is_said_on_the_page(
    fresh: Running, form: dict[str, str], said: str
) -> None:
    status, page, _ = ask(fresh, **form)
    assert (status, said in page) == (400, True)
    assert fresh.standin.faults == []


def test_programs_are_told_as_well(fresh: Running) -> None:
    place = f"{fresh.url}/sandbox"
    assert call(f"{place}/faults", {"mode": "503", "count": 2})[1] == '{"waiting": 1}'
    assert call(f"{place}/faults", {"mode": "normal"})[1] == '{"waiting": 0}'
    for path, body in (("faults", {"mode": "?"}), ("clock", {"seconds": -1}), ("clock", b"[")):
        status, said, _ = call(f"{place}/{path}", body)
        assert (status, "error" in json.loads(said)) == (400, True)
    ask(fresh, do="clock", ahead="300")
    assert json.loads(call(f"{place}/clock", {"seconds": 60})[1]) == {"now": NOW + 360}


def test_a_partners_link_leads_to_the_landing_page_with_a_click_of_its_own_n19(
    fresh: Running,
) -> None:
    """Which the network knows again, and knows whose it was."""
    fresh.standin.account.clicks = set()
    landing = "http://localhost:3000/x?a=1&b=%2F#top"
    _, page, _ = call(f"{fresh.url}/?{urllib.parse.urlencode({'landing': landing})}")
    link = html.unescape(page.split('<p><a href="')[1].split('"')[0])
    places = [call(f"{fresh.url}{link}")[2]["Location"] for _ in range(2)]
    clicks = [urllib.parse.parse_qs(urllib.parse.urlsplit(each).query) for each in places]
    assert [(each["a"], each["b"]) for each in clicks] == [(["1"], ["/"])] * 2
    assert clicks[0]["im_ref"] != clicks[1]["im_ref"]
    assert places[0].endswith("#top")
    convert(fresh, ClickId=clicks[0]["im_ref"][0])
    convert(fresh, ClickId="unknown", OrderId="in_2")
    fresh.standin.ahead += 10
    (made,) = json.loads(call(f"{fresh.url}/sandbox/actions")[1])
    assert (made["Oid"], made["MediaPartnerId"]) == ("in_1", "101")
    for bad in ("javascript:alert(1)", "//evil.test", "x"):
        assert call(f"{fresh.url}/c/101?u={bad}")[0] == 400
        assert call(f"{fresh.url}/?landing={bad}")[0] == 400


def test_no_other_sites_page_may_ask_or_tell(fresh: Running) -> None:
    """A name of its own that leads here does not help it; the network's paths are for servers."""
    elsewhere = {"Host": "evil.test"}
    assert call(f"{fresh.url}/", **elsewhere)[0] == 403
    assert call(f"{fresh.url}/sandbox/requests", **elsewhere)[0] == 403
    crossed = {"Sec-Fetch-Site": "cross-site"}
    assert call(f"{fresh.url}/sandbox/faults", {"mode": "503"}, **crossed)[0] == 403
    assert call(f"{fresh.url}/", **crossed)[0] == 200, "a link to it may be followed"
    place = f"{fresh.url}/Advertisers/SID1/Conversions"
    assert call(place, SALE, **elsewhere)[0] == 200


def test_what_was_sent_reads_back_hashed_once_more_n14(fresh: Running) -> None:
    queued = json.loads(convert(fresh, IpAddress="192.0.2.7")[1])
    found = json.loads(call(f"{fresh.url}{queued['QueuedUri']}")[1])
    payload = dict(urllib.parse.parse_qsl(found["Payload"]))
    assert (payload["OrderId"], len(payload["CustomerEmail"])) == ("in_1", 64)
    assert "192.0.2.7" not in found["Payload"]
    assert SALE["CustomerEmail"] not in found["Payload"]


def action(number: int, **more: Any) -> Action:
    given = {"updated": NOW, "event_at": NOW, "locks": NOW + 45 * DAY, "at": NOW}
    return Action(
        id=f"1000.2004.{number}", tracker=2004, order_id=f"in_{number}", customer_id="u",
        amount="1.00", intended="1.00", currency="USD", **given | more,
    )  # fmt: skip


ACTIONS = [
    action(1),
    action(2, updated=NOW - 8 * DAY),
    action(3, event_at=NOW - 30 * DAY, state="REVERSED"),
    action(4, locks=NOW + DAY),
]


def iso(days: float) -> str:
    return iso_ms(round((NOW + days * DAY) * 1_000_000))


def asked(account: Account | None = None, **query: str) -> Page | Refused:
    query = {"campaignid": "1000"} | query
    return listed(ACTIONS, query, account or Account(), "/Actions", NOW)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "134"),
        ({"state": "reversed"}, "3"),
        ({"startdate": iso(-9), "enddate": iso(-7)}, "2"),
        ({"actiondatestart": iso(-31), "actiondateend": iso(-29)}, "3"),
        ({"lockingdatestart": iso(0), "lockingdateend": iso(7)}, "4"),
    ],
)
def test_actions_are_listed_by_what_is_asked_n13(query: dict[str, str], found: str) -> None:
    """Without a date: what changed in the last week, which its approval is not."""
    page = asked(**query)
    assert isinstance(page, Page)
    assert [each.id[-1] for each in page.shown] == list(found)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"campaignid": "7"}, "CampaignId"),
        ({"startdate": iso(-9)}, "go together"),
        ({"actiondatestart": "yesterday", "actiondateend": iso(0)}, "ISO 8601"),
        ({"actiondatestart": iso(-46), "actiondateend": iso(0)}, "45 days"),
        ({"actiondatestart": iso(-1100), "actiondateend": iso(-1090)}, "three years"),
        ({"pagesize": "1999"}, "at least 2000"),
        ({"page": "2"}, "Page is 1..1"),
        ({"page": "x"}, "Page is 1..1"),
    ],
)
def test_what_the_network_does_not_list_is_refused_n13(query: dict[str, str], said: str) -> None:
    page = asked(**query)
    assert isinstance(page, Refused)
    assert said in page.message


def test_pages_say_where_they_are_in_text_and_are_no_more_than_ten_n13() -> None:
    small = Account(page_least=1, page_most=2)
    page = asked(small, page="2")
    assert isinstance(page, Page)
    assert [each.id[-1] for each in page.shown] == ["4"]
    assert (page.about["@numpages"], page.about["@total"], page.about["@end"]) == ("2", "3", "2")
    assert page.about["@nextpageuri"] == ""
    assert page.about["@previouspageuri"].endswith("page=1")
    assert isinstance(asked(Account(page_least=1, pages_most=2), pagesize="1"), Refused)
