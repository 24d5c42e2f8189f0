"""What is made of objects and tables that Stripe exports, and what of them is not believed."""

from typing import Any

import pytest

from headwater import billing
from headwater.billing import BadTable, Mode, payments
from headwater.runtime import App
from tests.billing import shapes
from tests.billing.deliver import Till, open_till
from tests.billing.test_apply import AT, came, take
from tests.billing.test_reconcile import compared, invoice, refund

HEADER = "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Status,Invoice ID"


@pytest.fixture
def till(app: App) -> Till:
    opened = open_till(app)
    came(opened, "u_1")
    return opened


def test_objects_of_the_other_mode_are_not_for_these_books() -> None:
    told = billing.exported([invoice(1) | {"livemode": False}, invoice(2)], Mode.LIVE)
    assert (len(told.events), told.other_mode) == (1, 1)
    assert billing.exported([invoice(1) | {"livemode": True}], Mode.TEST).other_mode == 1


def test_what_says_nothing_to_compare_is_counted() -> None:
    others = [shapes.customer("cus_1"), shapes.customer("cus_2"), {"id": "x"}]
    told = billing.exported([*others, invoice(1) | {"status": "open"}], Mode.LIVE)
    assert (told.events, told.passed_over) == ((), {"customer": 2, "unnamed": 1})


def test_an_object_that_cannot_be_read_is_told_and_not_passed_over(till: Till) -> None:
    odd = invoice(1) | {"currency": None}
    assert compared(till, [odd]) == [("unreadable", "invoice", "in_1 (currency)", None, None)]


def test_some_refunds_of_a_charge_are_never_booked_over_the_others(till: Till) -> None:
    """Whoever exports one month has not those of the month before."""
    take(till, "invoice.paid", invoice(1))
    take(till, "invoice_payment.paid", shapes.invoice_payment("in_1", "pi_1"))
    for before, after in ((0, 300), (300, 800)):
        own = shapes.charge("ch_1", "pi_1", 2900, after)
        said = {"amount_refunded": before}
        take(till, "charge.refunded", own, before=said, number=str(after))
    alone = refund(1, 500, "b", AT + 9)
    assert compared(till, [alone]) == [("different", "refund", "ch_1:500", 431, 689)]
    whole = shapes.charge("ch_1", "pi_1", 2900, 800)
    assert compared(till, [alone | {"charge": whole}]) == [], "the charge tells the sum"
    more = shapes.charge("ch_1", "pi_1", 2900, 2900)
    assert compared(till, [more]) == [("different", "refund", "ch_1", 2500, 689)]


def test_credit_notes_are_compared_too(till: Till) -> None:
    take(till, "invoice.paid", invoice(1))
    note = shapes.credit_note("cn_1", "in_1", 1160)
    assert compared(till, [note]) == [("missing", "refund", "cn_1", 1000, None)]
    take(till, "credit_note.created", note)
    assert compared(till, [note]) == []


def row(own: str, **fields: Any) -> str:
    values = {
        "amount": '"1,029.00"', "refunded": "0.00", "currency": "usd", "captured": "true",
        "status": "Paid", "invoice": "in_1",
    } | fields  # fmt: skip
    return f"{own},2026-03-01 12:00:00,{','.join(values.values())}"


def table(*rows: str) -> list[dict[str, Any]]:
    return list(payments("\n".join([HEADER, *rows])))


def test_a_table_of_payments_becomes_charges() -> None:
    told = table(
        row("ch_1"),
        row("pi_2", amount="500", currency="JPY", refunded="20", invoice=""),
        row("ch_3", captured="false"),
        row("ch_4", status="Failed"),
        row("ch_5", amount="5.120", currency="kwd"),
    )
    found = [(each["id"], each["amount"], each["amount_refunded"]) for each in told]
    assert found == [("ch_1", 102_900, 0), ("pi_2", 500, 20), ("ch_5", 5120, 0)]
    assert [each["payment_intent"] for each in told] == [None, "pi_2", None]
    assert {each["created"] for each in told} == {1_772_366_400}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,Amount\n", "no column Amount Refunded, Currency"),
        ("", "no column"),
        (f"{HEADER}\n{row('ch_1', amount='12.345')}", "line 2 has '12.345' where an amount"),
        (f"{HEADER}\n{row('ch_1', amount='NaN')}", "line 2 has 'NaN'"),
        (f"{HEADER}\nch_1,yesterday,1,0,usd,true,Paid,in_1", "line 2 has 'yesterday'"),
        (f'{HEADER}\nch_1,"', "no row of a table"),
        (f"{HEADER}\nch_1,2026-03-01 12:00:00", "line 2 has not as many fields"),
    ],
)
def test_a_table_that_is_another_or_odd_is_refused_with_the_line(text: str, said: str) -> None:
    with pytest.raises(BadTable, match=said.replace("(", r"\(")):
        list(payments(text))


def test_a_table_shows_what_is_missing_and_heals_nothing(till: Till) -> None:
    take(till, "invoice.paid", invoice(1))
    told = table(
        row("ch_1", amount="29.00", refunded="29.00", status="Refunded"),
        row("ch_2", amount="29.00", invoice="in_2"),
        row("ch_3", amount="29.00", invoice=""),
    )
    assert compared(till, told) == [
        ("missing", "sale", "in_2", 2900, None),
        ("missing", "refund", "ch_1", 2500, None),
    ]
    found = billing.exported(told, Mode.LIVE)
    assert found.events == ()
