"""What a customer is known by: the first touch that is frozen, and clicks they brought along."""

from collections.abc import Sequence

from headwater import attribution, conversions, journal, links, receipts
from headwater.attribution import Click
from headwater.conversions import Lead
from headwater.db import Read, Write
from headwater.kit.context import Context


def touch(tx: Write, ctx: Context, lead: Lead) -> None:
    """Freeze the first touch: of the customer's first lead and the clicks they brought along, the
    earliest. One that is earlier than the frozen one restates its receipts.
    """
    frozen = attribution.frozen_touch(tx, ctx.workspace_id, lead.customer_id)
    if frozen is not None:
        _restate(tx, ctx, lead.customer_id, frozen, (lead.clicked_at, lead.click_id))
        return
    known = [(lead.clicked_at, lead.click_id, lead.link_number)]
    known += [
        (each.clicked_at, each.click_id, each.link_number)
        for each in attribution.claimed_clicks(tx, ctx.workspace_id, lead.customer_id)
    ]
    touched_at, click_id, link_number = min(known)
    row = {
        "customer_id": lead.customer_id,
        "click_id": click_id,
        "link_number": link_number,
        "touched_at": touched_at,
        "now": ctx.now_us,
    }
    attribution.insert_attribution(tx, ctx.workspace_id, row)


def claim_clicks(
    tx: Write, ctx: Context, customer_id: str, clicks: Sequence[Click], *, alone: bool
) -> list[Click]:
    """These count for the customer from now on, beside those of leads; without those that another
    customer claimed at the same time, unless this one is `alone` in their browser. Decisions that
    were made stand; where a frozen touch turns out not to be the first, their receipts say so.
    """
    frozen = attribution.frozen_touch(tx, ctx.workspace_id, customer_id)
    for click in clicks:
        if conversions.first_lead_by_click(tx, ctx.workspace_id, customer_id, click.click_id):
            continue
        claimed_id = ctx.new_id("clm_")
        program_id, partner_id = owner(tx, ctx, customer_id, click)
        row = {
            "id": claimed_id,
            "customer_id": customer_id,
            "click_id": click.click_id,
            "clicked_at": click.first_at,
            "click_class": click.hit_class,
            "link_number": click.link_number,
            "program_id": program_id,
            "partner_id": partner_id,
            "now": ctx.now_us,
        }
        if attribution.insert_claimed(tx, ctx.workspace_id, row):
            content = (customer_id, click.click_id, click.first_at, program_id, partner_id)
            journal.write(tx, ctx, "claimed_click", claimed_id, *content)
            if frozen is not None:
                _restate(tx, ctx, customer_id, frozen, (click.first_at, click.click_id))
    if alone or not clicks:
        return list(clicks)
    named = [click.click_id for click in clicks]
    taken = attribution.clicks_of_others(tx, ctx.workspace_id, customer_id, named)
    return [click for click in clicks if click.click_id not in taken]


def _restate(
    tx: Write, ctx: Context, customer_id: str, frozen: tuple[str, int], found: tuple[int, str]
) -> None:
    if found < (frozen[1], frozen[0]):
        receipts.restate(tx, ctx, customer_id, found[1], found[0])


def owner(tx: Read, ctx: Context, customer_id: str, click: Click) -> tuple[str | None, str | None]:
    """Program and partner a click counts for: as when the customer was first known by it, so that a
    link that was handed over since takes nobody along.
    """
    first = conversions.first_lead_by_click(tx, ctx.workspace_id, customer_id, click.click_id)
    if first is not None:
        return first.program_id, first.partner_id
    for claimed in attribution.claimed_clicks(tx, ctx.workspace_id, customer_id):
        if claimed.click_id == click.click_id:
            return claimed.program_id, claimed.partner_id
    link = links.by_number(tx, ctx.workspace_id, click.link_number)
    assert link is not None
    return link.program_id, link.partner_id
