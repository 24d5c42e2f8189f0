"""Invoices, what pays them, and credit notes."""

import msgspec

from headwater.billing.model import Amount, Policy, Reason, Taxes
from headwater.billing.stripe.happened import Happened
from headwater.billing.stripe.model import Credited, Paid, Reading
from headwater.billing.stripe.people import (
    OWN,
    administrative,
    of_subscription,
    person,
    scope,
)
from headwater.billing.stripe.shape import (
    Object,
    amount,
    currency,
    dig,
    items,
    moment,
    needed,
    number,
    ref,
    strings,
    text,
)
from headwater.kit.money import share
from headwater.tracking import SaleCall

PROCESSOR = "stripe"
METADATA_MAX = 10_000


def paid(event: Happened, policy: Policy) -> Reading:
    """`invoice.paid` and `invoice.payment_succeeded` are one fact under the invoice's id. The
    second may tell of a part; then the invoice is still open.
    """
    invoice = event.object
    invoice_id = needed(text(invoice, "id"), "id")
    metadata = strings(invoice, "metadata")
    of_plan = of_subscription(invoice)
    who = person(invoice, metadata, of_plan)
    counted, gross = _amounts(invoice, policy)
    payments = _payments(invoice)
    links = tuple((each, invoice_id) for each in payments)
    if text(invoice, "status") not in (None, "paid"):
        return Reading(quiet=Reason.NOT_PAID, person=who, links=links)
    if counted <= 0 or gross <= 0:
        if given := _credits(event, invoice_id, policy):
            return Reading(credits=given)
        return Reading(quiet=Reason.NOTHING_PAID, person=who, links=links)
    subscription = _subscription(invoice)
    sale = SaleCall(
        at=moment(invoice, "status_transitions", "paid_at") or event.at,
        customer_external_id="",
        amount=counted,
        currency=currency(invoice),
        event_name=_event_name(invoice, subscription),
        payment_processor=PROCESSOR,
        invoice_id=invoice_id,
        metadata=said({**of_plan, **metadata}),
        customer_name=who.name,
        customer_email=who.email,
        plan=plan(invoice),
        subscription_id=subscription,
        scope=scope(metadata, of_plan),
        administrative=administrative(metadata, of_plan),
    )
    worth = Paid(sale=invoice_id, counted=counted, gross=gross, currency=sale.currency)
    return Reading(
        person=who, paid=worth, sale=sale, links=links, discounts=tuple(_discounts(invoice)),
        codes=tuple(codes_within(invoice)),
    )  # fmt: skip


def _credits(event: Happened, invoice_id: str, policy: Policy) -> tuple[Credited, ...]:
    """An invoice below zero gives to a balance what its prorations take off earlier invoices, and
    the balance pays the invoices that follow: those count, so what it came from no longer does.
    """
    total = amount(event.object, "total")
    if policy.amount is Amount.PAID or total >= 0:
        return ()
    parts: dict[str, int] = {}
    for line in items(event.object, "lines"):
        earlier, taken = _credited_invoice(line), -(number(line, "amount") or 0)
        if earlier is not None and taken > 0:
            parts[earlier] = parts.get(earlier, 0) + taken
    whole, sums, found = sum(parts.values()), 0, []
    for earlier, part in parts.items():
        before, sums = share(-total, sums, whole), sums + part
        found.append(
            Credited(
                sale=earlier,
                key=f"{invoice_id}:{earlier}",
                amount=share(-total, sums, whole) - before,
                at=moment(event.object, "status_transitions", "paid_at") or event.at,
                reason="proration",
            )
        )
    return tuple(each for each in found if each.amount > 0)


def _credited_invoice(line: Object) -> str | None:
    """Of which a proration gives a part back; it stood at the line before 2025-03-31."""
    own, way = dig(line, "parent"), ("proration_details", "credited_items", "invoice")
    found = ref(own, "subscription_item_details", *way) or ref(own, "invoice_item_details", *way)
    return found or ref(line, *way)


def unpaid(event: Happened, _: Policy) -> Reading:
    """A failed or voided invoice: whose it is may be news, and nothing else is."""
    metadata = strings(event.object, "metadata")
    who = person(event.object, metadata, of_subscription(event.object))
    return Reading(quiet=Reason.NOT_PAID, person=who)


def payment(event: Happened, _: Policy) -> Reading:
    """Which payment belongs to which invoice: said of itself since 2025-03-31, and before then by
    payment and charge.
    """
    own = event.object
    invoice = ref(own, "invoice")
    named = [ref(own, "payment", "payment_intent"), ref(own, "payment", "charge")]
    if own.get("object") != "invoice_payment":
        named = [text(own, "id"), ref(own, "payment_intent"), ref(own, "latest_charge")]
    links = tuple((each, invoice) for each in named if each and invoice)
    return Reading(quiet=Reason.NOTED if links else Reason.NO_INVOICE, links=links)


