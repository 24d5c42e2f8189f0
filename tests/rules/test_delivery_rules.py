"""What an answer means and when we try again. No database, no network."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.delivery import Due, Kind, Outcome, Verdict, rules, slots
from headwater.delivery.model import Dead, Delivered, Retry
from headwater.kit.clock import SECOND_US
from headwater.kit.targets import Cause

NOW = 1_700_000_000 * SECOND_US  # Tue, 14 Nov 2023 22:13:20 GMT
SCHEDULE = (5.0, 30.0, 120.0)
FAILED = Verdict(outcome=Outcome.RETRY, status=503, error="http_503")


def step(verdict=FAILED, failures=0, schedule=SCHEDULE, jitter=0):
    return rules.next_step(
        verdict, failures=failures, schedule_s=schedule, now_us=NOW, jitter=jitter
    )


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        *[(status, Outcome.DELIVERED) for status in (200, 201, 202, 204, 299)],
        *[(status, Outcome.RETRY) for status in (408, 425, 429, 500, 502, 503, 504, 599)],
        *[(status, Outcome.REFUSED) for status in (300, 301, 302, 400, 401, 404, 410, 413, 422)],
        (Cause.TIMEOUT, Outcome.RETRY),
        (Cause.REFUSED, Outcome.RETRY),
        (Cause.DNS, Outcome.RETRY),
        (Cause.TLS, Outcome.RETRY),
        (Cause.NETWORK, Outcome.RETRY),
        (Cause.TOO_LARGE, Outcome.RETRY),
        (Cause.PRIVATE_ADDRESS, Outcome.REFUSED),
        (Cause.BAD_URL, Outcome.REFUSED),
    ],
)
def test_what_each_answer_means_a79_a80_a81(answer, outcome):
    assert rules.judge(answer) is outcome


def test_waits_follow_the_schedule_then_the_delivery_is_dead():
    """P9."""
    waits = [5, 30, 120]
    for failures, wait in enumerate(waits):
        assert step(failures=failures) == Retry(at=NOW + wait * SECOND_US, failures=failures + 1)
    assert step(failures=3) == Dead(reason="schedule_exhausted: http_503")


def test_delivered_refused_and_abandoned_need_no_schedule():
    assert step(Verdict(outcome=Outcome.DELIVERED, status=200)) == Delivered()
    refused = Verdict(outcome=Outcome.REFUSED, status=404, error="http_404")
    assert step(refused) == Dead(reason="http_404")
    abandoned = Verdict(outcome=Outcome.ABANDONED, error="worker_stopped")
    assert step(abandoned, failures=2) == Retry(at=NOW, failures=2)


@given(jitter=st.integers(0, rules.JITTER_STEPS), failures=st.integers(0, 2))
def test_jitter_lengthens_a_wait_by_at_most_a_tenth(jitter, failures):
    taken = step(failures=failures, jitter=jitter)
    wait = SCHEDULE[failures] * SECOND_US
    assert isinstance(taken, Retry)
    assert NOW + wait <= taken.at <= NOW + wait * 1.1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", 0),
        ("999999", 86_400),
        ("9" * 40, 86_400),
        ("Tue, 14 Nov 2023 22:15:20 GMT", 120),
        ("Tue, 14 Nov 2023 22:13:20 GMT", 0),
        ("Tue, 14 Nov 2023 20:00:00 GMT", 0),
        ("Thu, 14 Nov 2199 22:13:20 GMT", 86_400),
        ("Tuesday, 14-Nov-23 22:15:20 GMT", 120),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_bounded(header, seconds):
    assert rules.retry_after_s(header, NOW, 86_400) == seconds


@given(st.text(max_size=60))
def test_no_retry_after_header_is_an_error(text):
    assert rules.retry_after_s(text, NOW, 60) in {None, *range(61)}


def test_the_next_attempt_comes_no_earlier_than_the_receiver_asks_a83():
    asked = Verdict(outcome=Outcome.RETRY, status=429, error="http_429", retry_after_s=120)
    assert step(asked) == Retry(at=NOW + 120 * SECOND_US, failures=1)
    impatient = Verdict(outcome=Outcome.RETRY, status=429, error="http_429", retry_after_s=1)
    assert step(impatient) == Retry(at=NOW + 5 * SECOND_US, failures=1)


@pytest.mark.parametrize(
    ("status", "wait", "until"),
    [
        (429, 120, NOW + 120 * SECOND_US),
        (503, 7, NOW + 7 * SECOND_US),
        *[(429, None, None), (429, 0, None), (500, 120, None), (200, 120, None)],
    ],
)
def test_a_throttling_receiver_gets_nothing_else_meanwhile_a83(status, wait, until):
    verdict = Verdict(outcome=Outcome.RETRY, status=status, retry_after_s=wait)
    assert rules.pause_until(verdict, NOW) == until


LIMITS = slots.Limits(total=64, per_webhook=16)


def due(*names, kind=Kind.WEBHOOK, failing=0, per_hour=None, spent_until=0):
    return [
        Due(
            destination_id=name,
            kind=kind,
            failing=failing,
            per_hour=per_hour,
            spent_until=spent_until,
        )
        for name in names
    ]


def test_slots_are_dealt_one_each_in_turn():
    limits = slots.Limits(total=7, per_webhook=4)
    lanes = {name: slots.Lane(prompt=True) for name in "abc"}
    assert slots.fair_shares(due("a", "b", "c"), lanes, limits) == {"a": 3, "b": 2, "c": 2}


def test_one_webhook_never_gets_more_than_its_share():
    lanes = {"a": slots.Lane(under_way=10, prompt=True)}
    assert slots.fair_shares(due("a"), lanes, LIMITS) == {"a": 6}
    lanes["a"].under_way = 16
    assert slots.fair_shares(due("a"), lanes, LIMITS) == {}


def test_hanging_webhooks_leave_half_of_all_slots_to_prompt_ones():
    hanging = [f"h{number:02}" for number in range(40)]
    first = slots.fair_shares(due(*hanging), {}, LIMITS)
    assert sum(first.values()) == 32
    lanes = {name: slots.Lane(under_way=share) for name, share in first.items()}
    lanes["good"] = slots.Lane(prompt=True)
    assert slots.fair_shares(due(*hanging, "good"), lanes, LIMITS) == {"good": 16}


@pytest.mark.parametrize("prompt", [True, False])
@pytest.mark.parametrize("names", [4, 5, 40])
def test_some_that_begin_to_hang_together_leave_a_slot_for_every_other(names, prompt):
    """However long their queues, and whether they were prompt until then or unknown."""
    hanging = [f"h{number:02}" for number in range(names)]
    lanes = {name: slots.Lane(prompt=prompt) for name in hanging}
    for _ in range(20):
        for name, share in slots.fair_shares(due(*hanging), lanes, LIMITS).items():
            lanes[name].under_way += share
    shares = slots.fair_shares(due(*hanging, "new", "quiet"), lanes, LIMITS)
    assert shares == ({"new": 1, "quiet": 1} if prompt or names < 32 else {})
    lanes["quiet"] = slots.Lane(prompt=True)
    assert slots.fair_shares(due(*hanging, "quiet"), lanes, LIMITS)["quiet"] >= 1


def test_a_prompt_one_is_found_behind_however_many_that_hang():
    hanging = [f"h{number:03}" for number in range(200)]
    lanes = {name: slots.Lane(under_way=1) for name in hanging[:32]}
    lanes["quiet"] = slots.Lane(prompt=True)
    assert slots.fair_shares(due(*hanging, "quiet"), lanes, LIMITS) == {"quiet": 16}


@given(
    names=st.lists(st.sampled_from("abcdefgh"), unique=True),
    under_way=st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 4)),
    prompt=st.sets(st.sampled_from("abcdefgh")),
)
def test_shares_stay_within_every_limit(names, under_way, prompt):
    limits = slots.Limits(total=12, per_webhook=4)
    lanes = {
        name: slots.Lane(under_way=count, prompt=name in prompt)
        for name, count in under_way.items()
    }
    shares = slots.fair_shares(due(*names), lanes, limits)
    before = sum(under_way.values())
    assert before + sum(shares.values()) <= max(12, before)
    assert all(under_way.get(name, 0) + share <= 4 for name, share in shares.items())
    assert set(shares) <= set(names)


@pytest.mark.parametrize(("after", "order"), [("", "abc"), ("a", "bca"), ("zzz", "abc")])
def test_turns_go_on_behind_the_destination_served_last(after, order):
    turns = slots.rotated(due("c", "a", "b"), after)
    assert [each.destination_id for each in turns] == list(order)
