"""Every reason is a member of a closed list and has words: a stored receipt is read for ever."""

import ast
import re
from typing import Any

import pytest

from headwater import receipts
from headwater.attribution import Reason, ruling
from headwater.commissions import OwedReason
from headwater.programs import Model
from headwater.receipts import (
    Considered,
    DisputeReason,
    Owing,
    ProgramTerms,
    Reasoning,
    Receipt,
    RefundReason,
    reason_of_dispute,
    reason_of_refund,
)
from tests.tidy.source import REPO, modules

NOBODY = Reason.NO_TOUCH_QUALIFIED
WON = {ruling(model).won for model in Model}
OWING = Owing(amount=100, currency="usd", commission_id="cm_1", reward_id="rw_1")
OF_REFUNDS = sorted(set(RefundReason) - {RefundReason.FOLLOWS_THE_SALE})
RULES = (REPO / "docs" / "reference" / "rules.md").read_text()


def said(kind: str = "sale", partner: str | None = None, **changes: Any) -> str:
    """What a receipt with these reasons says."""
    reasons = {
        "rule_version": "1",
        "program": ProgramTerms(id="prog_1", attribution_model="last", window_days=30),
        "considered": [],
        "winner_click_id": None,
        "winner_link_id": None,
        "credit": NOBODY if kind not in ("refund", "dispute") else RefundReason.FOLLOWS_THE_SALE,
        "owed": None,
        "owed_reason": OwedReason.NOBODY_CREDITED,
        "flags": [],
        "amount": 500,
        "currency": "usd",
        "sale_id": "sale_1",
    } | changes
    receipt = Receipt(
        id="rcp_1",
        kind=kind,
        conversion_id="c_1",
        customer_id="cus_1",
        link_number=1,
        program_id=None,
        partner_id=partner,
        restatable=False,
        reasoning=Reasoning(**reasons),
        decided_at=0,
    )
    return "\n".join(receipts.sentences(receipt))


def clicked(reason: Reason) -> str:
    entry = Considered(
        click_id="click_1",
        clicked_at=0,
        link_id="link_1",
        partner_id="pn_1",
        verdict="won" if reason in WON else "lost",
        reason=reason.value,
    )
    return said(considered=[entry])


def owed(reason: str, kind: str = "sale") -> list[str]:
    """With and without money: a reason has words for one of the two."""
    found = []
    for owing in (OWING, None):
        try:
            found.append(said(kind, owed=owing, owed_reason=reason))
        except KeyError:
            continue
    return found


def test_every_reason_of_a_click_has_words_of_its_own():
    told = {reason: clicked(reason) for reason in set(Reason) - {NOBODY}}
    assert len(set(told.values())) == len(told)


def test_every_model_has_words_for_its_winner():
    told = set()
    for model in Model:
        terms = ProgramTerms(id="prog_1", attribution_model=model.value, window_days=30)
        told.add(said(partner="pn_1", program=terms, credit=ruling(model).won))
    assert len(told) == len(Model)


def test_nobody_has_words():
    assert "Nobody is credited" in said(credit=NOBODY)


@pytest.mark.parametrize("reason", OwedReason)
def test_every_reason_to_owe_has_words(reason):
    assert len(owed(reason)) == 1


@pytest.mark.parametrize("reason", OF_REFUNDS)
def test_every_reason_of_a_refund_has_words(reason):
    assert len(owed(reason, "refund")) == 1


@pytest.mark.parametrize("reason", DisputeReason)
def test_every_reason_of_a_dispute_has_words(reason):
    assert len(owed(reason, "dispute")) == 1


def test_no_two_reasons_to_owe_have_the_same_words():
    told = [owed(each)[0] for each in (*OwedReason, *OF_REFUNDS, *DisputeReason)]
    assert len(set(told)) == len(told)


def test_a_refund_names_the_sale_whose_credit_it_follows():
    told = said("refund", owed_reason=RefundReason.NO_COMMISSION)
    assert " of sale sale_1 " in told
    assert "credited" not in told


@pytest.mark.parametrize("reason", RefundReason)
def test_the_page_has_every_reason_of_a_refund(reason):
    assert f"`{reason.value}`" in RULES.partition("## What a refund takes back")[2]


@pytest.mark.parametrize(
    ("earned", "taken_back", "disputed", "reason"),
    [
        (False, 0, False, "refund_no_commission"),
        (True, 0, False, "refund_rounds_to_zero"),
        (True, 0, True, "refund_after_dispute"),
        (True, 1, False, "refund_in_proportion"),
        (True, 1, True, "refund_in_proportion"),
    ],
)
def test_why_a_refund_takes_back_what_it_takes_back(earned, taken_back, disputed, reason):
    assert reason_of_refund(earned, taken_back, disputed=disputed) == reason


@pytest.mark.parametrize(
    ("earned", "taken_back", "reason"),
    [
        (False, 0, "dispute_no_commission"),
        (True, 0, "dispute_nothing_left"),
        (True, 1, "dispute_in_full"),
    ],
)
def test_why_a_dispute_takes_back_what_it_takes_back(earned, taken_back, reason):
    assert reason_of_dispute(earned, taken_back) == reason


def test_no_receipt_is_given_a_reason_that_is_in_no_list():
    """`credit` and `owed_reason` come from an enum, never from a word in quotes."""
    quoted = [
        f"{module.at(node)}: {ast.unparse(keyword.value)}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Reasoning")
        for keyword in node.keywords
        if keyword.arg in {"credit", "owed_reason"} and re.search(r"['\"]", ast.unparse(keyword))
    ]
    assert quoted == [], "name it in attribution.Reason, commissions.OwedReason or RefundReason"
