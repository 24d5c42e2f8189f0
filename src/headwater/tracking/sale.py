"""Recording a sale: once per invoice, on the customer's lead, in the workspace's currency."""

from msgspec.structs import asdict, replace

from headwater import attribution, conversions, customers, inbox
from headwater.attribution import Touch
from headwater.consequences import Settings, after_sale
from headwater.conversions import Sale, Step, name_key
from headwater.customers import Customer
from headwater.db import Read, Write
from headwater.inbox import InboxDraft, InboxItem, Kind, Reason
from headwater.kit.context import Context
from headwater.kit.money import AMOUNT_MAX
from headwater.tracking.lead import (
    completed,
    create_customer,
    genuine_click,
    lock_customer,
    record_lead,
    released_by,
)
from headwater.tracking.model import (
    DIRECT_LEAD,
    Kept,
    LeadCall,
    Outcome,
    Recorded,
    SaleCall,
    decode_sale,
    encode,
)
from headwater.tracking.money import Converted, converted
from headwater.tracking.tokens import customer_token, joined, lead_token, rate_token, sale_token

DIRECT_LEAD_PARITY = "Direct sale tracking lead event"


def track_sale(
    tx: Write, ctx: Context, settings: Settings, call: SaleCall, item: InboxItem | None = None
) -> Outcome:
    """The sale, the one recorded earlier under this invoice, or the reason it waits; `item` is the
    inbox item the call is replayed from.
    """
    lock_customer(tx, ctx, call.customer_external_id)
    if call.invoice_id is not None:
        lock_invoice(tx, ctx, call.invoice_id)
        known = conversions.sale_by_invoice(tx, ctx.workspace_id, call.invoice_id)
        if known is not None:
            return _again(tx, ctx, call, known, item)
        holder = inbox.waiting(tx, ctx.workspace_id, Kind.SALE, natural_key(call))
        other = _conflict_with_waiting(tx, ctx, call, holder, item)
        if other is not None:
            return other
        if item is None:
            item = holder
            call = _merged(call, item)
    outcome = _first(tx, ctx, settings, call, item)
    if item is not None and isinstance(outcome, Recorded):
        inbox.resolve(tx, ctx, item, "sale", outcome.fact.id)
    return outcome


def _merged(call: SaleCall, item: InboxItem | None) -> SaleCall:
    """A waiting call sent again is no later, and keeps what it said unless it now says else."""
    if item is None or item.body is None:
        return call
    first = decode_sale(item.body)
    if first.invoice_id != call.invoice_id:
        return call
    said = {name: value for name, value in asdict(call).items() if value is not None}
    return replace(first, **said | {"at": first.at})


def lock_invoice(tx: Write, ctx: Context, invoice_id: str) -> None:
    tx.lock(f"invoice:{ctx.workspace_id}:{invoice_id}")


def natural_key(call: SaleCall) -> str:
    return joined("invoice", call.invoice_id)


def _first(
    tx: Write, ctx: Context, settings: Settings, call: SaleCall, item: InboxItem | None
) -> Outcome:
    if call.amount == 0:
        return _keep(tx, ctx, call, Reason.ZERO_AMOUNT, item)
    money = converted(tx, ctx, call)
    if money is None:
        return _keep(tx, ctx, call, Reason.UNKNOWN_RATE, item)
    if money.amount > AMOUNT_MAX:
        return _keep(tx, ctx, call, Reason.AMOUNT_OUT_OF_RANGE, item)
    customer = customers.by_external_id(tx, ctx.workspace_id, call.customer_external_id)
    if customer is None:
        return _direct(tx, ctx, settings, call, money, item)
    customer = completed(tx, ctx, customer, call)
    touches = attribution.touches(tx, ctx.workspace_id, customer.id)
    if (first := attribution.came_by(touches)) and first.link_disabled_by(call.at):
        return _keep(tx, ctx, call, Reason.LINK_DISABLED, item, "customerExternalId")
    lead = _lead_of(touches, call.lead_event_name)
    if lead is None:
        missing = _missing(tx, ctx, settings, call, customer, item)
        if missing is not None:
            return _keep(tx, ctx, call, missing, item)
    named = lead.lead_id if lead and call.lead_event_name else None
    return _record(tx, ctx, settings, call, money, customer, lead, touches, named)


