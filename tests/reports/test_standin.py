"""The stand-in over HTTP, by the list of what it plays (N-1 to N-23); what else it does for people
is in `test_sandbox.py`.
"""

import http.client
import json
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from headwater.sandbox import Account, notices
from tests.reports.conftest import Running
from tests.reports.test_sandbox import DAY, NOW, SALE, Answered, call
from tests.support import wait_until

FORM = {"content-type": "application/x-www-form-urlencoded"}
GENERATED = "IR_AN_64_TS"


@dataclass
class Net:
    """The stand-in, asked as the network is."""

    running: Running

    def api(
        self, path: str, body: object = None, method: str | None = None, **headers: str
    ) -> Answered:
        return call(f"{self.running.url}/Advertisers/SID1/{path}", body, method, **headers)

    def get(self, path: str, **query: str) -> Any:
        status, text, _ = self.api(f"{path}?{urllib.parse.urlencode(query)}")
        assert status == 200, text
        return json.loads(text)

    def send(self, method: str = "POST", path: str = "Conversions", **fields: Any) -> str:
        """Taken; the id of the submission."""
        whole = SALE | fields if method == "POST" else fields
        status, text, _ = self.api(path, whole, method)
        assert status == 200, text
        return str(json.loads(text)["QueuedUri"].rpartition("/")[2])

    def reverse(self, order_id: str = "in_1", **fields: Any) -> str:
        by = {"ActionTrackerId": 2004, "OrderId": order_id, "DispositionCode": "REJECTED"}
        return self.send("DELETE", "Actions", **by | fields)

    def correct(self, **fields: Any) -> str:
        by = {"ActionTrackerId": 2004, "OrderId": "in_1", "Reason": "ORDER_UPDATE"}
        return self.send("PUT", "Actions", **by | fields)

    def refused(self, path: str, method: str, **fields: Any) -> list[str]:
        """The fields that are named."""
        status, text, _ = self.api(path, fields, method)
        assert status == 400, text
        return [each["field"] for each in json.loads(text)["errors"]]

    def settle(self, seconds: float = 5) -> None:
        self.running.standin.ahead += seconds

    def reason(self, submission: str) -> str:
        return str(self.get(f"APISubmissions/{submission}")["ErrorReason"])

    def settled(self, submission: str) -> str:
        self.settle()
        return self.reason(submission)

    def ours(self, path: str, body: object = None) -> Any:
        status, text, _ = call(f"{self.running.url}/sandbox/{path}", body)
        return json.loads(text) if status == 200 else (status, json.loads(text)["error"])

    @property
    def actions(self) -> list[dict[str, str]]:
        return list(self.ours("actions"))

    def account(self, **settings: Any) -> Any:
        return self.ours("account", settings)


@pytest.fixture
def net(running: Running) -> Net:
    running.standin.__init__(Account(), clock=lambda: NOW)  # type: ignore[misc]
    return Net(running)


def iso(seconds: float = 0) -> str:
    return datetime.fromtimestamp(NOW + seconds, UTC).isoformat(timespec="milliseconds")


def test_json_and_forms_slashes_and_names_in_any_case_are_one_n1(net: Net) -> None:
    form = urllib.parse.urlencode({name.upper(): value for name, value in SALE.items()}).encode()
    assert net.api("Conversions/", form, **FORM)[0] == 200
    assert (
        net.api("Conversions", {n.lower(): v for n, v in SALE.items()} | {"OrderId": "b"})[0] == 200
    )
    net.settle()
    listed = net.get("Actions/", campaignid="1000")["Actions"]
    assert [each["Oid"] for each in listed] == ["in_1", "b"]
    (first,) = [net.get(f"Actions/{each['Id']}/") for each in listed[:1]]
    assert (first["Amount"], first["Currency"]) == ("29.00", "USD")
    assert net.api("Catalogs")[0] == net.api("Actions/1000.1.1")[0] == 404


