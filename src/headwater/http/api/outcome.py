"""Running a tracking call and rendering what became of it, the same now and ever after."""

from typing import Any

import msgspec

from headwater import conversions, customers, inbox, links, receipts
from headwater.consequences import Settings
from headwater.conversions import Dispute, Lead, Milestone, Refund, Sale
from headwater.customers import Customer
from headwater.db import Read, Write
from headwater.http.api.common import HttpRequest, write_once
from headwater.http.call_log import log_outcome, settled
from headwater.inbox import Reason
from headwater.kit.clock import iso_ms, iso_ms_or_none
from headwater.kit.context import Context
from headwater.kit.problems import Code, Problem
from headwater.runtime import App
from headwater.shapes import customer_names, link_brief, milestone_object
from headwater.tracking import (
    Announced,
    Call,
    Kept,
    LeadCall,
    Outcome,
    Recorded,
    SaleCall,
    announced,
    track,
)


async def run_call(app: App, request: HttpRequest, ctx: Context, call: Call) -> dict[str, Any]:
    """Record the call and render its outcome in the same transaction."""

    def run(tx: Write) -> tuple[Outcome, dict[str, Any]]:
        outcome = track(tx, ctx, app.settings, call)
        return outcome, render(tx, ctx.workspace_id, call, outcome, app.config.public_url)

    def load(
        tx: Read, workspace_id: str, reference: tuple[str, str]
    ) -> tuple[Outcome, dict[str, Any]]:
        outcome = _outcome(tx, workspace_id, app.settings, reference)
        return outcome, render(tx, workspace_id, call, outcome, app.config.public_url)

    def tell(tx: Write, result: tuple[Outcome, dict[str, Any]]) -> None:
        log_outcome(tx, ctx, request, call, result[0], _refused(call, result[0]))

    outcome, answer = await write_once(
        app, request, ctx, run, lambda result: _reference(result[0]), load, tell
    )
    settled(request)
    problem = _refused(call, outcome)
    if problem is not None:
        raise problem
    return answer


def _reference(outcome: Outcome) -> tuple[str, str]:
    if isinstance(outcome, Kept):
        return "inbox", outcome.inbox_id
    if isinstance(outcome, Announced):
        return "announced", f"{outcome.customer.id} {outcome.click_id}"
    match outcome.fact:
        case Lead():
            return "lead", outcome.fact.id
        case Sale():
            return "sale", outcome.fact.id
        case Refund():
            return "refund", outcome.fact.id
        case Milestone():
            return "milestone", outcome.fact.id
        case Dispute():
            return "dispute", outcome.fact.id


def _outcome(
    tx: Read, workspace_id: str, settings: Settings, reference: tuple[str, str]
) -> Outcome:
    """The fact a key stands for; an inbox item that was attached since stands for its result."""
    kind, result_id = reference
    if kind == "inbox":
        item = inbox.by_id(tx, workspace_id, result_id)
        assert item is not None
        if item.result_id is None or item.result_kind is None:
            return Kept(inbox_id=item.id, reason=item.reason, field=item.field)
        kind, result_id = item.result_kind, item.result_id
    if kind in ("announced", "customer"):
        return announced(tx, workspace_id, settings, *result_id.split(" "))
    finder = {
        "lead": conversions.lead_by_id,
        "sale": conversions.sale_by_id,
        "refund": conversions.refund_by_id,
        "dispute": conversions.dispute_by_id,
        "milestone": conversions.milestone_by_id,
    }[kind]
    fact = finder(tx, workspace_id, result_id)
    assert fact is not None
    return Recorded(fact=fact)


def render(
    tx: Read, workspace_id: str, call: Call, outcome: Outcome, api_url: str
) -> dict[str, Any]:
    """From the stored fact, so that the first answer and every later one are the same."""
    match outcome:
        case Recorded(fact=Lead() as lead):
            return _lead(tx, workspace_id, lead, api_url)
        case Recorded(fact=Sale() as sale):
            return _sale(tx, workspace_id, sale, outcome, api_url)
        case Recorded(fact=Refund() as refund):
            return _refund(tx, workspace_id, refund)
        case Recorded(fact=Dispute() as dispute):
            return _dispute(tx, workspace_id, dispute)
        case Recorded(fact=Milestone() as milestone):
            return _milestone(tx, workspace_id, milestone, api_url)
        case Announced():
            return _announced(tx, workspace_id, outcome, api_url)
        case Kept(inbox_id=inbox_id) if isinstance(call, SaleCall):
            return {
                "eventName": call.event_name,
                "customer": None,
                "sale": None,
                "inboxId": inbox_id,
            }
        case _:
            return {"id": None, "inboxId": outcome.inbox_id if isinstance(outcome, Kept) else None}


