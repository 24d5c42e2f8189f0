"""One event, taken apart."""

from collections.abc import Mapping
from typing import Any

from headwater.billing.stripe.shape import Object, Unreadable, dig, moment, needed, text
from headwater.kit.value import Value


class Happened(Value, frozen=True, kw_only=True):
    """`before` holds what an update changed, as it was."""

    kind: str
    at: int
    object: Object
    before: Object


def happened(event: Mapping[str, Any]) -> Happened:
    """Unreadable where it has no object."""
    own = dig(event, "data", "object")
    if not isinstance(own, Mapping):
        raise Unreadable("data.object")
    before = dig(event, "data", "previous_attributes")
    return Happened(
        kind=needed(text(event, "type"), "type"),
        at=needed(moment(event, "created"), "created"),
        object=own,
        before=before if isinstance(before, Mapping) else {},
    )