def test_whoever_does_not_ask_for_json_gets_xml_n1(net: Net) -> None:
    """With everything that JSON says: pages as attributes, lists as elements, marks escaped."""
    net.send(Note="a < b & \x00 c")
    net.settle()
    _, text, headers = net.api("Actions?CampaignId=1000", accept="*/*")
    root = ET.fromstring(text)
    assert (headers.get_content_type(), root.tag) == ("application/xml", "ImpactRadiusResponse")
    assert (root.get("total"), root.findtext("Actions/Action/Oid")) == ("1", "in_1")
    assert root.findtext("Actions/Action/Note") == "a < b &  c"
    _, text, _ = net.api("Conversions", {}, accept="application/xml")
    fields = [each.text for each in ET.fromstring(text).iterfind("errors/error/field")]
    assert fields[:2] == ["CampaignId", "EventDate"]


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps(SALE | {"ActionTrackerId": "abc", "Note": "\ud800", "Text1": None}).encode(),
        json.dumps(SALE | {"ItemSku99999999": "x", "ActionTrackerId": "9" * 5000}).encode(),
        json.dumps(SALE | {"EventDate": "0001-01-01T00:00:00+14:00"}).encode(),
        json.dumps(SALE | {"EventDate": "9999-12-31T00:00:00Z"}).encode(),
        json.dumps(SALE | {"ItemSubTotal1": float("nan")}).encode(),
    ],
)
def test_no_body_breaks_it_for_the_next_one_n1(net: Net, body: bytes) -> None:
    assert net.api("Conversions", body)[0] in (200, 400)
    net.settle()
    net.account(trackers={"2004": "sale"})
    net.send(OrderId="next")
    net.settle()
    assert [each["Oid"] for each in net.actions] == ["next"]
    assert call(f"{net.running.url}/")[0] == 200


def test_who_asks_and_for_what_is_looked_at_first_n2(net: Net) -> None:
    for given in ("", "Basic eDp5", "Bearer token-1"):
        assert net.api("Conversions", SALE, authorization=given)[0] == 401
    status, text, _ = call(f"{net.running.url}/Advertisers/SID2/Conversions", SALE)
    assert (status, json.loads(text)) == (403, {"status": 403, "title": "Access Denied"})
    net.account(endpoints=["Conversions"])
    assert net.api("Conversions", SALE)[0] == 200
    assert net.api("Actions?CampaignId=1000")[0] == 403
    assert len(net.running.standin.network.submissions) == 1


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"CampaignId": 7}, "CampaignId"),
        ({"EventDate": "2026-01-05 10:00"}, "EventDate"),
        ({"EventDate": "now"}, "EventDate"),
        ({"OrderId": ""}, "OrderId"),
        ({"OrderId": "x" * 65}, "OrderId"),
        ({"ActionTrackerId": None}, "ActionTrackerId"),
        ({"ClickId": None}, "ClickId"),
        ({"MediaId": 1, "MediaPartnerId": 2}, "MediaId"),
        ({"ItemPrice1": "1.00"}, "ItemSubTotal1"),
        ({"CurrencyCode": None}, "CurrencyCode"),
        ({"CurrencyCode": None, "ItemSubTotal1": None, "OrderDiscount": "1"}, "CurrencyCode"),
        ({"ItemSubTotal1": "1,00"}, "ItemSubTotal1"),
        ({"itemQuantity1": "two"}, "itemQuantity1"),
        ({"Text1": "x" * 65}, "Text1"),
        ({"CustomerEmail": "user@example.com"}, "CustomerEmail"),
        ({"CustomerEmail": "a" * 41}, "CustomerEmail"),
    ],
)
def test_a_conversion_that_cannot_be_is_refused_with_its_field_n3(
    net: Net, said: dict[str, Any], named: str
) -> None:
    assert net.refused("Conversions", "POST", **SALE | said) == [named]
    assert net.running.standin.network.submissions == {}


def test_all_that_is_wrong_is_said_together_and_what_may_be_is_taken_n3(net: Net) -> None:
    expected = ["CampaignId", "EventDate", "OrderId", "ActionTrackerId", "ClickId"]
    assert net.refused("Conversions", "POST") == expected
    for more in ({"CustomerEmail": "A" * 64}, {"Oid": "o", "OrderId": None}, {"EventDate": iso()}):
        net.send(**more)


