"""What a sale comes to in the workspace's currency."""

from dataclasses import dataclass

from headwater import rates, workspace
from headwater.db import Write
from headwater.kit.clock import iso_day
from headwater.kit.context import Context
from headwater.kit.money import convert, parse_rate
from headwater.tracking.model import SaleCall


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    amount: int
    currency: str
    rate_id: str | None


def converted(tx: Write, ctx: Context, call: SaleCall) -> Converted | None:
    """The amount in the workspace's currency; None if no rate is known for that day."""
    currency = workspace.workspace_by_id(tx, ctx.workspace_id).currency
    if call.currency == currency:
        return Converted(amount=call.amount, currency=currency, rate_id=None)
    day = iso_day(call.at)
    rate = rates.on_day(tx, ctx.workspace_id, call.currency, day)
    if rate is None:
        rates.lock(tx, ctx.workspace_id, call.currency)
        rate = rates.on_day(tx, ctx.workspace_id, call.currency, day)
    if rate is None:
        return None
    amount = convert(call.amount, call.currency, currency, parse_rate(rate.rate))
    return Converted(amount=amount, currency=currency, rate_id=rate.id)
