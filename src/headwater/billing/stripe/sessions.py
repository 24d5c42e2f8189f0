"""Checkout sessions, customers and promotion codes."""

from headwater.billing.model import Policy, Reason, Taxes
from headwater.billing.stripe.happened import Happened
from headwater.billing.stripe.invoices import PROCESSOR, codes_within, said
from headwater.billing.stripe.model import Paid, Person, Reading
from headwater.billing.stripe.people import administrative, person, scope
from headwater.billing.stripe.shape import (
    Object,
    amount,
    currency,
    dig,
    items,
    needed,
    number,
    ref,
    strings,
    text,
)
from headwater.kit.money import share
from headwater.tracking import SaleCall

PURCHASE = "Purchase"


def completed(event: Happened, policy: Policy) -> Reading:
    """A payment without an invoice is the sale; with one, the invoice is. Also for payments that
    succeed later (`checkout.session.async_payment_succeeded`).
    """
    session = event.object
    metadata = strings(session, "metadata")
    who = person(session, metadata, reference=text(session, "client_reference_id"))
    invoice, intent = ref(session, "invoice"), ref(session, "payment_intent")
    codes = tuple(_codes(session, invoice))
    if invoice is not None or dig(session, "invoice_creation", "enabled") is True:
        links = ((intent, invoice),) if intent and invoice else ()
        return Reading(quiet=Reason.COUNTED_BY_INVOICE, person=who, links=links, codes=codes)
    if text(session, "mode") != "payment" or text(session, "payment_status") != "paid":
        return Reading(quiet=Reason.NOT_PAID, person=who, codes=codes)
    return _payment(event, policy, who, metadata)


def failed(event: Happened, _: Policy) -> Reading:
    metadata = strings(event.object, "metadata")
    reference = text(event.object, "client_reference_id")
    return Reading(
        quiet=Reason.NOT_PAID, person=person(event.object, metadata, reference=reference)
    )


def _payment(event: Happened, policy: Policy, who: Person, metadata: dict[str, str]) -> Reading:
    session = event.object
    counted, gross, of = _amounts(session, policy)
    if counted <= 0:
        return Reading(quiet=Reason.NOTHING_PAID, person=who)
    key = ref(session, "payment_intent") or needed(text(session, "id"), "id")
    lines = list(items(session, "line_items"))
    sale = SaleCall(
        at=event.at,
        customer_external_id="",
        amount=counted,
        currency=of,
        event_name=PURCHASE,
        payment_processor=PROCESSOR,
        invoice_id=key,
        metadata=said(metadata),
        customer_name=who.name,
        customer_email=who.email,
        plan=next((found for each in lines if (found := ref(each, "price"))), None),
        scope=scope(metadata),
        administrative=administrative(metadata),
    )
    worth = Paid(sale=key, counted=counted, gross=gross, currency=of)
    codes = tuple(_codes(session, key))
    return Reading(
        person=who, paid=worth, sale=sale, links=((key, key),), codes=codes, discounts=(key,)
        if codes else (),
    )  # fmt: skip


def _amounts(session: Object, policy: Policy) -> tuple[int, int, str]:
    """Counted, gross, and the currency: the merchant's own, where the buyer paid in another."""
    total = amount(session, "amount_total")
    net = total
    if policy.taxes is Taxes.EXCLUDED:
        net -= number(session, "total_details", "amount_tax") or 0
    converted = dig(session, "currency_conversion")
    if isinstance(converted, dict):
        gross = amount(converted, "amount_total")
        of = currency({"currency": converted.get("source_currency")})
        return (share(gross, min(max(net, 0), total), total) if total > 0 else 0), gross, of
    return net, total, currency(session)


def _codes(session: Object, sale: str | None) -> list[tuple[str, str]]:
    """The code that was typed in, under the id of what it lowers: an invoice names discounts that
    nobody else explains.
    """
    typed = [
        ref(each, "promotion_code") or ref(each, "coupon") for each in items(session, "discounts")
    ]
    return [(sale, each) for each in typed if each and sale][:1]


def customer(event: Happened, _: Policy) -> Reading:
    own = event.object
    needed(text(own, "id"), "id")
    deleted = event.kind == "customer.deleted"
    return Reading(
        quiet=Reason.NOTED if deleted else None, person=person(own, strings(own, "metadata"))
    )


def discount(event: Happened, _: Policy) -> Reading:
    """Somebody got one: which promotion code or coupon it is of."""
    return Reading(quiet=Reason.NOTED, codes=tuple(codes_within({"discounts": [event.object]})))


def promotion_code(event: Happened, _: Policy) -> Reading:
    """What people type, under the id by which objects name it."""
    own, code = text(event.object, "id"), text(event.object, "code")
    return Reading(quiet=Reason.NOTED, codes=((own, code),) if own and code else ())