def test_a_submission_is_there_at_once_and_worked_through_in_its_time_n4_n5(net: Net) -> None:
    first, second = net.send(), net.send(OrderId="in_2")
    assert first != second
    assert first.startswith("A-")

    def status() -> tuple[str, str]:
        found = net.get(f"APISubmissions/{first}")
        return found["Status"], found["CompletionDate"]

    assert status() == ("Queued", "")
    net.settle(2)
    assert status() == ("In Progress", "")
    net.settle(2)
    assert status() == ("Complete", iso(4))
    assert [each["BatchId"] for each in net.get("APISubmissions")["APISubmission"]] == [
        first,
        second,
    ]


def test_how_long_it_takes_is_a_profile_or_a_setting_by_type_n5(net: Net) -> None:
    assert net.account(profile="slow")["processingS"] == 300
    net.send()
    net.settle(299)
    assert net.actions == []
    net.settle(1)
    assert len(net.actions) == 1
    net.account(profile="normal", processing={"Reversal": 60})
    net.reverse()
    net.settle(59)
    assert net.actions[0]["State"] == "PENDING"
    net.settle(1)
    assert net.actions[0]["State"] == "REVERSED"


LINK = "/c/{}?u=http://localhost:3000/"


def clicked(net: Net, partner: str = "101") -> str:
    place = call(net.running.url + LINK.format(partner))[2]["Location"]
    return urllib.parse.parse_qs(urllib.parse.urlsplit(place).query)["im_ref"][0]


@pytest.mark.parametrize(
    ("settings", "said", "reason", "kind"),
    [
        ({}, {}, "", ""),
        ({}, {"ActionTrackerId": 9}, "ACTIONTRACKER_NOT_FOUND", "Validation"),
        ({}, {"ActionTrackerId": "abc"}, "ACTIONTRACKER_NOT_FOUND", "Validation"),
        (
            {"elsewhere": [9]},
            {"ActionTrackerId": 9},
            "ACTIONTRACKER_CAMPAIGN_MISMATCH",
            "Validation",
        ),
        ({"inactive": [2004]}, {}, "ACTIONTRACKER_NOT_ACTIVE", "Validation"),
        ({"clicks": ["im-9"]}, {}, "ACTION_REF_NOT_FOUND", "Contract Error"),
        ({"clicks": ["im-9"]}, {"ClickId": "im-9"}, "", ""),
        ({"left": ["101"]}, {"ClickId": "own"}, "PARTNER_NOT_ACTIVE", "Contract Error"),
        ({"withoutContract": ["101"]}, {"ClickId": "own"}, "CONTRACT_NOT_FOUND", "Contract Error"),
        ({"windowS": 60}, {"ClickId": "own"}, "", ""),
        (
            {"windowS": 60},
            {"ClickId": "own", "EventDate": iso(61)},
            "OUTSIDE_ASSOCIATION_WINDOW",
            "Contract Error",
        ),
    ],
)
def test_why_it_comes_to_nothing_is_said_later_n6(
    net: Net, settings: dict[str, Any], said: dict[str, Any], reason: str, kind: str
) -> None:
    net.account(**settings)
    if said.get("ClickId") == "own":
        said = said | {"ClickId": clicked(net)}
    found = net.send(**said)
    net.settle()
    told = net.get(f"APISubmissions/{found}")
    assert (told["ErrorReason"], told["ErrorType"]) == (reason, kind)
    assert len(net.actions) == (reason == "")


def test_an_event_may_be_named_in_three_ways_n3(net: Net) -> None:
    for number, by in enumerate(("ActionTrackerId", "EventTypeId", "EventTypeCode")):
        named = {"ActionTrackerId": None} | {by: "sale" if by == "EventTypeCode" else 2004}
        assert net.settled(net.send(**named, OrderId=f"in_{number}")) == ""
    assert {each["ActionTrackerId"] for each in net.actions} == {"2004"}


