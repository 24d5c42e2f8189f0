"""Clicks, leads and sales as they happened elsewhere. Nobody is told, nothing is decided anew."""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from headwater import (
    attribution,
    conversions,
    customers,
    links,
    programs,
    rates,
    tracking,
)
from headwater.attribution import Click, HitClass, StoredClick, Trigger
from headwater.conversions import Lead, Sale, name_key
from headwater.customers import Customer
from headwater.kit.clock import iso_day
from headwater.kit.money import AMOUNT_MAX, convert, parse_rate
from headwater.kit.problems import Problem
from headwater.links import ConversionDelta
from headwater.moving.model import IMPORTED, THERE, Brought, Fate
from headwater.moving.receipts import Reasoned, write_receipt
from headwater.moving.rows import (
    ClickLine,
    ClickShape,
    CustomerNamed,
    LeadLine,
    LinkNamed,
    SaleLine,
)
from headwater.moving.session import Session, refusal
from headwater.moving.times import instant

DIRECT = "(direct)"
_NOT_KNOWN = {"", "Unknown"}
QUANTITY_MAX = 100
PLACE_MAX = 100  # letters of a region or city
_CLASSES = {each.value for each in HitClass}
_TRIGGERS = {each.value for each in Trigger}


def clicks(session: Session, rows: Sequence[ClickLine]) -> list[Brought]:
    """All in one call: there are many, and they lock nothing but counters."""
    numbers = links.numbers_of(session.tx, session.own, [row.link.id for row in rows])
    found: list[Brought | None] = []
    known: list[StoredClick] = []
    for row in rows:
        number = numbers.get(row.link.id)
        try:
            if number is None:
                raise refusal("link_unknown", _no_link(row.link))
            click = _click(row.click, number, row.hit_class)
        except Problem as problem:
            found.append(Brought(Fate.REFUSED, problem.field, problem.message))
        else:
            known.append(StoredClick(click=click, counted=row.counted))
            found.append(None)
    new = iter(attribution.record_imported(session.tx, session.ctx, known))
    return [each or (IMPORTED if next(new) else THERE) for each in found]


def _click(shape: ClickShape, number: int, hit_class: str) -> Click:
    trigger = shape.trigger or ("qr" if shape.qr else "link")
    return Click(
        click_id=shape.id,
        link_number=number,
        first_at=instant(shape.timestamp),
        hit_class=hit_class if hit_class in _CLASSES else HitClass.HUMAN.value,
        user_agent=shape.ua,
        referrer=None if shape.referer_url == DIRECT else shape.referer_url,
        url=shape.url,
        trigger=trigger if trigger in _TRIGGERS else Trigger.LINK.value,
        country=_known(shape.country),
        region=_known(shape.region),
        city=_known(shape.city),
    )


def _known(place: str | None) -> str | None:
    """None where the source did not know it either."""
    return None if place is None or place in _NOT_KNOWN else place[:PLACE_MAX]


def lead(session: Session, row: LeadLine) -> Brought:
    tx, own = session.tx, session.own
    if conversions.lead_by_id(tx, own, row.event_id) is not None:
        return THERE
    customer = customer_of(session, row.customer)
    customers.lock(tx, own, customer.external_id)
    same = conversions.lead_by_name(tx, own, customer.id, name_key(row.event_name))
    if same is not None:
        raise refusal(
            "lead_name_taken",
            f"The customer has a lead {row.event_name!r} already ({same.id}); a lead counts once"
            " per customer and name.",
        )
    if not 1 <= row.quantity <= QUANTITY_MAX:
        raise refusal("invalid", f"A lead happens 1..{QUANTITY_MAX} times.")
    at = instant(row.timestamp)
    click = _click_of(session, row)
    program_id, partner_id = _owner(session, row.link)
    made = Lead(
        id=row.event_id,
        customer_id=customer.id,
        name=row.event_name,
        click_id=click.click_id,
        clicked_at=click.first_at,
        click_class=click.hit_class,
        link_number=click.link_number,
        program_id=program_id,
        partner_id=partner_id,
        metadata=words(row.metadata, customer),
        at=at,
        quantity=row.quantity,
    )
    conversions.insert_lead(tx, own, made)
    if customer.erased_at is not None:
        of_click = (click.link_number, click.first_at, click.click_id)
        attribution.forget_clicks(tx, own, [of_click])
    tracking.touch(tx, session.ctx, made)
    write_receipt(session, made, made, Reasoned(quantity=made.quantity))
    session.add(ConversionDelta(made.link_number, leads=made.quantity))
    return IMPORTED


def _click_of(session: Session, row: LeadLine) -> Click:
    """One that did not come with the clicks comes with its lead, and has its id if it has none."""
    tx, own, ids = session.tx, session.own, session.settings.click_ids
    named = row.click if row.click.id else replace(row.click, id=f"lead:{row.event_id}")
    known = attribution.click_named(tx, own, ids, named.id)
    if known is not None:
        return known
    number = _number(session, row.link)
    shape = _click(named, number, HitClass.HUMAN)
    attribution.record_imported(tx, session.ctx, [StoredClick(click=shape, counted=True)])
    return shape