def _lead(tx: Read, workspace_id: str, lead: Lead, api_url: str) -> dict[str, Any]:
    customer = _customer(tx, workspace_id, lead.customer_id)
    link = links.by_number(tx, workspace_id, lead.link_number)
    assert link is not None
    return {
        "click": {"id": lead.click_id},
        "link": link_brief(link),
        "customer": customer_names(customer, api_url),
        "lead": {
            "id": lead.id,
            "eventName": lead.name,
            "eventQuantity": lead.quantity,
            "receiptId": _receipt(tx, workspace_id, lead.id),
        },
    }


def _announced(tx: Read, workspace_id: str, known: Announced, api_url: str) -> dict[str, Any]:
    link = links.by_number(tx, workspace_id, known.link_number)
    assert link is not None
    return {
        "click": {"id": known.click_id},
        "link": link_brief(link),
        "customer": customer_names(known.customer, api_url),
        "lead": None,
    }


def _sale(tx: Read, workspace_id: str, sale: Sale, known: Recorded, api_url: str) -> dict[str, Any]:
    customer = known.customer or _customer(tx, workspace_id, sale.customer_id)
    return {
        "eventName": sale.event_name,
        "customer": {"id": customer.id, **customer_names(customer, api_url)},
        "sale": {
            "id": sale.id,
            "receiptId": known.receipt_id or _receipt(tx, workspace_id, sale.id),
            "amount": sale.amount,
            "currency": sale.currency,
            "originalAmount": sale.original_amount,
            "originalCurrency": sale.original_currency,
            "paymentProcessor": sale.payment_processor,
            "invoiceId": sale.invoice_id,
            "metadata": None if sale.metadata is None else msgspec.Raw(sale.metadata.encode()),
        },
    }


def _milestone(tx: Read, workspace_id: str, of: Milestone, api_url: str) -> dict[str, Any]:
    customer = _customer(tx, workspace_id, of.customer_id)
    return milestone_object(of) | {
        "customer": {"id": customer.id, **customer_names(customer, api_url)}
    }


def _refund(tx: Read, workspace_id: str, refund: Refund) -> dict[str, Any]:
    sale = conversions.sale_by_id(tx, workspace_id, refund.sale_id)
    assert sale is not None
    return {
        "id": refund.id,
        "saleId": sale.id,
        "amount": refund.amount,
        "currency": sale.currency,
        "originalAmount": refund.original_amount,
        "originalCurrency": sale.original_currency,
        "key": refund.key,
        "reason": refund.reason,
        "reversed": refund.reversed,
        "receiptId": _receipt(tx, workspace_id, refund.id),
        "createdAt": iso_ms(refund.at),
    }


def _dispute(tx: Read, workspace_id: str, dispute: Dispute) -> dict[str, Any]:
    return {
        "id": dispute.id,
        "saleId": dispute.sale_id,
        "key": dispute.key,
        "originalAmount": dispute.original_amount,
        "reason": dispute.reason,
        "reversed": dispute.reversed,
        "outcome": dispute.outcome,
        "receiptId": _receipt(tx, workspace_id, dispute.id),
        "openedAt": iso_ms(dispute.at),
        "closedAt": iso_ms_or_none(dispute.closed_at),
    }


def _customer(tx: Read, workspace_id: str, customer_id: str) -> Customer:
    customer = customers.by_id(tx, workspace_id, customer_id)
    assert customer is not None
    return customer


def _receipt(tx: Read, workspace_id: str, conversion_id: str) -> str | None:
    return receipts.id_of(tx, workspace_id, conversion_id)


_REFUSED: dict[Reason, tuple[Code, str]] = {
    Reason.NO_CLICK: (Code.BAD_REQUEST, "clickId"),
    Reason.FORGED_CLICK_ID: (Code.NOT_FOUND, "clickId"),
    Reason.UNKNOWN_CLICK: (Code.NOT_FOUND, "clickId"),
    Reason.LINK_DISABLED: (Code.NOT_FOUND, "clickId"),
    Reason.NO_SUCH_LEAD: (Code.NOT_FOUND, "leadEventName"),
    Reason.NO_LEAD: (Code.NOT_FOUND, "customerExternalId"),
    Reason.REFUND_EXCEEDS_SALE: (Code.UNPROCESSABLE, "amount"),
    Reason.AMOUNT_OUT_OF_RANGE: (Code.UNPROCESSABLE, "amount"),
}


def _refused(call: Call, outcome: Outcome) -> Problem | None:
    """Reasons the reference answers with an error; the call is in the inbox all the same."""
    if not isinstance(outcome, Kept):
        return None
    kept = outcome
    code, field = _REFUSED.get(kept.reason, (None, None))
    if kept.reason is Reason.CONFLICT and not isinstance(call, SaleCall | LeadCall):
        code, field = Code.CONFLICT, kept.field or "amount"
    if code is None:
        return None
    message = f"{inbox.REMEDY[kept.reason]} Nothing is lost: the call is kept as {kept.inbox_id}."
    if kept.reason is Reason.LINK_DISABLED:
        field = kept.field
    return Problem(code, message, field)
