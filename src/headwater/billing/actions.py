"""Applying what came: one event in one transaction, with everything that follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from headwater import conversions, customers, tracking
from headwater.billing import identity, known, sql, worth
from headwater.billing.endpoints import get_endpoint
from headwater.billing.identity import Named
from headwater.billing.model import Event, Policy, Reason, State
from headwater.billing.rules import CODE_PATIENCE_US, Outcome, next_try, waits_still
from headwater.billing.stripe import translate
from headwater.billing.stripe.model import Person, Reading
from headwater.billing.stripe.shape import Unreadable
from headwater.billing.stripe.translate import BillingCall
from headwater.consequences import Settings
from headwater.customers import Customer
from headwater.db import Write
from headwater.kit.context import Context
from headwater.kit.problems import conflict, not_found
from headwater.tracking import Kept, LeadCall, Recorded, RefundCall

Result = tuple[str, str]
_event = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One event on its way."""

    tx: Write
    ctx: Context
    settings: Settings
    event: Event
    patience_us: int

    @property
    def workspace_id(self) -> str:
        return self.ctx.workspace_id


def apply(
    tx: Write, ctx: Context, settings: Settings, event_id: str, patience_us: int
) -> Event | None:
    """Whatever can be done with it now; None where there is nothing to try. What it says is known
    from now on, and what waited for that is due.
    """
    lock(tx, ctx)
    event = sql.event(tx, ctx.workspace_id, event_id)
    if event is None or event.state is not State.WAITING:
        return None
    work = _Work(tx=tx, ctx=ctx, settings=settings, event=event, patience_us=patience_us)
    body = sql.body(tx, ctx.workspace_id, event_id)
    if body is None:
        gone = Reason.NO_SALE if event.reason is Reason.NO_SALE else Reason.ERASED
        return _settle(work, Outcome.ignored(gone))
    policy = get_endpoint(tx, ctx.workspace_id, event.endpoint_id).policy
    try:
        reading = _read(body, policy)
    except Unreadable:
        return _settle(work, Outcome.failed(Reason.UNREADABLE))
    if reading.person is not None and _is_erased(work, reading.person):
        return _settle(work, Outcome.ignored(Reason.ERASED))
    for token in known.learn(tx, ctx.workspace_id, event.happened_at, reading):
        sql.release(tx, ctx.workspace_id, token, ctx.now_us)
    return _settle(work, _applied(work, reading))


def lock(tx: Write, ctx: Context) -> None:
    """One event of a workspace after another: what is known is read and written by each."""
    tx.lock(f"stripe:{ctx.workspace_id}")


def _is_erased(work: _Work, person: Person) -> bool:
    """Of whom nothing is kept, not even what they paid (A-34)."""
    stripe_id = person.stripe_id
    return stripe_id is not None and known.is_erased(work.tx, work.workspace_id, stripe_id)


def _read(body: str, policy: Policy) -> Reading:
    try:
        return translate.read(_event(body), policy)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable("body") from error


def put_off(tx: Write, ctx: Context, event_id: str) -> None:
    """Applying it failed: later again, so that no other event waits for this one."""
    lock(tx, ctx)
    event = sql.event(tx, ctx.workspace_id, event_id)
    if event is not None and event.state is State.WAITING:
        sql.settle(
            tx, ctx.workspace_id, event_id, _values(event, Outcome.waits(Reason.TRY_AGAIN), ctx)
        )


def replay(tx: Write, ctx: Context, event_id: str) -> Event:
    """Have it tried again, whatever became of it: what it recorded before is not recorded twice."""
    lock(tx, ctx)
    event = sql.event(tx, ctx.workspace_id, event_id)
    if event is None:
        raise not_found("Stripe event", event_id)
    if event.reason in (Reason.OTHER_MODE, Reason.CONNECTED_ACCOUNT):
        raise conflict("This event is not for the books of this workspace. Nothing to replay.")
    if sql.body(tx, ctx.workspace_id, event_id) is None:
        raise conflict("What came was deleted since, so it cannot be applied again.")
    values = {
        "state": State.WAITING.value,
        "reason": Reason.NEW.value,
        "waits_for": None,
        "next_at": ctx.now_us,
        "tries": 0,
        "settled_at": None,
        "results": msgspec.json.encode(event.results).decode(),
    }
    sql.settle(tx, ctx.workspace_id, event_id, values)
    again = sql.event(tx, ctx.workspace_id, event_id)
    assert again is not None
    return again