def test_an_order_id_counts_once_per_tracker_unless_the_network_makes_it_n7_n18(net: Net) -> None:
    """Nothing else protects from a second sending: both are submissions."""
    first, second = net.send(), net.send()
    assert first != second
    assert (net.settled(first), net.reason(second)) == ("", "CONV_DUPLICATE")
    assert net.settled(net.send(ActionTrackerId=2001)) == ""
    for _ in range(2):
        assert net.settled(net.send(OrderId=GENERATED)) == ""
    made = [each["Oid"] for each in net.actions][-2:]
    assert all(each.isalnum() and len(each) <= 64 for each in made)
    assert len(set(made)) == 2
    net.settle(30 * DAY)
    assert net.settled(net.send()) == "", "the window is over"


def test_the_click_goes_before_the_customer_and_the_customer_before_the_code_n8(net: Net) -> None:
    net.account(clicks=[], promoCodes={"SPRING": "103"})
    first, second = clicked(net, "101"), clicked(net, "102")
    ways = [
        ("a", {"ClickId": first, "CustomerId": "u"}, "101"),
        ("b", {"ClickId": second, "CustomerId": "u", "OrderPromoCode": "SPRING"}, "102"),
        ("c", {"ClickId": "unknown", "CustomerId": "u", "OrderPromoCode": "SPRING"}, "101"),
        ("d", {"ClickId": None, "CustomerId": "v", "OrderPromoCode": "spring"}, "103"),
    ]
    for order_id, said, _ in ways:
        assert net.settled(net.send(OrderId=order_id, **said)) == ""
    found = {each["Oid"]: each["MediaPartnerId"] for each in net.actions}
    assert found == {order_id: partner for order_id, _, partner in ways}
    lost = net.send(OrderId="e", ClickId=None, CustomerId="w", PromoCode="AUTUMN")
    assert net.settled(lost) == "ACTION_REF_NOT_FOUND"


def test_a_child_does_not_find_a_parent_that_is_worked_on_still_n8(net: Net) -> None:
    """Unless it has the click itself; later it does."""
    child = {"ClickId": None, "CustomerId": "u"}
    net.send(ActionTrackerId=2001, OrderId=GENERATED, CustomerId="u")
    net.settle(3)
    early, carries = net.send(**child), net.send(OrderId="in_2", CustomerId="u")
    assert (net.settled(early), net.reason(carries)) == ("ACTION_REF_NOT_FOUND", "")
    assert net.settled(net.send(**child, OrderId="in_3")) == ""


def test_an_action_is_pending_locks_is_approved_and_cleared_n9_n10(net: Net) -> None:
    net.account(rates={"2004": 25})
    net.send(EventDate=iso())
    net.send(ActionTrackerId=2001, OrderId="lead", EventDate=iso())
    net.settle()
    sale, lead = net.actions
    assert (sale["Id"], lead["Id"]) == ("1000.2004.1", "1000.2001.2")
    assert (sale["State"], sale["Payout"], lead["Payout"]) == ("PENDING", "7.25", "2.90")
    assert (sale["LockingDate"], sale["ClearedDate"]) == (iso(45 * DAY), "")
    net.settle(45 * DAY)
    assert (net.actions[0]["State"], net.actions[0]["ClearedDate"]) == ("APPROVED", "")
    net.settle(15 * DAY)
    assert net.actions[0]["ClearedDate"] == iso(60 * DAY)