def _lead_of(touches: list[Touch], event_name: str | None) -> Touch | None:
    """The touch of the lead that is named, else of the newest."""
    wanted = name_key(event_name) if event_name else None
    led = [each for each in touches if each.lead_id and wanted in (None, each.lead_key)]
    return led[-1] if led else None


def _missing(
    tx: Read, ctx: Context, settings: Settings, call: SaleCall, customer: Customer,
    item: InboxItem | None,
) -> Reason | None:  # fmt: skip
    """Without a lead a sale counts where it is known how the customer came, though by no link: they
    signed up, or a network sent them. Of others a lead may still come, but not for ever.
    """
    own, whose = ctx.workspace_id, customer.id
    if call.lead_event_name or attribution.announced_click(tx, own, whose):
        return Reason.NO_SUCH_LEAD
    if item is not None and item.received_at + settings.patience_us <= ctx.now_us:
        return None
    known = attribution.attributions(tx, own, whose)
    if known or conversions.milestone(tx, own, Step.SIGNUP, whose):
        return None
    return Reason.NO_LEAD


def _direct(
    tx: Write,
    ctx: Context,
    settings: Settings,
    call: SaleCall,
    money: Converted,
    item: InboxItem | None,
) -> Outcome:
    """A customer nobody announced: with a genuine click the sale brings customer and lead along."""
    if not call.click_id:
        return _keep(tx, ctx, call, Reason.UNKNOWN_CUSTOMER, item)
    click = genuine_click(tx, ctx, settings, call.click_id, call.at)
    if isinstance(click, Reason):
        return _keep(tx, ctx, call, click, item)
    customer = create_customer(tx, ctx, call, click)
    parity = settings.direct_sale_parity
    lead_call = LeadCall(
        at=call.at,
        click_id=call.click_id,
        event_name=call.lead_event_name or (DIRECT_LEAD_PARITY if parity else DIRECT_LEAD),
        customer_external_id=call.customer_external_id,
        metadata=call.metadata,
    )
    lead = record_lead(tx, ctx, settings, customer, click, lead_call, parity=parity)
    touches = attribution.touches(tx, ctx.workspace_id, customer.id)
    own = next(touch for touch in touches if touch.lead_id == lead.id)
    done = _record(tx, ctx, settings, call, money, customer, own, touches, None)
    return replace(done, released=done.released + released_by(customer.external_id, lead))


def _record(
    tx: Write,
    ctx: Context,
    settings: Settings,
    call: SaleCall,
    money: Converted,
    customer: Customer,
    lead: Touch | None,
    touches: list[Touch],
    named: str | None,
) -> Recorded:
    sale = Sale(
        id=ctx.new_id("sale_"),
        customer_id=customer.id,
        lead_id=lead.lead_id if lead else None,
        link_number=lead.link_number if lead else None,
        event_name=call.event_name,
        amount=money.amount,
        currency=money.currency,
        original_amount=call.amount,
        original_currency=call.currency,
        rate_id=money.rate_id,
        payment_processor=call.payment_processor,
        invoice_id=call.invoice_id,
        metadata=call.metadata,
        at=call.at,
        plan=call.plan,
        promo_code=call.promo_code,
        subscription_id=call.subscription_id,
        scope=call.scope,
        administrative=call.administrative,
    )
    conversions.insert_sale(tx, ctx.workspace_id, sale)
    receipt_id = after_sale(
        tx, ctx, settings, sale, customer, lead, touches, named=named, said=call.customer_email
    )
    customers.add_sale(tx, ctx.workspace_id, customer.id, sale.amount, sale.at)
    released = () if sale.invoice_id is None else (sale_token(sale.invoice_id),)
    return Recorded(fact=sale, released=released, receipt_id=receipt_id, customer=customer)


