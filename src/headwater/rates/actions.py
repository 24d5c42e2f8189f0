from dataclasses import replace

from headwater.db import Write
from headwater.journal import write as write_journal
from headwater.kit.context import Context
from headwater.kit.money import parse_rate
from headwater.kit.problems import conflict, invalid
from headwater.rates import sql
from headwater.rates.model import Rate, RateDraft


def lock(tx: Write, workspace_id: str, currency: str) -> None:
    """Between finding no rate and filing the sale, no rate may slip in unseen."""
    tx.lock(f"rate:{workspace_id}:{currency}")


def bring(tx: Write, ctx: Context, rate: Rate) -> bool:
    """As it was elsewhere; False where it is there already. Refuses another rate of that day."""
    lock(tx, ctx.workspace_id, rate.currency)
    if sql.by_id(tx, ctx.workspace_id, rate.id) is not None:
        return False
    known = sql.exactly(tx, ctx.workspace_id, rate.currency, rate.day)
    if known is not None and known.rate != rate.rate:
        raise conflict(f"{rate.currency} has the rate {known.rate} on {rate.day} here.", "rate")
    if known is not None:
        return False
    sql.insert(tx, ctx.workspace_id, rate)
    then = replace(ctx, now_us=rate.created_at)
    write_journal(tx, then, "rate", rate.id, rate.currency, rate.day, rate.rate)
    return True


def add(tx: Write, ctx: Context, draft: RateDraft) -> Rate:
    """A dated rate; it never changes, because sales were converted with it."""
    try:
        parse_rate(draft.rate)
    except ValueError as error:
        raise invalid(
            "rate", 'A rate is a positive decimal in a string, such as "0.9213".'
        ) from error
    lock(tx, ctx.workspace_id, draft.currency)
    known = sql.exactly(tx, ctx.workspace_id, draft.currency, draft.day)
    if known is not None:
        if known.rate == draft.rate:
            return known
        raise conflict(
            f"The rate of {draft.currency} on {draft.day} is {known.rate} and sales may have been"
            " converted with it. Give a rate for a later day.",
            "rate",
        )
    rate = Rate(
        id=ctx.new_id("fx_"),
        currency=draft.currency,
        day=draft.day,
        rate=draft.rate,
        source=draft.source,
        created_at=ctx.now_us,
    )
    sql.insert(tx, ctx.workspace_id, rate)
    write_journal(tx, ctx, "rate", rate.id, rate.currency, rate.day, rate.rate)
    return rate
