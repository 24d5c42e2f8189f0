"""A report that was refused is put right by a person and sent again (A-85)."""

from typing import Annotated

import msgspec

from headwater import delivery
from headwater.db import Write
from headwater.delivery import Delivery, Kind, State
from headwater.kit.context import Context
from headwater.kit.money import AMOUNT_MAX
from headwater.kit.problems import conflict, invalid
from headwater.reports.model import Snapshot

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class Correction(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What may be said otherwise: never who the person is, when it was, or the order id by which
    the network knows it.
    """

    click_id: _Text | msgspec.UnsetType | None = msgspec.UNSET
    plan: _Text | msgspec.UnsetType | None = msgspec.UNSET
    promo_code: _Text | msgspec.UnsetType | None = msgspec.UNSET
    amount: Annotated[int, msgspec.Meta(gt=0, le=AMOUNT_MAX)] | msgspec.UnsetType = msgspec.UNSET
    currency: Annotated[str, msgspec.Meta(pattern="^[a-z]{3}$")] | msgspec.UnsetType = msgspec.UNSET


def correct(tx: Write, ctx: Context, delivery_id: str, correction: Correction) -> Delivery:
    """Sent again as it is right now. Refused: of a webhook, whose messages say what happened; of
    what the network took already, or may be taking now; where the person was erased.
    """
    found = delivery.get_delivery(tx, ctx.workspace_id, delivery_id)
    if found.delivery.kind == Kind.WEBHOOK:
        raise invalid("payload", "A message to a webhook is sent as it was. Leave the payload out.")
    if found.delivery.state is State.DELIVERED:
        raise conflict("The network took this already. Correct it there.", "payload")
    again = delivery.replay(tx, ctx, delivery_id)
    if again.next_attempt_at is None:
        raise conflict("This is being sent as it was. Ask again when that has ended.", "payload")
    if found.body is not None:
        before = msgspec.json.decode(found.body.encode(), type=Snapshot)
        said = {
            name: value
            for name in correction.__struct_fields__
            if (value := getattr(correction, name)) is not msgspec.UNSET
        }
        if before.amount is None and {"amount", "currency"} & said.keys():
            raise invalid("payload.amount", "Only a sale has an amount. Leave it out.")
        text = msgspec.json.encode(msgspec.structs.replace(before, **said)).decode()
        delivery.rewrite_body(tx, ctx.workspace_id, found.delivery.message_id, text)
    return again
