"""A decision with everything around it: what the receipt says, what was sent, in data and words."""

from typing import Any

import msgspec
from msgspec.structs import replace

from headwater import conversions, delivery, links, receipts
from headwater.db import Read
from headwater.kit.clock import iso_ms, iso_ms_or_none
from headwater.kit.problems import not_found
from headwater.receipts import Receipt, Restatement


def explain(tx: Read, workspace_id: str, reference: str) -> dict[str, Any]:
    """By id of a receipt, lead, sale, refund, dispute or commission."""
    receipt = receipts.find(tx, workspace_id, reference)
    if receipt is None:
        raise not_found("receipt, conversion or commission", reference, "id")
    return receipt_object(tx, workspace_id, receipt)


def receipt_object(tx: Read, workspace_id: str, receipt: Receipt) -> dict[str, Any]:
    receipt = _flagged(tx, workspace_id, receipt)
    reasoning = receipt.reasoning
    number = receipt.link_number
    link = None if number is None else links.by_number(tx, workspace_id, number)
    subjects = [receipt.conversion_id]
    if reasoning.owed is not None and not receipt.takes_back:
        subjects.append(reasoning.owed.commission_id)
    sent = delivery.deliveries_for_conversion(tx, workspace_id, subjects)
    restated = receipts.restatements(tx, workspace_id, receipt.id)
    return {
        "id": receipt.id,
        "kind": receipt.kind,
        "conversionId": receipt.conversion_id,
        "saleId": reasoning.sale_id,
        "customerId": receipt.customer_id,
        "linkId": link.id if link else None,
        "amount": reasoning.amount,
        "currency": reasoning.currency,
        "quantity": reasoning.quantity,
        "decidedAt": iso_ms(receipt.decided_at),
        "ruleVersion": reasoning.rule_version,
        "program": reasoning.program,
        "considered": [_considered(entry) for entry in reasoning.considered],
        "winner": _winner(receipt),
        "credit": reasoning.credit,
        "owed": _owed(reasoning.owed),
        "owedReason": reasoning.owed_reason,
        "flags": reasoning.flags,
        "restatements": [_restatement(entry) for entry in restated],
        "deliveries": [_delivery(entry) for entry in sent],
        "explanation": [
            *receipts.sentences(receipt),
            *[_restated(entry) for entry in restated],
            *[_sent(entry) for entry in sent],
        ],
    }


def _flagged(tx: Read, workspace_id: str, receipt: Receipt) -> Receipt:
    """With the flag that is not stored but looked up when the receipt is read: so it is the same
    whoever came first, and the decision stands as it was written.
    """
    click_id = receipt.reasoning.winner_click_id
    shared = not receipt.takes_back and conversions.click_is_shared(
        tx, workspace_id, receipt.customer_id, receipt.conversion_id, click_id
    )
    if not shared:
        return receipt
    flags = [*receipt.reasoning.flags, receipts.CLICK_SHARED]
    return replace(receipt, reasoning=replace(receipt.reasoning, flags=flags))


def _considered(entry: receipts.Considered) -> dict[str, Any]:
    return {**msgspec.to_builtins(entry), "clickedAt": iso_ms(entry.clicked_at)}


def _owed(owed: receipts.Owing | None) -> dict[str, Any] | None:
    if owed is None:
        return None
    return {**msgspec.to_builtins(owed), "dueAt": iso_ms_or_none(owed.due_at)}


def _winner(receipt: Receipt) -> dict[str, Any] | None:
    if receipt.reasoning.winner_click_id is None:
        return None
    return {
        "partnerId": receipt.partner_id,
        "linkId": receipt.reasoning.winner_link_id,
        "clickId": receipt.reasoning.winner_click_id,
    }


def _restatement(entry: Restatement) -> dict[str, Any]:
    return {
        "clickId": entry.click_id,
        "clickedAt": iso_ms(entry.touched_at),
        "at": iso_ms(entry.at),
    }


def _restated(entry: Restatement) -> str:
    return (
        f"Restated at {iso_ms(entry.at)}: an earlier click of {iso_ms(entry.touched_at)} surfaced"
        " after this decision. The decision stands."
    )


def _delivery(entry: delivery.Delivery) -> dict[str, Any]:
    return {
        "id": entry.id,
        "webhookId": entry.destination_id if entry.kind == delivery.Kind.WEBHOOK else None,
        "destinationId": entry.destination_id,
        "event": entry.event,
        "state": entry.state.value,
        "attempts": entry.attempts,
    }


def _sent(entry: delivery.Delivery) -> str:
    state = {
        "waiting": "is waiting to be sent",
        "delivered": "was delivered",
        "dead": "was given up",
    }
    if entry.state is delivery.State.SKIPPED:
        said = f"is not sent ({entry.last_error})"
        return f"{entry.event} to {entry.kind} {entry.destination_id} {said}."
    tries = f"{entry.attempts} attempt{'' if entry.attempts == 1 else 's'}"
    said = f"{state[entry.state.value]} ({tries})"
    return f"{entry.event} to {entry.kind} {entry.destination_id} {said}."