def test_lines_discounts_and_free_fields_are_read_back_n9(net: Net) -> None:
    """An order's discount is off its lines, each by its share."""
    order = {"ItemSubTotal1": "20.00", "ItemSku1": "pro", "ItemName1": "Pro", "ItemCategory1": "p"}
    order |= {"ItemPrice2": "5.00", "ItemQuantity2": 3, "ItemDiscount2": "1.00", "ItemSku2": "seat"}
    order |= {"ItemBrand2": "B", "ItemText2_1": "blue", "OrderDiscount": "0.01"}
    net.send(**order, Text1="plan", Numeric2="7", CustomerStatus="NEW", IpAddress="192.0.2.7")
    net.settle()
    (made,) = net.actions
    assert (made["Amount"], made["Payout"], made["IntendedAmount"]) == ("31.99", "3.20", "31.99")
    assert (made["Text1"], made["Numeric2"], made["CustomerStatus"]) == ("plan", "7", "NEW")
    assert len(made["IpAddress"]) == 64, "N-14"
    first, second = net.get(f"Actions/{made['Id']}/Items")["Items"]
    assert (first["Sku"], first["ItemName"], first["Category"]) == ("pro", "Pro", "p")
    assert (first["SaleAmount"], second["SaleAmount"]) == ("19.99", "12.00")
    assert (second["Quantity"], second["Brand"], second["Text1"]) == ("3", "B", "blue")
    assert net.get(f"Actions/{made['Id']}/Items/seat") == second
    net.correct(Amount="16.00")
    net.settle()
    left = net.get(f"Actions/{made['Id']}/Items")["Items"]
    assert [each["SaleAmount"] for each in left] == ["10.00", "6.00"]
    assert left[0]["AdjustmentReason"] == "ORDER_UPDATE"


def test_an_action_is_changed_by_either_name_and_for_a_reason_n11(net: Net) -> None:
    by_order = {"ActionTrackerId": 2004, "OrderId": "in_1"}
    assert net.refused("Actions", "PUT", **by_order, Amount="1.00") == ["Reason"]
    assert net.refused("Actions", "DELETE", **by_order) == ["DispositionCode"]
    assert net.refused("Actions", "DELETE", OrderId="in_1", DispositionCode="OTHER") == ["ActionId"]
    assert net.refused("Actions", "PUT", **by_order, Reason="OTHER", Sku="x") == ["Sku"]
    assert net.refused("Actions", "DELETE", **by_order, DispositionCode="OURS") == [
        "DispositionCode"
    ]
    net.account(codes=["OURS"])
    net.send()
    net.settle()
    assert net.settled(net.correct(Amount="9.00")) == ""
    assert net.settled(net.correct(Reason="RESET")) == ""
    assert net.actions[0]["Amount"] == "29.00"
    by_id = net.send("DELETE", "Actions", ActionId="1000.2004.1", DispositionCode="OURS")
    assert (net.settled(by_id), net.actions[0]["State"]) == ("", "REVERSED")


def test_what_is_unknown_or_locked_is_taken_and_comes_to_nothing_n11(net: Net) -> None:
    assert net.settled(net.reverse("unknown")) == "ACTION_NOT_FOUND"
    net.send(EventDate=iso())
    net.settle()
    late = 45 * DAY - 17
    net.settle(late)
    open_still = net.correct(Amount="9.00")
    assert net.settled(open_still) == ""
    assert net.settled(net.reverse()) == "ACTION_LOCKED", "it locked while this was worked on"
    assert net.actions[0]["Amount"] == "9.00"


def test_each_change_is_a_line_of_the_log_and_a_reversal_is_one_n12(net: Net) -> None:
    net.send()
    net.settle()
    net.correct(Amount="20.00")
    net.settle()
    assert net.settled(net.reverse()) == ""
    assert net.settled(net.reverse()) == "ACTION_ALREADY_REVERSED"
    (action,) = net.actions
    assert (action["State"], action["Payout"], action["Amount"]) == ("REVERSED", "0.00", "0.00")
    told = net.get("ActionUpdates", CampaignId="1000")["ActionUpdates"]
    names = ("Id", "Disposition", "State", "DeltaAmount", "DeltaPayout")
    assert [tuple(each[name] for name in names) for each in told] == [
        ("1000.2004.1.1", "IR_BLANK", "PENDING", "29.00", "2.90"),
        ("1000.2004.1.2", "ORDER_UPDATE", "PENDING", "-9.00", "-0.90"),
        ("1000.2004.1.3", "REJECTED", "REVERSED", "-20.00", "-2.00"),
    ]
    assert net.get("ActionUpdates/1000.2004.1.3") == told[2]
    assert call(net.running.url)[1].count("1000.2004.1.2") == 1


