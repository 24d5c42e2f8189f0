"""What a network has against what it was told of sales: only their order ids are ours (A-46)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from headwater import conversions, delivery
from headwater.conversions import Sale
from headwater.db import Read, Write
from headwater.delivery import Destination, State, Told
from headwater.kit.clock import SECOND_US
from headwater.kit.context import Context
from headwater.kit.money import minor
from headwater.kit.value import Value
from headwater.reports import rules
from headwater.reports.account import settings_of
from headwater.reports.differences import Difference, Kind, Own, locking, of_nothing, of_sale
from headwater.reports.impact import decimal
from headwater.reports.listing import Action, By, Window, longest_ago, windows
from headwater.reports.model import Snapshot

PAGE = 500
FACT_PREFIX = "sale_"
_ORDER = tuple(Kind)


class Span(Value, frozen=True, kw_only=True):
    """The sales that are compared, by when they happened; and until when what locks is told of."""

    first: int
    last: int
    locks_before: int


def asked(span: Span, now_us: int) -> list[Window]:
    """What has to be read to compare: of the span and all that came later, and what locks soon."""
    first = max(longest_ago(now_us), span.first - SECOND_US)  # the network has no microseconds
    return [
        *windows(By.EVENT, first, now_us),
        *windows(By.LOCKING, now_us, span.locks_before),
    ]


def compare(
    tx: Read, ctx: Context, destination: Destination, span: Span, actions: Sequence[Action]
) -> list[Difference]:
    """By kind, and within it by time. `actions` are all that the network has from the beginning of
    the span until now, as it may date one later than it happened, and all that lock soon.
    """
    trackers = settings_of(destination.settings).trackers
    leads = (trackers.visit, trackers.signup, trackers.trial_start, trackers.trial_end)
    others = {str(each) for each in leads} - {str(trackers.sale)}
    by_order: dict[str, list[Action]] = {}
    for each in actions:
        if each.tracker not in others:  # a number the sales had before counts too
            by_order.setdefault(each.order_id, []).append(each)
    found: list[Difference] = []
    seen: set[str] = set()
    for page in _pages(tx, ctx, span, by_order):
        for own in _owned(tx, ctx, destination, page):
            if own.order_id not in seen:
                seen.add(own.order_id)
                found += of_sale(own, by_order.get(own.order_id, ()), ctx.now_us)
    ours = [each for each in actions if each.tracker == str(trackers.sale)]
    found += [
        of_nothing(each)
        for each in ours
        if each.order_id not in seen and span.first <= each.event_at <= span.last
    ]
    found += locking(ours, ctx.now_us, span.locks_before)
    return sorted(found, key=lambda each: _ORDER.index(each.kind))


def _pages(
    tx: Read, ctx: Context, span: Span, named: Mapping[str, object]
) -> Iterator[Sequence[Sale]]:
    """Sales of the span; then those before it that the network speaks of all the same."""
    met: set[str] = set()
    after = (span.first, "")
    while page := conversions.sales_within(
        tx, ctx.workspace_id, span.first, span.last, after, PAGE
    ):
        after = (page[-1].at, page[-1].id)
        met.update(_order_id(each) for each in page)
        yield page
    others = [_sale(tx, ctx, order_id) for order_id in sorted(named.keys() - met)]
    yield [each for each in others if each is not None]


def _sale(tx: Read, ctx: Context, order_id: str) -> Sale | None:
    found = None
    if order_id.startswith(FACT_PREFIX):
        found = conversions.sale_by_id(tx, ctx.workspace_id, order_id)
    return found or conversions.sale_by_invoice(tx, ctx.workspace_id, order_id)


def _order_id(sale: Sale) -> str:
    return rules.order_id(sale.id, sale.invoice_id)


def _owned(
    tx: Read, ctx: Context, destination: Destination, sales: Sequence[Sale]
) -> Iterator[Own]:
    keys = [key for each in sales for key in _keys(each)]
    told = delivery.told(tx, ctx.workspace_id, destination.id, keys)
    for sale in sales:
        report, correction, reversal = (told.get(key) for key in _keys(sale))
        amount, currency = _expected(tx, ctx, sale, report, correction)
        yield Own(
            sale=sale,
            order_id=_order_id(sale),
            amount=amount,
            currency=currency,
            report=report,
            correction=correction,
            reversal=reversal,
        )


def _keys(sale: Sale) -> Iterable[str]:
    return (
        rules.sale_key(sale.id),
        rules.correction_key(sale.id),
        rules.reversal_key(sale.id),
    )


def _expected(
    tx: Read, ctx: Context, sale: Sale, report: Told | None, correction: Told | None
) -> tuple[int, str]:
    """What was last said, in the decimals it was said in; of what was erased, what is booked."""
    if correction is not None and correction.state is State.SKIPPED:
        correction = None
    last = correction or report
    amount, currency = sale.original_amount, sale.original_currency
    if last is not None and last.body is not None:
        said = msgspec.json.decode(last.body.encode(), type=Snapshot)
        amount, currency = said.amount or 0, said.currency or currency
    elif correction is not None:
        amount -= conversions.refunded(tx, ctx.workspace_id, sale.id).original_amount
    return minor(decimal(amount, currency), currency) or 0, currency


def tell_again(tx: Write, ctx: Context, difference: Difference) -> bool:
    """Send the report again under the ids it has, and what hung on it; not if anything became of it
    meanwhile. A pause stays: the network, which was just asked, may have asked for it.
    """
    told = difference.told
    if told is None or not difference.again:
        return False
    tx.lock(f"again:{ctx.workspace_id}:{told.delivery_id}")
    now = delivery.get_delivery(tx, ctx.workspace_id, told.delivery_id).delivery
    if (now.state, now.attempts) != (told.state, told.attempts):
        return False
    delivery.replay(tx, ctx, told.delivery_id, ready=False)
    if difference.then is not None:
        delivery.replay(tx, ctx, difference.then.delivery_id, ready=False)
    return True
