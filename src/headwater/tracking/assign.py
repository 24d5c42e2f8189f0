"""A link chosen for a kept call: its customer came by it, says a person who looked into it."""

from msgspec.structs import replace

from headwater import attribution, links
from headwater.consequences import Settings
from headwater.db import Write
from headwater.inbox import Reason
from headwater.kit.context import Context
from headwater.tracking.attach import track
from headwater.tracking.fix import Unfit
from headwater.tracking.lead import is_off
from headwater.tracking.model import DIRECT_LEAD, LeadCall, SaleCall


def assigned(
    tx: Write,
    ctx: Context,
    settings: Settings,
    call: LeadCall | SaleCall,
    why: Reason,
    link_id: str,
) -> LeadCall | SaleCall | Unfit:
    """The call with a click on the link, at its own time, of this customer alone. `why` it waits:
    for want of a lead, then there is one now, and the sale may have been attached already.
    """
    number = links.number_ever(tx, ctx.workspace_id, link_id)
    if number is None:
        return Unfit.NO_SUCH_LINK
    if is_off(tx, ctx, number, call.at):
        return Unfit.LINK_DISABLED
    whom = call.customer_external_id
    click_id = attribution.assign(tx, ctx, settings.click_ids, number, whom, call.at)
    if isinstance(call, SaleCall) and why in (Reason.NO_LEAD, Reason.NO_SUCH_LEAD):
        event_name = call.lead_event_name or DIRECT_LEAD
        lead = LeadCall(
            at=call.at, click_id=click_id, event_name=event_name, customer_external_id=whom
        )
        track(tx, ctx, settings, lead)
    return replace(call, click_id=click_id)