def _applied(work: _Work, reading: Reading) -> Outcome:
    if reading.person is not None:
        return _of_person(work, reading, reading.person)
    if reading.quiet is not None:
        return Outcome.ignored(Reason(reading.quiet))
    return _reversal(work, reading)


def _of_person(work: _Work, reading: Reading, said: Person) -> Outcome:
    person = known.whole(work.tx, work.workspace_id, said)
    named = identity.name(work.tx, work.ctx, work.settings, person)
    if named is None:
        if reading.quiet is not None:
            return Outcome.ignored(Reason(reading.quiet))
        token = known.token(known.CUSTOMER, said.stripe_id) if said.stripe_id else None
        if waits_still(work.event, work.ctx.now_us, work.patience_us):
            return Outcome.waits(Reason.UNKNOWN_CUSTOMER, token)
        if (reading.sale is None and not reading.milestones) or person.own_name is None:
            return Outcome.ignored(Reason.UNKNOWN_CUSTOMER)
        named = Named(external_id=person.own_name, customer=None, click=None)
    return _named(work, reading, person, named)


def _named(work: _Work, reading: Reading, person: Person, named: Named) -> Outcome:
    """Their lead, where we know them by nothing else; what happened; and what is noted of them."""
    named = _renamed(work, person, named)
    results = [] if named.click is None else _track(work, [_lead(person, named)])
    own = person.stripe_id  # never a guest's address: it may be what the merchant calls another
    if own is not None and own != named.external_id:
        tracking.rename_waiting(work.tx, work.ctx, work.settings, own, named.external_id)
    ids = (*reading.discounts, *((reading.sale.invoice_id or "",) if reading.sale else ()))
    codes = known.codes(work.tx, work.workspace_id, ids)
    unnamed = translate.unnamed(reading, codes)
    if unnamed is not None and waits_still(work.event, work.ctx.now_us, CODE_PATIENCE_US):
        token = known.token(known.CODE, unnamed)
        return Outcome.waits(Reason.UNKNOWN_DISCOUNT, token, results)
    calls = translate.sale_calls(reading, named.external_id, codes)
    results += _track(work, calls)
    customer = customers.by_external_id(work.tx, work.workspace_id, named.external_id)
    if customer is not None:
        _note(work, person, customer)
    if results or (customer is not None and reading.quiet is None):
        return Outcome.applied(results or [("customer", customer.id if customer else "")])
    if reading.quiet is not None:
        return Outcome.ignored(Reason(reading.quiet))
    if waits_still(work.event, work.ctx.now_us, work.patience_us):
        return Outcome.waits(Reason.UNKNOWN_CUSTOMER)
    return Outcome.ignored(Reason.UNKNOWN_CUSTOMER)


def _renamed(work: _Work, person: Person, named: Named) -> Named:
    """Somebody we called as Stripe does, for want of a name, gets theirs when it is said."""
    customer, theirs = named.customer, person.external_id
    if customer is None or theirs is None or customer.external_id != person.stripe_id:
        return named
    if customers.by_external_id(work.tx, work.workspace_id, theirs) is not None:
        return named
    after = customers.update(work.tx, work.ctx, customer.id, {"external_id": theirs})
    leads = conversions.leads_of(work.tx, work.workspace_id, customer.id)
    tracking.release_customer(work.tx, work.ctx, theirs, leads)
    return Named(external_id=theirs, customer=after, click=named.click)


def _lead(person: Person, named: Named) -> LeadCall:
    """Dated at its click: nobody said when they signed up, and whichever event speaks first must
    say the same (A-59).
    """
    assert named.click is not None
    return LeadCall(
        at=named.click.first_at,
        click_id=named.click.click_id,
        event_name=tracking.SIGN_UP,
        customer_external_id=named.external_id,
        customer_name=person.name,
        customer_email=person.email,
    )


