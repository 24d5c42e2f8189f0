"""Answers no network should give: each is the trouble of its own report, and of no other."""

import pytest
from aiohttp import web

from headwater.delivery import State
from headwater.sandbox import Standin

DEEP = b"[" * 50_000


def says(desk, monkeypatch, answer):
    """The stand-in's answers go through `answer(request, body)`."""
    plain = Standin._answer

    def said(self, request, fields):
        given = plain(self, request, fields)
        return web.Response(
            body=answer(request, given.body), content_type="application/json", status=given.status
        )

    monkeypatch.setattr(Standin, "_answer", said)


def padded(_request, body):
    """Longer than what is read of a webhook's answer."""
    return b'{"Echo": "' + b"x" * 20_000 + b'", ' + body[1:]


def test_a_long_answer_is_read_to_its_name_a84(desk, monkeypatch):
    desk.connect()
    says(desk, monkeypatch, padded)
    desk.sell(desk.customer(), order_ref="inv_1")
    desk.work()
    desk.clock.move(300)
    desk.work()
    assert desk.one("sale").state is State.DELIVERED
    desk.settle_all()
    assert desk.one("sale").submission.settlement.value == "accepted"


def test_an_answer_nobody_can_read_is_as_good_as_none_a84(desk, monkeypatch):
    """It was taken, so it is not sent again by itself."""
    desk.connect()
    desk.sell(desk.customer(), order_ref="inv_1")
    desk.work()
    says(desk, monkeypatch, lambda *_: DEEP)
    desk.clock.move(300)
    desk.work()
    assert (desk.one("sale").state, desk.one("sale").last_error) == (State.DEAD, "no_reference")


@pytest.mark.parametrize(
    ("odd", "settlement", "reason"),
    [
        (DEEP, "pending", None),
        (b'{"Status": "COMPLETED", "ErrorReason": "NO\\u0000\\u001bPE"}', "refused", "NO PE"),
    ],
)
def test_one_odd_word_holds_up_no_other_report_a86(desk, monkeypatch, odd, settlement, reason):
    desk.connect()
    for click in ("im-a", "im-b", "im-c"):
        desk.plan("signup", desk.customer(click))
    desk.work()
    first = desk.deliveries()[0]
    says(
        desk,
        monkeypatch,
        lambda request, body: odd if first.submission.reference in request.path else body,
    )
    desk.settle_all()
    found = {each.id: each.submission for each in desk.deliveries()}
    told = found.pop(first.id)
    assert (told.settlement.value, told.reason) == (settlement, reason)
    assert {each.settlement.value for each in found.values()} == {"accepted"}