def sale(session: Session, row: SaleLine) -> Brought:
    tx, own = session.tx, session.own
    if conversions.sale_by_id(tx, own, row.event_id) is not None:
        return THERE
    customer = customer_of(session, row.customer)
    customers.lock(tx, own, customer.external_id)
    invoice_id = (row.sale.invoice_id or "").strip() or None
    if invoice_id is not None:
        tx.lock(f"invoice:{own}:{invoice_id}")
        same = conversions.sale_by_invoice(tx, own, invoice_id)
        if same is not None:
            raise refusal("invoice_taken", f"The invoice {invoice_id!r} is sale {same.id} here.")
    brought = _lead_of(session, row, customer)
    made = _sale(row, customer, brought, invoice_id, _money(session, row))
    if row.link is not None:
        made = replace(made, link_number=_number(session, row.link))
        first = conversions.is_first_on_link(tx, own, made)
        counted = {"conversions": int(first), "sales": 1, "sale_amount": made.amount}
        session.add(ConversionDelta(_number(session, row.link), **counted))
    conversions.insert_sale(tx, own, made)
    said = Reasoned(amount=made.amount, currency=made.currency)
    write_receipt(session, made, brought, said)
    customers.add_sale(tx, own, customer.id, made.amount, made.at)
    return IMPORTED


def _sale(
    row: SaleLine, customer: Customer, of: Lead | None, invoice_id: str | None, money: "Money"
) -> Sale:
    return Sale(
        id=row.event_id,
        customer_id=customer.id,
        lead_id=of.id if of else None,
        link_number=of.link_number if of else None,
        event_name=row.event_name,
        amount=money.amount,
        currency=money.currency,
        original_amount=money.original,
        original_currency=money.given,
        rate_id=money.rate_id,
        payment_processor=row.sale.payment_processor,
        invoice_id=invoice_id,
        metadata=words(row.metadata, customer),
        at=instant(row.timestamp),
        plan=row.plan,
        promo_code=row.promo_code,
        subscription_id=row.subscription_id,
        scope=row.scope,
        administrative=row.administrative,
    )


def _lead_of(session: Session, row: SaleLine, customer: Customer) -> Lead | None:
    """The one named, else the one of its click, else the newest before it; None where no link
    brought the customer.
    """
    if row.link is None:
        return None
    leads = conversions.leads_of(session.tx, session.own, customer.id)
    at = instant(row.timestamp)
    earlier = sorted((each for each in leads if each.at <= at), key=lambda each: each.at)
    named = [each for each in leads if each.id == row.lead_id]
    clicked = [each for each in leads if row.click and each.click_id == row.click.id]
    for choice in (named, clicked, earlier, leads):
        if choice:
            return choice[-1]
    raise refusal("lead_unknown", "No lead of its customer came along, and a sale belongs to one.")


class Money(msgspec.Struct, frozen=True, kw_only=True):
    amount: int
    currency: str
    original: int
    given: str
    rate_id: str | None


def _money(session: Session, row: SaleLine) -> Money:
    """The amount as it was given, in this workspace's currency at the rate of its day here."""
    own = session.workspace.currency
    original = row.sale.amount if row.original_amount is None else row.original_amount
    given = (row.original_currency or row.sale.currency).lower()
    if not 0 < original <= AMOUNT_MAX:
        raise refusal("amount", "The amount of a sale is above 0 and at most 10 ** 12.")
    if given == own:
        return Money(amount=original, currency=own, original=original, given=given, rate_id=None)
    day = iso_day(instant(row.timestamp))
    named = rates.by_id(session.tx, session.own, row.rate_id) if row.rate_id else None
    rate = named or rates.on_day(session.tx, session.own, given, day)
    if rate is None or rate.currency != given:
        raise refusal(
            "unknown_currency",
            f"There is no rate of {given} for {day} here. Add one (POST /rates) and run again.",
        )
    amount = convert(original, given, own, parse_rate(rate.rate))
    return Money(amount=amount, currency=own, original=original, given=given, rate_id=rate.id)


def find_customer(session: Session, named: CustomerNamed) -> Customer | None:
    """By id, else by external id: who was known here before the import has an id of this server."""
    found = customers.by_id(session.tx, session.own, named.id)
    if found is None and named.external_id:
        found = customers.by_external_id(session.tx, session.own, named.external_id)
    return found


def customer_of(session: Session, named: CustomerNamed) -> Customer:
    found = find_customer(session, named)
    if found is None:
        raise refusal("customer_unknown", f"Its customer {named.id} is not here.")
    return found


def _number(session: Session, named: LinkNamed) -> int:
    number = links.numbers_of(session.tx, session.own, [named.id]).get(named.id)
    if number is None:
        raise refusal("link_unknown", _no_link(named))
    return number


def _no_link(named: LinkNamed) -> str:
    return f"Its link {named.id} is not here."


def _owner(session: Session, named: LinkNamed) -> tuple[str | None, str | None]:
    """Who is credited for later sales; nobody where the partner did not come along."""
    if named.program_id is None or named.partner_id is None:
        return None, None
    found = programs.find_enrolment(
        session.tx, session.own, named.program_id, partner_id=named.partner_id
    )
    return (None, None) if found is None else (named.program_id, named.partner_id)


def words(metadata: msgspec.Raw, customer: Customer) -> str | None:
    """None also of who was erased here, whatever the source still knows."""
    if customer.erased_at is not None:
        return None
    text = bytes(metadata).decode()
    return None if text == "null" else text
