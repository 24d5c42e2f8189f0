"""What a network is told of a fact, and why not: no store, no network, no clock."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.attribution import Attribution
from headwater.customers import Customer
from headwater.kit.clock import MINUTE_US
from headwater.reports import Reportable, payload
from headwater.reports.impact import decimal
from headwater.reports.model import ImpactSettings, Reason, Snapshot
from headwater.reports.rules import Facts, Report, Skip, decide, hashed, meant

CUSTOMER = Customer(
    id="cus_1",
    external_id="u1",
    name=None,
    email="a@b.test",
    avatar=None,
    sales=0,
    sale_amount=0,
    first_sale_at=None,
    created_at=1,
)
PART = {"kind": "reversal", "cause": "refund", "whole": False}
LEFT = ImpactSettings(partial_refunds="leave")
KNOWN = Attribution(
    provider="impact", identifier="im", parameter="im_ref", touched_at=1, created_at=2
)


def decided(attribution=KNOWN, settings=None, reported=True, reversed_=False, denied=(), **fact):
    given = {"kind": "sale", "fact_id": "sale_1", "customer": CUSTOMER, "at": 9}
    money = {"amount": 100, "currency": "usd", "sale_id": "sale_1"}
    settings = settings or ImpactSettings()
    return decide(
        Facts(
            fact=meant(Reportable(**given | money | fact), settings),
            settings=settings,
            attribution=attribution,
            sharing_denied="sharing" in denied,
            personal_denied="personal" in denied,
            sale_reported=reported,
            sale_reversed=reversed_,
        )
    )


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (
            {"kind": "subscription_start", "administrative": True},
            Reason.NOT_REPORTED_KIND,
        ),
        (
            {"administrative": True, "scope": "organization", "attribution": None},
            Reason.ADMINISTRATIVE,
        ),
        ({"scope": "organization", "attribution": None}, Reason.ORGANIZATION),
        ({"attribution": None, "denied": ("sharing",), "amount": 0}, Reason.NO_ATTRIBUTION),
        ({"denied": ("sharing",), "amount": 0}, Reason.SHARING_DENIED),
        ({"amount": 0}, Reason.ZERO_AMOUNT),
        ({"amount": None}, Reason.ZERO_AMOUNT),
        ({"kind": "reversal", "reported": False, "cause": "refund"}, Reason.SALE_NOT_REPORTED),
        (
            {
                "kind": "reversal",
                "cause": "refund",
                "whole": False,
                "settings": ImpactSettings(reverse_refunds=False),
            },
            Reason.REFUNDS_STAY,
        ),
        (PART | {"reported": False, "reversed_": True}, Reason.SALE_NOT_REPORTED),
        (PART | {"settings": LEFT, "reversed_": True}, Reason.PARTIAL_REFUND),
        (PART | {"reversed_": True}, Reason.ALREADY_REVERSED),
    ],
)
def test_reasons_in_the_order_of_the_checks(case, reason):
    found = decided(**case)
    assert isinstance(found, Skip)
    assert found.reason is reason


@pytest.mark.parametrize(
    ("fact", "key", "parent", "gap", "settled"),
    [
        ({"kind": "signup", "fact_id": "mst_1"}, "signup:cus_1", None, 0, False),
        ({"kind": "trial_start", "fact_id": "m"}, "trial_start:m", "signup:cus_1", 5, False),
        ({"kind": "trial_end", "fact_id": "m"}, "trial_end:m", "signup:cus_1", 5, False),
        ({}, "sale:sale_1", "signup:cus_1", 5, False),
        ({"kind": "reversal", "fact_id": "d"}, "reversal:sale_1", "sale:sale_1", 0, True),
        (PART | {"fact_id": "rfd_1"}, "correction:sale_1", "sale:sale_1", 0, True),
    ],
)
def test_what_each_fact_is_told_under_and_hangs_on_a54_a55_a58_a91(fact, key, parent, gap, settled):
    found = decided(**fact)
    assert isinstance(found, Report)
    assert found.natural_key == key
    if parent is None:
        assert found.parent is None
    else:
        told = found.parent
        assert (told.natural_key, told.gap_us, told.settled) == (parent, gap * MINUTE_US, settled)


@pytest.mark.parametrize(
    ("ref", "order"),
    [
        ("inv_1", "inv_1"),
        (None, "sale_1"),
        ("", "sale_1"),
        ("x" * 64, "x" * 64),
        ("x" * 65, "sale_1"),
    ],
)
def test_a_sale_and_its_reversal_have_one_order_id_a47(ref, order):
    assert decided(order_ref=ref).snapshot.order_id == order
    reversal = decided(kind="reversal", fact_id="dsp_1", order_ref=ref)
    assert reversal.snapshot.order_id == order
    assert reversal.snapshot.customer_id is None
    correction = decided(order_ref=ref, **PART | {"fact_id": "rfd_1"})
    assert (correction.snapshot.order_id, correction.snapshot.customer_id) == (order, None)


def test_a_person_who_wants_no_hash_told_has_none_told():
    assert decided().snapshot.customer_email == hashed("a@b.test")
    assert decided(denied=("personal",)).snapshot.customer_email is None


@pytest.mark.parametrize("email", [None, "", "  "])
def test_nothing_is_no_hash_a19(email):
    assert hashed(email) is None


@given(amount=st.integers(0, 10**12), currency=st.sampled_from(["usd", "jpy", "kwd", "clf"]))
def test_money_is_a_plain_decimal_a42(amount, currency):
    whole, _, minor = decimal(amount, currency).partition(".")
    assert whole.isdecimal()
    assert len(minor) == (0 if currency == "jpy" else 2)


@given(
    kind=st.sampled_from(["signup", "trial_start", "trial_end", "sale", "reversal", "other"]),
    amount=st.none() | st.integers(-10, 10**12),
    texts=st.lists(st.none() | st.text(max_size=80), min_size=5, max_size=5),
)
def test_no_fact_makes_the_rule_fail_and_what_is_told_can_be_sent_a75(kind, amount, texts):
    """The sale is in the same transaction, so this must not raise."""
    plan, promo, order, identifier, email = texts
    customer = msgspec.structs.replace(CUSTOMER, email=email, external_id=order or "u")
    known = msgspec.structs.replace(KNOWN, identifier=identifier or "")
    found = decided(
        attribution=known,
        kind=kind,
        customer=customer,
        amount=amount,
        plan=plan,
        promo_code=promo,
        order_ref=order,
    )
    if isinstance(found, Report):
        body = msgspec.json.encode(found.snapshot).decode()
        assert msgspec.json.decode(body, type=Snapshot) == found.snapshot
        assert payload("{}", body)