def test_lists_have_bounds_and_an_approval_is_no_update_n13(net: Net) -> None:
    net.send()
    net.settle(20 * DAY)
    assert net.get("Actions", CampaignId="1000")["Actions"] == []
    net.correct(Amount="9.00")
    net.settle()
    assert len(net.get("Actions", CampaignId="1000")["Actions"]) == 1
    net.settle(30 * DAY)
    assert net.actions[0]["State"] == "APPROVED"
    assert net.get("Actions", CampaignId="1000")["Actions"] == []
    span = {"LockingDateStart": iso(40 * DAY), "LockingDateEnd": iso(50 * DAY)}
    assert len(net.get("Actions", CampaignId="1000", **span)["Actions"]) == 1
    for path in ("Actions", "ActionUpdates"):
        status, text, _ = net.api(f"{path}?CampaignId=1000&PageSize=1")
        assert (status, "at least 2000" in text) == (400, True)


def test_a_submission_is_gone_after_ninety_days_n15(net: Net) -> None:
    made = net.send()
    net.settle(90 * DAY)
    net.get(f"APISubmissions/{made}")
    net.settle(1)
    assert net.api(f"APISubmissions/{made}")[0] == 404


def test_an_hour_holds_so_many_requests_n16(net: Net) -> None:
    """429 with what is left and until when; what was refused for it, or is no part of the API,
    takes no room.
    """
    net.account(perHour=2)
    net.send()
    net.settle(600)
    for _ in range(3):
        page_load(net)
    net.send(OrderId="in_2")
    for _ in range(2):
        status, _, headers = net.api("Conversions", SALE)
        limits = [headers[f"X-RateLimit-{each}"] for each in ("Limit", "Remaining", "Reset")]
        assert (status, limits, headers["Retry-After"]) == (429, ["2", "0", "3000"], None)
    net.settle(3000)
    net.send(OrderId="in_3")


@pytest.mark.parametrize(
    ("mode", "status", "begins"),
    [
        *((each, int(each), '{"Status": "ERROR"') for each in ("500", "502", "503", "504")),
        ("status_error", 200, '{"Status": "ERROR"'),
        ("empty", 200, ""),
        ("html", 200, "<html>"),
        ("truncated", 200, '{"Status":"QUE'),
        ("redirect", 302, ""),
    ],
)
def test_it_fails_as_networks_do_and_takes_nothing_n17(
    net: Net, mode: str, status: int, begins: str
) -> None:
    net.ours("faults", {"mode": mode})
    found, text, headers = net.api("Conversions", SALE)
    assert (found, text.startswith(begins)) == (status, True)
    assert headers["Location"] is None or headers["Location"].startswith("http://")
    assert net.running.standin.network.submissions == {}
    net.send()


def test_a_line_that_drops_may_have_brought_something_n17(net: Net) -> None:
    for mode, taken in (("drop", 0), ("accept_then_drop", 1)):
        net.ours("faults", {"mode": mode})
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            net.api("Conversions", SALE)
        assert len(net.running.standin.network.submissions) == taken


def test_an_action_may_be_named_at_once_n17(net: Net) -> None:
    """It is there then; what comes to nothing is queued as ever."""
    for order_id, shape in (("in_1", "ActionId"), ("in_1", "QueuedUri"), ("in_2", "ActionId")):
        net.ours("faults", {"mode": "action"})
        assert shape in json.loads(net.api("Conversions", SALE | {"OrderId": order_id})[1])
    assert [each["Id"] for each in net.actions] == ["1000.2004.1", "1000.2004.2"]


def trouble(connection: http.client.HTTPConnection) -> str:
    """What is wrong with it, if anything."""
    try:
        connection.request("GET", "/sandbox/account")
        connection.getresponse().read()
    except ConnectionRefusedError:
        return "refused"
    except (http.client.RemoteDisconnected, ConnectionError):
        return "closed"
    return ""


