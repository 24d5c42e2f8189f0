"""What payment processors report: kept as it came, translated, and applied once."""

from headwater.billing.actions import apply, lock, put_off, replay
from headwater.billing.differences import Difference
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
from headwater.billing.exported import Exported, exported
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
from headwater.billing.reconcile import compare, heal, is_healed, not_listed
from headwater.billing.sql import due, endpoint_of_anyone, event, page, page_in_state
from headwater.billing.stripe.shape import API_VERSION
from headwater.billing.stripe.signature import refusal
from headwater.billing.stripe.tables import BadTable, payments

__all__ = [
    "API_VERSION",
    "MEANING",
    "Amount",
    "BadTable",
    "Difference",
    "Endpoint",
    "Event",
    "EventFilter",
    "Exported",
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
    "exported",
    "forget",
    "get_endpoint",
    "heal",
    "is_healed",
    "list_endpoints",
    "lock",
    "not_listed",
    "page",
    "page_in_state",
    "payments",
    "put_off",
    "read_head",
    "receive",
    "refusal",
    "replay",
    "rotate_secret",
    "sweep",
]