def credited(event: Happened, policy: Policy) -> Reading:
    """What a credit note gives back to a balance or outside of Stripe; a refund of the charge is
    told by the charge. Before the payment it lowered what the invoice was for.
    """
    note = event.object
    given = _given(note, policy)
    if given <= 0 or text(note, "status") == "void":
        return Reading(quiet=Reason.NOTED)
    return Reading(
        credit=Credited(
            sale=needed(ref(note, "invoice"), "invoice"),
            key=needed(text(note, "id"), "id"),
            amount=given,
            at=moment(note, "created") or event.at,
            reason=text(note, "reason"),
        )
    )


def _given(note: Object, policy: Policy) -> int:
    """Unreadable where an earlier version names a refund and a balance, and not how much is of
    which.
    """
    outside = number(note, "out_of_band_amount") or 0
    if policy.amount is Amount.PAID:
        return outside
    after = number(note, "post_payment_amount")
    if after is None:  # before 2025-03-31 a note was given either before or after the payment
        after = amount(note, "amount") if text(note, "type") == "post_payment" else 0
    refunded = sum(number(each, "amount_refunded") or 0 for each in items(note, "refunds"))
    if ref(note, "refund") is None or refunded:
        return after - refunded
    told = number(note, "refund", "amount")
    if told is None and ref(note, "customer_balance_transaction") is None:
        return outside
    return after - int(needed(told, "refunds"))


def _amounts(invoice: Object, policy: Policy) -> tuple[int, int]:
    """What the sale counts, and what was asked for it with taxes. Both include neither what a
    discount nor what a credit note took off before the payment.
    """
    total = amount(invoice, "total")
    gross = total - (number(invoice, "pre_payment_credit_notes_amount") or 0)
    if policy.amount is Amount.PAID:
        gross = amount(invoice, "amount_paid") or _outside(invoice)
    if policy.taxes is Taxes.INCLUDED or total <= 0 or gross <= 0:
        return gross, gross
    net = number(invoice, "total_excluding_tax")
    net = total - _taxes(invoice) if net is None else net
    return share(gross, min(max(net, 0), total), total), gross


def _outside(invoice: Object) -> int:
    """Paid by other means, and marked as paid by hand."""
    by_hand = number(invoice, "amount_due") if dig(invoice, "paid_out_of_band") is True else 0
    return number(invoice, "amount_paid_off_stripe") or by_hand or 0


def _taxes(invoice: Object) -> int:
    told = [number(each, "amount") or 0 for each in items(invoice, "total_taxes")]
    told = told or [number(each, "amount") or 0 for each in items(invoice, "total_tax_amounts")]
    return sum(told) if told else number(invoice, "tax") or 0


def _payments(invoice: Object) -> list[str]:
    found = [ref(invoice, "payment_intent"), ref(invoice, "charge")]
    for each in items(invoice, "payments"):
        found += [ref(each, "payment", "payment_intent"), ref(each, "payment", "charge")]
    return [each for each in dict.fromkeys(found) if each]


def _subscription(invoice: Object) -> str | None:
    found = ref(invoice, "parent", "subscription_details", "subscription")
    return found or ref(invoice, "subscription")


def _event_name(invoice: Object, subscription: str | None) -> str:
    if subscription is None:
        return "Purchase"
    first = text(invoice, "billing_reason") == "subscription_create"
    return "Subscription creation" if first else "Invoice paid"


def plan(invoice: Object) -> str | None:
    """The price of the first line that is no proration; else of the first line."""
    lines = list(items(invoice, "lines"))
    whole = [each for each in lines if not _is_proration(each)]
    return next((found for each in whole + lines if (found := price(each))), None)


def _is_proration(line: Object) -> bool:
    moved = dig(line, "parent", "subscription_item_details", "proration")
    return bool(moved or dig(line, "proration"))


def price(line: Object) -> str | None:
    """The id of the price, which stood elsewhere before 2025-03-31, and was a plan once."""
    found = ref(line, "pricing", "price_details", "price")
    return found or ref(line, "price") or ref(line, "plan")


def said(metadata: dict[str, str]) -> str | None:
    """The merchant's own words, as JSON; None where there are none, or more than is kept."""
    theirs = {k: v for k, v in metadata.items() if k not in OWN and not k.startswith("hw_")}
    encoded = msgspec.json.encode(theirs).decode()
    return encoded if theirs and len(encoded) <= METADATA_MAX else None


def _discounts(invoice: Object) -> list[str]:
    found = [ref({"of": each}, "of") for each in items(invoice, "discounts")]
    found.append(ref(invoice, "discount"))
    return [each for each in dict.fromkeys(found) if each]


def codes_within(of: Object) -> list[tuple[str, str]]:
    """Discounts that stand here whole, with the promotion code or coupon they are of."""
    whole = [each for each in items(of, "discounts") if isinstance(each, dict)]
    legacy = of.get("discount")
    whole += [legacy] if isinstance(legacy, dict) else []
    pairs = [(text(each, "id"), _code(each)) for each in whole]
    return [(discount, code) for discount, code in pairs if discount and code]


def _code(discount: Object) -> str | None:
    """A promotion code by its words or id, else the coupon."""
    found = text(discount, "promotion_code", "code") or ref(discount, "promotion_code")
    return found or ref(discount, "source", "coupon") or ref(discount, "coupon")
