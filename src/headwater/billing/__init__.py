"""What payment processors report: kept as it came, translated, and applied once."""

from headwater.billing.actions import apply, lock, put_off, replay
from headwater.billing.endpoints import (
    Received,
    create_endpoint,
    delete_endpoint,
    get_endpoint,
    list_endpoints,
    read_head,
    receive,
    rotate_secret,
)
from headwater.billing.forgetting import forget, sweep
from headwater.billing.model import (
    MEANING,
    Amount,
    Endpoint,
    Event,
    EventFilter,
    Mode,
    Policy,
    Reason,
    State,
    Taxes,
)
from headwater.billing.reconcile import Difference, compare, events_of, heal, is_healed
from headwater.billing.sql import due, endpoint_of_anyone, event, page, page_in_state
from headwater.billing.stripe.signature import refusal

__all__ = [
    "MEANING",
    "Amount",
    "Difference",
    "Endpoint",
    "Event",
    "EventFilter",
    "Mode",
    "Policy",
    "Reason",
    "Received",
    "State",
    "Taxes",
    "apply",
    "compare",
    "create_endpoint",
    "delete_endpoint",
    "due",
    "endpoint_of_anyone",
    "event",
    "events_of",
    "forget",
    "get_endpoint",
    "heal",
    "is_healed",
    "list_endpoints",
    "lock",
    "page",
    "page_in_state",
    "put_off",
    "read_head",
    "receive",
    "refusal",
    "replay",
    "rotate_secret",
    "sweep",
]