def test_for_a_while_nobody_listens_n17(net: Net) -> None:
    place = urllib.parse.urlsplit(net.running.url)
    kept = http.client.HTTPConnection(place.hostname or "", place.port)
    assert trouble(kept) == ""
    net.ours("faults", {"mode": "refuse", "seconds": 600})
    try:
        wait_until(lambda: trouble(http.client.HTTPConnection(kept.host, kept.port)) == "refused")
        assert trouble(kept) != ""
    finally:
        net.running.come_back()
    wait_until(lambda: trouble(http.client.HTTPConnection(kept.host, kept.port)) == "")


def page_load(net: Net, page: str = "http://localhost:3000/", **more: str) -> tuple[int, Any]:
    form = {"CampaignId": 1000, "EventDate": "NOW", "PageUrl": page, "CustomProfileId": "p"} | more
    body = urllib.parse.urlencode(form).encode()
    status, text, _ = call(f"{net.running.url}/PageLoad", body, **FORM, authorization="")
    return status, json.loads(text)


def test_a_page_load_follows_a_link_without_a_browser_n19(net: Net) -> None:
    """And knows the click again where the page was told it; without a partner it only warns."""
    net.account(clicks=[])
    query = urllib.parse.urlencode({"MediaPartnerId": "102"})
    form = urllib.parse.urlencode({"DeepLink": "http://localhost:3000/?a=1"}).encode()
    _, text, _ = net.api(f"Programs/1000/TrackingLinks?{query}", form, **FORM)
    link = json.loads(text)["TrackingURL"]
    assert call(link)[2]["Location"].startswith("http://localhost:3000/?a=1&im_ref=")
    status, first = page_load(net, link, ReferringUrl="https://blog.test/")
    assert (status, first["warnings"]) == (200, [])
    assert first["landingPage"] == f"http://localhost:3000/?a=1&im_ref={first['clickId']}"
    again = page_load(net, first["landingPage"])[1]
    assert (again["clickId"], again["sessionStart"]) == (first["clickId"], False)
    assert net.settled(net.send(ClickId=first["clickId"])) == ""
    assert net.actions[0]["MediaPartnerId"] == "102"
    click = net.get(f"Campaigns/1000/Clicks/{first['clickId']}")
    assert (click["MediaId"], click["ReferringUrl"]) == ("102", "https://blog.test/")
    nobody = page_load(net)[1]
    assert [each["level"] for each in nobody["warnings"]] == ["WARNING"]
    assert (
        net.settled(net.send(OrderId="in_2", ClickId=nobody["clickId"])) == "ACTION_REF_NOT_FOUND"
    )
    status, refused = page_load(net, "nowhere", CampaignId="7", CustomProfileId="")
    named = [each["field"] for each in refused["errors"]]
    assert (status, named) == (400, ["CampaignId", "PageUrl", "CustomProfileId"])


def test_a_landing_is_told_the_click_by_the_name_that_is_set_n19(net: Net) -> None:
    net.account(parameter="irclickid")
    assert "irclickid=" in call(net.running.url + LINK.format("101"))[2]["Location"]


def test_the_script_of_a_page_is_there_or_not_n20(net: Net) -> None:
    place = f"{net.running.url}/utt/A1000-x.js"
    status, text, headers = call(place, **{"Sec-Fetch-Site": "cross-site"})
    assert (status, headers.get_content_type()) == (200, "text/javascript")
    assert "generateClickId" in text
    assert call(f"{place}?load=404")[0] == 404
    said = b'{"call": ["identify", {}]}'
    assert call(f"{net.running.url}/utt/said", said, **{"Sec-Fetch-Site": "cross-site"})[0] == 204
    assert net.ours("requests")[-1]["raw"] == said.decode()


