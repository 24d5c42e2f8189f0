"""What the stand-in of the network was told of lives, against what it had to be told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from headwater.simulate.lives import MONTH_DAYS, Life, Told, earned, reversed_there, told_of

if TYPE_CHECKING:
    from headwater.simulate.differences import Differences

TRACKERS = {"visit": 2005, "signup": 2001, "trialStart": 2002, "trialEnd": 2003, "sale": 2004}
KINDS = {number: kind for kind, number in TRACKERS.items()}
VISIT = frozenset({"CampaignId", "ActionTrackerId", "EventDate", "OrderId", "ClickId"})
GAP_S = 300
DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Requests and actions as the network holds them, and by the server's word how often each
    report was sent, what the partner earned and what of it is due.
    """

    requests: list[dict[str, Any]]
    actions: list[dict[str, Any]]
    attempts: dict[str, int]
    earned: int
    due: int


def taken(requests: list[dict[str, Any]], method: str = "POST") -> list[dict[str, Any]]:
    """List the fields of the requests that were taken, in the order in which they came."""
    return [e["fields"] for e in requests if e["method"] == method and e["status"] == 200]


def compare_years(
    lives: list[Life], moments: list[int], held: Held, differences: Differences
) -> tuple[dict[str, int], dict[str, int]]:
    """Note every report that was lost, doubled, early or of another worth; numbers side by side."""
    owed = [each for life in lives for each in told_of(life)]
    came = [_told(fields) for fields in taken(held.requests)]
    _compare_reports(owed, came, held, differences)
    _compare_moments(lives, moments, held, differences)
    _compare_gaps(held, differences)
    back = sorted(order for life in lives for order in reversed_there(life))
    gone = sorted(each["Oid"] for each in held.actions if each["State"] == "REVERSED")
    for order in sorted(set(back) ^ set(gone)):
        differences.note("taken back", order in back, order in gone, order)
    pay = sum(earned(life) for life in lives)
    differences.same("earned in a year", pay, held.earned, "what the partner of all lives is owed")
    differences.same("due after a year", pay, held.due, "nothing is held any more")
    expected = _counted(owed) | {"reports taken back": len(back), "earned": pay}
    recorded = _counted(list(set(came))) | {"reports taken back": len(gone), "earned": held.earned}
    return expected, recorded


def _told(fields: dict[str, Any]) -> Told:
    kind = KINDS.get(fields.get("ActionTrackerId", 0), "unknown")
    if kind == "visit":
        more = " ".join(sorted(fields.keys() - VISIT))
        return Told(customer=fields.get("ClickId", ""), kind=kind, worth=more)
    sale = kind == "sale"
    return Told(
        customer=fields.get("CustomerId", ""),
        kind=kind,
        order=fields.get("OrderId", "") if sale else "",
        worth=f"{fields.get('ItemSubTotal1')} {fields.get('CurrencyCode')}" if sale else "",
    )


def _compare_reports(
    owed: list[Told], came: list[Told], held: Held, differences: Differences
) -> None:
    """A report is sent once; once more for each attempt the server knows it could not tell of."""
    for each in sorted(set(owed) - set(came), key=str):
        differences.note("report", str(each), None, "never arrived")
    for each in sorted(set(came) - set(owed), key=str):
        differences.note("report", None, str(each), "nobody was to be told of this")
    again = len(came) - len(set(came))
    known = sum(held.attempts.values()) - len(held.attempts)
    if again > known:
        twice = [str(each) for each, times in Counter(came).items() if times > 1]
        differences.note("report", "once", "twice", ", ".join(twice[:10]))
    sent = len(owed) + sum(each["method"] == "DELETE" for each in held.requests)
    if len(held.attempts) > sent:
        differences.note("deliveries", sent, len(held.attempts), "more reports than facts")


def _compare_moments(
    lives: list[Life], moments: list[int], held: Held, differences: Differences
) -> None:
    """Reports are dated when it happened, whenever they were sent."""
    when = {life.invoice(month): moments[month] for life in lives for month in life.paid}
    month_s = int(timedelta(days=MONTH_DAYS).total_seconds())
    steps = {"trialStart": moments[0], "trialEnd": moments[0] + month_s}
    for fields in taken(held.requests):
        told = _told(fields)
        expected = when.get(told.order) if told.kind == "sale" else steps.get(told.kind)
        if expected is not None:
            differences.same("event date", iso(expected), fields.get("EventDate"), str(told))


def _compare_gaps(held: Held, differences: Differences) -> None:
    """Nothing of a customer comes before the gap behind their sign-up has passed."""
    first: dict[str, float] = {}
    for each in held.requests:
        fields = each["fields"]
        who = fields.get("CustomerId", "")
        visit = fields.get("ActionTrackerId") == TRACKERS["visit"]
        if each["method"] != "POST" or each["status"] != 200 or visit:
            continue
        if fields.get("ActionTrackerId") == TRACKERS["signup"]:
            first.setdefault(who, each["at"])
        elif each["at"] - first.get(who, float("inf")) < GAP_S - 1:
            differences.note("gap", GAP_S, each["at"] - first.get(who, 0.0), str(_told(fields)))


def _counted(told: list[Told]) -> dict[str, int]:
    kinds = Counter(each.kind for each in told)
    return {f"reports {kind}": kinds[kind] for kind in TRACKERS}


def story_of(life: Life, moments: list[int], held: Held) -> list[tuple[str, str]]:
    """Tell one life as lines for people, by the day there: what the network heard and holds."""
    names = (life.name, life.network_click)
    own = [e for e in taken(held.requests) if _told(e).customer in names]
    told = [(each["EventDate"][:10], _told(each)) for each in own]
    lines = [(day, _words(each)) for day, each in told if each.kind != "sale"]
    sales = [(day, each) for day, each in told if each.kind == "sale"]
    gone = {each["Oid"] for each in held.actions if each["State"] == "REVERSED"}
    lines += [(day, _words(each)) for day, each in sales[:2] + sales[-1:]]
    for month, why in life.taken_back.items():
        order = life.invoice(month)
        end = "taken back there too" if order in gone else "NOT taken back there"
        lines.append((iso(moments[month] + DAY_S)[:10], f"{why} of the sale {order}: {end}"))
    return sorted(lines, key=lambda line: line[0])


def _words(told: Told) -> str:
    words = {
        "visit": "landed with its click",
        "signup": "signed up",
        "trialStart": "began a trial",
        "trialEnd": "ended the trial",
        "sale": f"paid {told.worth} ({told.order})",
    }
    return f"{words.get(told.kind, told.kind)}: told to the network"


def iso(at_s: int) -> str:
    """Write a second as the network is told it."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
