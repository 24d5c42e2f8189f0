"""Ranges, turns and answers of a network's list: no store, no network, no clock."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.cli.reconcile_impact import _line, _tell
from headwater.delivery import State, Told, rules
from headwater.kit.clock import DAY_US, HOUR_US, SECOND_US, from_iso, iso_ms
from headwater.kit.money import minor
from headwater.kit.targets import Answer, Cause
from headwater.reports import Action, Difference, Kind
from headwater.reports.impact import decimal
from headwater.reports.listing import By, Failed, Page, Throttled, halves, hear, windows

NOW = 1_780_000_000 * SECOND_US


@given(first=st.integers(0, 10**16), length=st.integers(0, 1100 * DAY_US))
def test_ranges_are_no_longer_than_the_network_takes_and_leave_nothing_out(
    first: int, length: int
) -> None:
    made = list(windows(By.EVENT, first, first + length))
    assert (made[0].first, made[-1].last) == (first, first + length)
    for each, after in pairwise(made):
        assert after.first == each.last + 1
    assert all(each.last - each.first <= 45 * DAY_US for each in made)
    for each in made:
        parts = halves(each) or [each]
        assert (parts[0].first, parts[-1].last) == (each.first, each.last)


@given(
    per_hour=st.integers(1, 100_000),
    spent=st.integers(NOW - HOUR_US, NOW + 2 * HOUR_US),
)
def test_a_turn_comes_when_it_is_said_and_no_sooner(per_hour: int, spent: int) -> None:
    wait = rules.spare_in(per_hour, spent, NOW)
    assert rules.spare(per_hour, spent, NOW + wait) > 0
    assert wait == 0 or rules.spare(per_hour, spent, NOW + wait - 1) <= 0


@given(amount=st.integers(0, 10**12), currency=st.sampled_from(["usd", "jpy", "kwd"]))
def test_an_amount_that_is_told_reads_back_as_it_was_told_a42(amount: int, currency: str) -> None:
    back = minor(decimal(amount, currency), currency)
    assert back == amount if currency != "kwd" else back is not None
    assert back is not None
    assert abs(back - amount) <= 5


@pytest.mark.parametrize(
    ("text", "amount"),
    [("29.00", 2900), ("29", 2900), ("29.005", 2901), ("-1.5", -150), ("", None), ("1,5", None),
     ("1e3", None), ("--1", None), (".5", None)],
)  # fmt: skip
def test_a_decimal_is_read_exactly_or_not_at_all(text: str, amount: int | None) -> None:
    assert minor(text, "usd") == amount


def answer(said: object, status: int = 200, **limits: str) -> Answer:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return Answer(status=status, retry_after=None, body_excerpt=body, **limits)


ACTION = {"id": "1.2.3", "ActionTrackerID": 2004, "State": "pending", "OID": "in_1"}
ACTION |= {"Amount": 29.1, "Currency": "USD", "EventDate": iso_ms(NOW), "LockingDate": ""}


def test_names_in_any_case_numbers_in_any_form_and_a_single_action_are_read() -> None:
    for listed in ([ACTION], ACTION):
        page = hear(answer({"@numPages": 1, "@Total": "1", "actions": listed}), NOW, 60)
        assert isinstance(page, Page)
        (found,) = page.actions
        assert (found.tracker, found.state, found.order_id) == ("2004", "PENDING", "in_1")
        assert (found.amount, found.currency, found.event_at) == (2910, "usd", NOW)
        assert found.locks_at is None


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (answer({"@total": "0"}), Page(actions=(), pages=1, total=0)),
        (
            answer({"@total": "0"}, limit_left="0", limit_reset="9"),
            Page(actions=(), pages=1, total=0, rest_s=9),
        ),
        (answer({}), Failed(reason="unreadable")),
        (answer(b"<html>"), Failed(reason="unreadable")),
        (answer({"Actions": [{"Id": "x"}]}), Failed(reason="unreadable")),
        (answer({"Actions": ["x"]}), Failed(reason="unreadable")),
        (answer({"Status": "ERROR"}), Failed(reason="http_200", narrow=True)),
        (answer({}, 400), Failed(reason="http_400", narrow=True)),
        (answer({}, 401), Failed(reason="http_401")),
        (answer({}, 503), Failed(reason="http_503", again=True)),
        (
            answer({"Actions": [], "@numpages": "11"}),
            Failed(reason="too_many_pages", narrow=True),
        ),
        (answer({}, 429, limit_reset="30"), Throttled(wait_s=30)),
        (answer({}, 429), Throttled(wait_s=60)),
        (Cause.TOO_LARGE, Failed(reason="too_large", narrow=True)),
        (Cause.TIMEOUT, Failed(reason="timeout", again=True)),
    ],
)
def test_what_each_answer_means(said: Any, outcome: object) -> None:
    """What names no actions is no empty list: what is missing would be sent again."""
    assert hear(said, NOW, 3600) == outcome


def test_a_line_says_both_sides_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    locks_at = from_iso("2026-03-01T00:00:00Z")
    action = Action(
        id="1000.2004.1", tracker="2004", order_id="in_1", state="PENDING", amount=2900,
        currency="usd", event_at=locks_at, locks_at=locks_at,
    )  # fmt: skip
    both = Difference(
        kind=Kind.DIFFERENT, order_id="in_1", ours=2000, currency="usd", action=action,
        reason="ACTION_LOCKED",
    )  # fmt: skip
    there = Difference(kind=Kind.ABOUT_TO_LOCK, order_id="in_1", action=action)
    told = Told(
        delivery_id="dlv_2", state=State.DELIVERED, attempts=1, last_error=None, delivered_at=NOW,
        settlement=None, reason=None,
    )  # fmt: skip
    here = Difference(kind=Kind.NOT_RECEIVED, order_id="in_2", ours=2000, currency="jpy", told=told)
    _tell([here, both, there], {"dlv_2"}, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "not_received    in_2  2000 JPY | -  sent again",
        "different       in_1  20.00 USD | 29.00 USD pending locks 2026-03-01  ACTION_LOCKED",
        "about_to_lock   in_1  - | 29.00 USD pending locks 2026-03-01",
        "2 differences, 1 sent again; 1 about to lock",
    ]


def test_what_others_named_does_not_speak_to_the_terminal() -> None:
    there = Action(
        id="1", tracker="2004", order_id="a\x1b[2Jb\nc", state="PENDING\r", amount=100,
        currency="usd", event_at=0, locks_at=None,
    )  # fmt: skip
    extra = Difference(kind=Kind.EXTRA, order_id=there.order_id, action=there, reason="not_told")
    assert _line(extra, set()) == "extra           a?[2Jb?c  - | 1.00 USD pending?  not_told"


@given(
    per_hour=st.integers(4, 100_000),
    spent=st.integers(NOW - HOUR_US, NOW + 2 * HOUR_US),
)
def test_visits_leave_room_to_questions_and_both_to_what_earns_a25(
    per_hour: int, spent: int
) -> None:
    """Each may take less than what goes before it."""
    left_over = rules.left_over(per_hour, spent, NOW)
    spare, allowed = rules.spare(per_hour, spent, NOW), rules.allowed(per_hour, spent, NOW)
    assert left_over <= spare <= allowed
    assert per_hour < 40 or left_over < spare < allowed