@dataclass
class Heard:
    """What a server of the account's owner was told."""

    url: str = ""
    status: int = 200
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@pytest.fixture(scope="module")
def heard() -> Iterator[Heard]:
    made = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
            self._answer("GET", query | {"items": json.loads(query["items"])})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer("POST", json.loads(body))

        def _answer(self, method: str, said: dict[str, Any]) -> None:
            made.calls.append((method, said))
            self.send_response(made.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}/hook"
    Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_server_is_told_what_becomes_of_actions_n21(net: Net, heard: Heard, method: str) -> None:
    heard.calls, heard.status = [], 204
    net.account(notify={"url": f"{heard.url}?own=1", "method": method})
    net.send(ItemSku1="pro")
    net.settle()
    net.get("Actions", CampaignId="1000")
    wait_until(lambda: len(heard.calls) == 1)
    (told,) = heard.calls
    assert (told[0], told[1].pop("own", "1")) == (method, "1")
    assert told[1] == {
        "campaign_id": "1000",
        "action_id": "1000.2004.1",
        "status": "PENDING",
        "payout": "2.90",
        "items": [{"sku": "pro", "qty": 1, "amt": "29.00"}],
    }
    heard.status = 500
    net.settle(46 * DAY)
    net.ours("actions")
    wait_until(lambda: [each["status"] for each in net.ours("notices")] == [204, 500])
    assert heard.calls[1][1]["status"] == "APPROVED"
    assert len(heard.calls) == 2, "nothing is told again"
    assert call(net.running.url)[1].count(heard.url) == 3


def test_notifications_may_come_twice_and_in_the_wrong_order_n21(net: Net, heard: Heard) -> None:
    heard.calls = []
    net.send(OrderId="before")
    net.settle()
    assert len(net.actions) == 1, "whoever is named later hears of no earlier action"
    net.account(notify={"url": heard.url, "twice": True, "backwards": True})
    net.send()
    net.settle(3)
    net.send(OrderId="in_2")
    net.running.standin.ahead += 60
    net.get("Actions", CampaignId="1000")
    wait_until(lambda: len(heard.calls) == 4)
    order = [told["action_id"] for _, told in heard.calls]
    assert order == ["1000.2004.3"] * 2 + ["1000.2004.2"] * 2


def test_what_time_alone_brings_is_told_without_a_request_n21(
    net: Net, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "PULSE_S", 0.02)
    heard.calls = []
    net.account(notify={"url": heard.url})
    net.send()
    net.settle()
    wait_until(lambda: len(heard.calls) == 1)


def test_requests_are_shown_in_the_order_in_which_they_came_n23(net: Net) -> None:
    net.send()
    net.settle(300)
    net.api("Conversions", SALE | {"OrderId": ""})
    page_load(net)
    seen = net.ours("requests")
    assert [each["path"].rpartition("/")[2] for each in seen] == ["Conversions"] * 2 + ["PageLoad"]
    assert [each["status"] for each in seen] == [200, 400, 200]
    assert seen[1]["at"] - seen[0]["at"] == 300


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"purple": 1}, "no setting called 'purple'"),
        ({"token": "x"}, "no setting called 'token'"),
        ({"profile": "quick"}, "profile is one of normal, slow"),
        ({"perHour": -1}, "$.perHour"),
        ({"pageMost": 0}, "$.pageMost"),
        ({"rates": {"2004": "many"}}, "$.rates"),
        ({"notify": {"url": "localhost"}}, "$.notify.url"),
        ({"processing": {"Refund": 1}}, "$.processing"),
    ],
)
def test_an_account_is_set_to_what_it_can_be(net: Net, settings: Any, said: str) -> None:
    before = net.ours("account")
    status, message = net.account(**settings)
    assert (status, said in message) == (400, True), message
    assert net.ours("account") == before
    assert "token" not in before
    assert net.account(**{name: before[name] for name in ("perHour", "clicks", "rates")}) == before


def test_the_account_is_set_on_the_page_too(net: Net, heard: Heard) -> None:
    def ask(**form: str) -> Answered:
        body = urllib.parse.urlencode({"do": "account", **form}).encode()
        return call(f"{net.running.url}/", body, **FORM)

    assert ask(profile="slow", notify=heard.url, method="GET")[0] == 303
    assert net.ours("account")["processingS"] == 300
    page = call(net.running.url)[1]
    assert 'value="slow" selected' in page
    assert (heard.url in page, 'value="GET" selected' in page) == (True, True)
    assert ask(profile="normal", notify="nowhere")[0] == 400
    assert ask(profile="normal", notify="")[0] == 303
    assert net.ours("account")["notify"] is None