def _note(work: _Work, person: Person, customer: Customer) -> None:
    """Their id at Stripe, where it is nobody else's, and when their last subscription ended."""
    if person.stripe_id is None or customer.erased_at is not None:
        return
    tx, workspace_id = work.tx, work.workspace_id
    other = customers.by_stripe_id(tx, workspace_id, person.stripe_id)
    if customer.stripe_customer_id is None and other is None:
        customers.set_stripe_id(tx, workspace_id, customer.id, person.stripe_id)
    elif customer.stripe_customer_id != person.stripe_id:
        return
    ends = known.ends(tx, workspace_id, person.stripe_id)
    ended = max((each for each in ends if each is not None), default=None)
    ended = None if None in ends else ended
    if ends and ended != customer.subscription_canceled_at:
        customers.set_canceled(tx, workspace_id, customer.id, ended)


def _reversal(work: _Work, reading: Reading) -> Outcome:
    """All that it takes back, of each sale; what is not known yet is waited for, and after a week
    may still come.
    """
    outcomes = [_of_sale(work, each) for each in translate.parts(reading)]
    results = [result for each in outcomes for result in each.results]
    lacking = next((each for each in outcomes if each.token is not None), None)
    if lacking is not None:
        return replace(lacking, results=tuple(results))
    return Outcome.applied(results) if results else outcomes[0]


def _of_sale(work: _Work, reading: Reading) -> Outcome:
    payments = translate.payments(reading)
    if not payments:
        return Outcome.ignored(Reason.NO_SALE)
    found = worth.of_payments(work.tx, work.workspace_id, payments)
    if found is None:
        missing = known.missing(work.tx, work.workspace_id, payments)
        if not waits_still(work.event, work.ctx.now_us):
            return Outcome.ignored(Reason.NO_SALE, missing)
        return Outcome.waits(Reason.UNKNOWN_PAYMENT, missing)
    calls = translate.reversal_calls(reading, found)
    if not calls:
        return Outcome.ignored(Reason.NOTHING_PAID)
    fitting = [fit for each in calls if (fit := _fitting(work, found.sale, each)) is not None]
    if not fitting:
        return Outcome.ignored(Reason.NOTHING_LEFT)
    return Outcome.applied(_track(work, fitting))


def _fitting(work: _Work, invoice_id: str, call: BillingCall) -> BillingCall | None:
    """A refund as it is booked, or no more than is left of the sale: a refund that failed and was
    made anew, or given beside a credit note, takes no sale back twice. None where nothing is left.
    """
    sale = conversions.sale_by_invoice(work.tx, work.workspace_id, invoice_id)
    if sale is None or not isinstance(call, RefundCall):
        return call
    booked = conversions.refund_by_key(work.tx, work.workspace_id, sale.id, call.key)
    if booked is not None:
        return msgspec.structs.replace(call, amount=min(call.amount, booked.original_amount))
    refunded = conversions.refunded(work.tx, work.workspace_id, sale.id).original_amount
    left = min(call.amount, sale.original_amount - refunded)
    return msgspec.structs.replace(call, amount=left) if left > 0 else None


def _track(work: _Work, calls: Sequence[BillingCall | LeadCall]) -> list[Result]:
    results: list[Result] = []
    for call in calls:
        outcome = tracking.track(work.tx, work.ctx, work.settings, call)
        match outcome:
            case Kept():
                results.append(("inbox", outcome.inbox_id))
            case Recorded():
                results.append((type(outcome.fact).__name__.lower(), outcome.fact.id))
    return results


def _settle(work: _Work, outcome: Outcome) -> Event:
    values = _values(work.event, outcome, work.ctx)
    sql.settle(work.tx, work.workspace_id, work.event.id, values)
    after = sql.event(work.tx, work.workspace_id, work.event.id)
    assert after is not None
    return after


def _values(event: Event, outcome: Outcome, ctx: Context) -> dict[str, object]:
    waiting = outcome.state is State.WAITING
    results = tuple(dict.fromkeys((*event.results, *outcome.results)))
    return {
        "state": outcome.state.value,
        "reason": None if outcome.reason is None else outcome.reason.value,
        "waits_for": outcome.token,
        "next_at": next_try(event.tries, ctx.now_us) if waiting else None,
        "tries": event.tries + 1,
        "settled_at": None if waiting else ctx.now_us,
        "results": msgspec.json.encode(results).decode(),
    }
