"""Calls as they are stored in the inbox, and what became of them."""

import msgspec

from headwater.conversions import Dispute, Lead, Milestone, Refund, Sale, Scope
from headwater.customers import Customer, CustomerDraft
from headwater.inbox import Reason
from headwater.kit.value import Value

# What a lead is called that a sale brings along.
DIRECT_LEAD = "Sign up"


class LeadCall(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`at` is when it happened: when the call was received, where it does not say; metadata is JSON
    text; `mode` is `deferred` or None.
    """

    at: int
    click_id: str | None
    event_name: str
    customer_external_id: str
    customer_name: str | None = None
    customer_email: str | None = None
    customer_avatar: str | None = None
    metadata: str | None = None
    mode: str | None = None
    event_quantity: int | None = None


class SaleCall(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`amount` in minor units of `currency` (lower case), as given."""

    at: int
    customer_external_id: str
    amount: int
    currency: str
    event_name: str
    payment_processor: str
    invoice_id: str | None = None
    metadata: str | None = None
    lead_event_name: str | None = None
    click_id: str | None = None
    customer_name: str | None = None
    customer_email: str | None = None
    customer_avatar: str | None = None
    plan: str | None = None
    promo_code: str | None = None
    subscription_id: str | None = None
    scope: str = Scope.PERSONAL
    administrative: bool = False


class MilestoneCall(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`kind` is a `conversions.Step`; `entity` the trial or the subscription it happened to, None
    where it is the customer's own.
    """

    at: int
    customer_external_id: str
    kind: str
    entity: str | None = None
    plan: str | None = None
    scope: str = Scope.PERSONAL
    administrative: bool = False
    source: str = "api"
    metadata: str | None = None
    customer_name: str | None = None
    customer_email: str | None = None
    customer_avatar: str | None = None


class RefundCall(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`sale` is a sale's id or `ext_<invoiceId>`; `amount` in its original currency."""

    at: int
    sale: str
    amount: int
    key: str
    reason: str | None = None


class DisputeCall(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`sale` as in a refund; `state` is `opened`, `won` or `lost`."""

    at: int
    sale: str
    key: str
    amount: int | None = None
    reason: str | None = None
    state: str = "opened"


class Recorded(Value, frozen=True, kw_only=True):
    """The fact, just made or made earlier under the same key."""

    fact: Lead | Sale | Refund | Milestone | Dispute
    released: tuple[str, ...] = ()  # what calls may have waited for (tokens.py)
    receipt_id: str | None = None  # known where the fact was recorded just now
    customer: Customer | None = None


class Announced(Value, frozen=True, kw_only=True):
    """The customer is known by a click; a lead is to follow."""

    customer: Customer
    click_id: str
    link_number: int
    released: tuple[str, ...] = ()


class Kept(Value, frozen=True, kw_only=True):
    """The call waits in the inbox (or was closed there), why, and the field at fault."""

    inbox_id: str
    reason: Reason
    field: str | None = None


Outcome = Recorded | Announced | Kept
Call = LeadCall | SaleCall | RefundCall | MilestoneCall | DisputeCall
AboutCustomer = LeadCall | SaleCall | MilestoneCall


def customer_draft(call: AboutCustomer) -> CustomerDraft:
    return CustomerDraft(
        external_id=call.customer_external_id,
        name=call.customer_name,
        email=call.customer_email,
        avatar=call.customer_avatar,
    )


encode = msgspec.json.Encoder().encode
decode_lead = msgspec.json.Decoder(LeadCall).decode
decode_sale = msgspec.json.Decoder(SaleCall).decode
decode_refund = msgspec.json.Decoder(RefundCall).decode
decode_dispute = msgspec.json.Decoder(DisputeCall).decode
decode_milestone = msgspec.json.Decoder(MilestoneCall).decode
