"""Generated lives of paying customers, as the events Stripe sends of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from headwater.kit.clock import HOUR_US, SECOND_US
from tests.billing import shapes
from tests.billing.shapes import Json
from tests.order.perform import Place, click_id
from tests.order.world import START, Click, Hit, Lead

START_S = START // SECOND_US
DAY_S = 86_400
CLICK = "CLICK "
CURRENCIES = st.sampled_from(["usd", "usd", "eur", "jpy", "kwd"])
AMOUNTS = st.one_of(st.integers(1, 40), st.integers(41, 200_000))


@dataclass(slots=True)
class Life:
    """`who` is what the merchant calls them, None where nobody but Stripe has a name for them."""

    number: int
    click: Click | None
    who: str | None
    said_in: str
    led: bool = False  # the merchant's backend reported their lead itself
    events: list[Json] = field(default_factory=list)

    @property
    def customer(self) -> str:
        return f"cus_{self.number}"

    @property
    def ours(self) -> list[Hit | Lead]:
        """What reached us before by other ways."""
        if self.click is None:
            return []
        at = self.click.hour * HOUR_US
        hit = Hit(self.click, at, "human")
        return [hit, Lead(self.who, None, self.click, "Demo", at + 1)] if self.led else [hit]

    def add(self, kind: str, own: Json, at: int, **more: Any) -> None:
        self.events.append(shapes.event(kind, own, at, **more))


def named(life: Life) -> dict[str, str]:
    """What the merchant writes into metadata: the customer and the click, under one of the names
    that are in use.
    """
    words = {
        "ours": ("hw_customer", "hw_click"),
        "dub": ("dubCustomerExternalId", "dubClickId"),
        "older": ("dubCustomerId", "dub_id"),
        "rewardful": ("hw_customer", "referral"),
    }[life.said_in]
    said = {} if life.who is None else {words[0]: life.who}
    if life.click is not None and not life.led:
        said[words[1]] = f"{CLICK}{life.click.who}"
    return said


@st.composite
def lives(draw: st.DrawFn, number: int) -> Life:
    """Whose click it is, and who names the customer, is the same all life long."""
    click = None
    if draw(st.integers(0, 3)):
        click = Click(f"v{number}", draw(st.integers(0, 6)), START // HOUR_US + number)
    who = f"u_{number}" if click is None or draw(st.booleans()) else None
    said_in = draw(st.sampled_from(["ours", "dub", "older", "rewardful"]))
    led = click is not None and who is not None and draw(st.booleans())
    life = Life(number, click, who, said_in, led)
    at = START_S + DAY_S + draw(st.integers(0, 10)) * 3600
    metadata = named(life)
    life.add("customer.created", shapes.customer(life.customer), at)
    if draw(st.booleans()):
        _one_payment(draw, life, at + 60, metadata)
    else:
        _subscription(draw, life, at + 60, metadata)
    if draw(st.booleans()):
        named_later = shapes.customer(life.customer, metadata=metadata)
        life.add("customer.updated", named_later, at + 30)
    return life


def _one_payment(draw: st.DrawFn, life: Life, at: int, metadata: Json) -> None:
    total, tax = draw(AMOUNTS), draw(st.integers(0, 20))
    intent, late = f"pi_{life.number}", draw(st.booleans())
    said = {
        "amount_total": total,
        "currency": draw(CURRENCIES),
        "total_details": {"amount_tax": total * tax // 100},
        "payment_intent": intent,
        "metadata": metadata,
    }
    paid = shapes.session(f"cs_{life.number}", life.customer, **said)
    unpaid = paid | {"payment_status": "unpaid"}
    life.add("checkout.session.completed", unpaid if late else paid, at)
    if late:
        life.add("checkout.session.async_payment_succeeded", paid, at + DAY_S)
    of = str(said["currency"])
    _taken_back(draw, life, f"ch_{life.number}", intent, total, of, at + 2 * DAY_S)


def _subscription(draw: st.DrawFn, life: Life, at: int, metadata: Json) -> None:
    own, trial = f"sub_{life.number}", draw(st.sampled_from([0, 0, 14]))
    in_session = draw(st.booleans())
    of_plan = metadata if draw(st.booleans()) or not in_session else {}
    invoice = f"in_{life.number}_0"
    discount = draw(st.booleans())
    if discount:
        promo = f"promo_{life.number}"
        life.add("promotion_code.created", shapes.promotion_code(promo, "SPRING"), at - DAY_S)
        life.add("customer.discount.created", shapes.discount(f"di_{own}", promo), at)
    if in_session:
        session = shapes.session(
            f"cs_{life.number}", life.customer, mode="subscription", invoice=invoice,
            subscription=own, metadata=metadata, amount_total=0,
        )  # fmt: skip
        life.add("checkout.session.completed", session, at + 5)
    periods = draw(st.integers(1, 4))
    begin = at + trial * DAY_S
    state = {"metadata": of_plan, "start_date": at}
    if trial:
        state |= {"trial_start": at, "trial_end": begin}
        trialing = shapes.subscription(own, life.customer, "trialing", **state)
        life.add("customer.subscription.created", trialing, at + 1)
        life.add("customer.subscription.trial_will_end", trialing, begin - 3 * DAY_S)
        free = shapes.invoice(invoice, life.customer, 0, at, subscription=own, of_plan=of_plan)
        life.add("invoice.paid", free, at + 2)
    active = shapes.subscription(own, life.customer, "active", **state)
    life.add("customer.subscription.updated", active, begin + 1)
    for period in range(periods):
        when = begin + period * 30 * DAY_S
        number = period + 1 if trial else period
        _period(draw, life, own, number, when, of_plan, discounts=discount)
    if draw(st.booleans()):
        ended = begin + periods * 30 * DAY_S
        gone = {**state, "ended_at": ended}
        over = shapes.subscription(own, life.customer, "canceled", **gone)
        life.add("customer.subscription.deleted", over, ended)


def _period(
    draw: st.DrawFn, life: Life, own: str, number: int, at: int, of_plan: Json, *, discounts: bool
) -> None:
    invoice_id, intent = f"in_{life.number}_{number}", f"pi_{life.number}_{number}"
    total, rate = draw(AMOUNTS), draw(st.integers(0, 20))
    net, of = total - total * rate // 100, draw(CURRENCIES)
    given = {
        "subscription": own,
        "of_plan": of_plan,
        "currency": of,
        "total_excluding_tax": net,
        "discounts": [f"di_{own}"] if discounts else [],
    }
    paid = shapes.invoice(invoice_id, life.customer, total, at, **given)
    if draw(st.integers(0, 3)) == 0:
        life.add("invoice.payment_failed", paid | {"status": "open"}, at - 3600)
    life.add("invoice.paid", paid, at + 2)
    if draw(st.booleans()):
        life.add("invoice.payment_succeeded", paid, at + 3)
    life.add("invoice_payment.paid", shapes.invoice_payment(invoice_id, intent), at + 2)
    charge = f"ch_{life.number}_{number}"
    left = _taken_back(draw, life, charge, intent, total, of, at + DAY_S)
    if left and draw(st.integers(0, 3)) == 0:
        given_back, when = draw(st.integers(1, left)), at + 2 * DAY_S
        if draw(st.booleans()):
            note = shapes.credit_note(f"cn_{charge}", invoice_id, given_back, created=when)
            life.add("credit_note.created", note, when)
        else:
            below = shapes.below_zero(
                f"in_down_{charge}", life.customer, invoice_id, given_back, when
            )
            life.add("invoice.paid", below | {"currency": of}, when)


def _taken_back(
    draw: st.DrawFn, life: Life, charge: str, intent: str, total: int, of: str, at: int
) -> int:
    """In parts or whole, or nothing of it; returns what is left."""
    before = 0
    for number in range(draw(st.integers(0, 3))):
        if before == total:
            break
        after = draw(st.integers(before + 1, total))
        own = shapes.charge(charge, intent, total, after, currency=of)
        said = {"amount_refunded": before}
        life.add("charge.refunded", own, at + number, number=str(number), before=said)
        before = after
    if draw(st.integers(0, 3)) == 0:
        warned = shapes.fraud_warning(charge, intent)
        life.add("radar.early_fraud_warning.created", warned, at)
    return total - before


def with_clicks(event: Json, lives: Sequence[Life], place: Place) -> Json:
    """The same event, with the ids that clicks got in this store."""
    text = json.dumps(event)
    for life in lives:
        if life.click is not None:
            text = text.replace(f"{CLICK}{life.click.who}", click_id(place, life.click))
    made: Json = json.loads(text)
    return made
