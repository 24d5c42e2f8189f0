"""A step of a customer's life."""

from typing import Any

import msgspec

from headwater.conversions import Milestone
from headwater.kit.clock import iso_ms


def milestone_object(of: Milestone) -> dict[str, Any]:
    """`entity` is null where the step is the customer's own, as a sign-up is."""
    return {
        "id": of.id,
        "type": of.kind,
        "entity": None if of.entity == of.customer_id else of.entity,
        "plan": of.plan,
        "scope": of.scope,
        "administrative": of.administrative,
        "source": of.source,
        "occurredAt": iso_ms(of.at),
        "metadata": None if of.metadata is None else msgspec.Raw(of.metadata.encode()),
    }