def _again(tx: Write, ctx: Context, call: SaleCall, known: Sale, item: InboxItem | None) -> Outcome:
    """The same invoice again: the first result; another fact under it is a conflict to look at."""
    customer = customers.by_id(tx, ctx.workspace_id, known.customer_id)
    assert customer is not None
    given = (call.customer_external_id, call.amount, call.currency)
    same = customer.erased_at is not None  # who it was is forgotten, so nobody else is seen
    whose = call.customer_external_id if same else customer.external_id
    stored = (whose, known.original_amount, known.original_currency)
    field = _differing(given, stored)
    if field is not None:
        kept = _keep(tx, ctx, call, Reason.CONFLICT, item, field)
        if item is not None:
            return kept
    elif item is not None:
        inbox.resolve(tx, ctx, item, "sale", known.id)
    return Recorded(fact=known)


def _conflict_with_waiting(
    tx: Write, ctx: Context, call: SaleCall, holder: InboxItem | None, item: InboxItem | None
) -> Kept | None:
    """A waiting call holds its invoice: a different fact under it is filed, or is filed still where
    it is replayed from an item of its own; the first waits on.
    """
    if holder is None or holder.body is None or (item is not None and item.id == holder.id):
        return None
    first = decode_sale(holder.body)
    if first.invoice_id != call.invoice_id:
        return None
    field = _differing(
        (call.customer_external_id, call.amount, call.currency),
        (first.customer_external_id, first.amount, first.currency),
    )
    if field is None:
        return None
    kept = _keep(tx, ctx, call, Reason.CONFLICT, item, field)
    if item is not None:
        return kept
    return Kept(inbox_id=holder.id, reason=holder.reason, field=holder.field)


_COMPARED = ("customerExternalId", "amount", "currency")


def _differing(given: tuple[object, ...], stored: tuple[object, ...]) -> str | None:
    pairs = zip(_COMPARED, given, stored, strict=True)
    return next((field for field, ours, theirs in pairs if ours != theirs), None)


_FIELDS = {
    Reason.ZERO_AMOUNT: "amount",
    Reason.UNKNOWN_RATE: "currency",
    Reason.AMOUNT_OUT_OF_RANGE: "amount",
    Reason.FORGED_CLICK_ID: "clickId",
    Reason.UNKNOWN_CLICK: "clickId",
    Reason.LINK_DISABLED: "clickId",
    Reason.NO_SUCH_LEAD: "leadEventName",
    Reason.NO_LEAD: "customerExternalId",
    Reason.UNKNOWN_CUSTOMER: "customerExternalId",
}


def _keep(
    tx: Write,
    ctx: Context,
    call: SaleCall,
    reason: Reason,
    item: InboxItem | None,
    field: str | None = None,
) -> Kept:
    draft = InboxDraft(
        kind=Kind.SALE,
        reason=reason,
        field=field or _FIELDS.get(reason),
        natural_key=natural_key(call) if call.invoice_id is not None else None,
        waits_for=_waits_for(call, reason),
        facts=(call.customer_external_id, call.amount, call.currency),
        body=encode(call),
        holds_key=reason not in (Reason.CONFLICT, Reason.ZERO_AMOUNT),
    )
    kept = inbox.keep(tx, ctx, draft, item)
    return Kept(inbox_id=kept, reason=reason, field=draft.field)


def _waits_for(call: SaleCall, reason: Reason) -> str | None:
    match reason:
        case Reason.UNKNOWN_CUSTOMER | Reason.NO_LEAD:
            return customer_token(call.customer_external_id)
        case Reason.NO_SUCH_LEAD:
            if call.lead_event_name:
                return lead_token(call.customer_external_id, call.lead_event_name)
            return customer_token(call.customer_external_id)
        case Reason.UNKNOWN_RATE:
            return rate_token(call.currency)
        case _:
            return None
