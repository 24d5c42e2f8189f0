"""What is read back, in the network's words."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from headwater.sandbox.account import Account
from headwater.sandbox.judge import CONTRACT, promo_code_of, tracker_of
from headwater.sandbox.model import Action, Click, Item, Submission, Update
from headwater.sandbox.orders import decimal, free_fields, hundredths, share

_HASHED_AGAIN = frozenset({"customeremail", "ipaddress"})
# As a conversion said them.
_ECHOED = (
    "CustomerStatus CustomerPostCode CustomerCity CustomerRegion CustomerCountry SharedId SubId1"
    " SubId2 SubId3 CallerId Note OrderDiscount OrderShipping OrderTax PaymentType GiftPurchase"
).split()  # fmt: skip


def submission_object(submission: Submission, account: Account, now: float) -> dict[str, Any]:
    """Complete may mean refused; there is no id of an action in it."""
    begun = now >= (submission.at + submission.due) / 2
    status = "Complete" if submission.done else "In Progress" if begun else "Queued"
    fields = submission.fields
    refused = "Contract Error" if submission.error in CONTRACT else "Validation"
    tracker = tracker_of(fields, account)
    return {
        "BatchId": submission.id,
        "AccountId": account.sid,
        "CampaignId": str(account.campaign),
        "ActionTrackerId": str(tracker) if tracker else None,
        "MediaPartnerId": fields.get("mediapartnerid"),
        "EventCode": account.trackers.get(tracker),
        "OrderId": fields.get("orderid") or fields.get("oid"),
        "Type": submission.kind,
        "Status": status,
        "SubmissionDate": iso(submission.at),
        "CompletionDate": iso(submission.due) if submission.done else "",
        "Payload": urlencode(_told(submission.given, account)),
        "ErrorType": refused if submission.error else "",
        "ErrorReason": submission.error,
        "Uri": f"/Advertisers/{account.sid}/APISubmissions/{submission.id}",
    }


def _told(given: Mapping[str, str], account: Account) -> dict[str, str]:
    return {
        name: hashed(value, account) if name.lower() in _HASHED_AGAIN and value else value
        for name, value in given.items()
    }


def hashed(value: str, account: Account) -> str:
    """N-14: once more, with what only the network knows."""
    return hashlib.sha256(f"{account.token}{value}".encode()).hexdigest()


def action_object(action: Action, account: Account, now: float) -> dict[str, Any]:
    cleared = action.state == "APPROVED" and action.locks + account.clearing_s <= now
    payout, address = decimal(payout_of(action, account)), action.fields.get("ipaddress", "")
    return {
        "Id": action.id,
        "CampaignId": str(account.campaign),
        "ActionTrackerId": str(action.tracker),
        "ActionTrackerName": account.trackers.get(action.tracker, ""),
        "EventCode": account.trackers.get(action.tracker, ""),
        "MediaPartnerId": action.partner,
        "State": action.state,
        "Payout": payout,
        "DeltaPayout": payout,
        "IntendedPayout": decimal(share(hundredths(action.intended), rate(action, account))),
        "Amount": action.amount,
        "DeltaAmount": action.amount,
        "IntendedAmount": action.intended,
        "Currency": action.currency,
        **_referring(action.click),
        "EventDate": iso(action.event_at),
        "CreationDate": iso(action.at),
        "LockingDate": iso(action.locks),
        "ClearedDate": iso(action.locks + account.clearing_s) if cleared else "",
        "PromoCode": promo_code_of(action.fields),
        "Oid": action.order_id,
        "CustomerId": action.customer_id,
        "IpAddress": hashed(address, account) if address else "",
        **{name: action.fields.get(name.lower(), "") for name in _ECHOED},
        **free_fields(action.fields),
        "Uri": _uri(account, action),
    }


def rate(action: Action, account: Account) -> int:
    return account.rates.get(action.tracker, account.percent)


def payout_of(action: Action, account: Account) -> int:
    return share(hundredths(action.amount), rate(action, account))


def _referring(click: Click | None) -> dict[str, str]:
    return {
        "ReferringDate": iso(click.at) if click else "",
        "ReferringType": "CLICK_COOKIE" if click else "",
        "ReferringDomain": click.referrer if click else "",
    }


def item_object(item: Item, action: Action, account: Account) -> dict[str, Any]:
    adjusted = action.updated > action.at
    return {
        "Sku": item.sku,
        "ItemName": item.name,
        "Category": item.category,
        "Quantity": str(item.quantity),
        "SaleAmount": decimal(item.amount),
        "SaleAmountCurrency": action.currency,
        "Payout": decimal(share(item.amount, rate(action, account))),
        "PayoutCurrency": action.currency,
        **item.more,
        "AdjustmentDate": iso(action.updated) if adjusted else "",
        "AdjustmentReason": action.adjusted_for,
        "Uri": f"{_uri(account, action)}/Items/{item.sku}",
    }


def update_object(update: Update, account: Account) -> dict[str, Any]:
    action = update.action
    return {
        "Id": update.id,
        "ActionId": action.id,
        "CampaignId": str(account.campaign),
        "ActionTrackerId": str(action.tracker),
        "MediaPartnerId": action.partner,
        "State": update.state,
        "Disposition": update.disposition,
        "DeltaPayout": decimal(update.payout),
        "DeltaAmount": decimal(update.amount),
        "UpdateDate": iso(update.updated),
        "EventDate": iso(action.event_at),
        "LockingDate": iso(action.locks),
        "ClearingDate": iso(action.locks + account.clearing_s),
        "Oid": action.order_id,
        "Uri": f"/Advertisers/{account.sid}/ActionUpdates/{update.id}",
    }


def click_object(click: Click) -> dict[str, Any]:
    return {
        "Id": click.id,
        "EventDate": iso(click.at),
        "MediaId": click.partner,
        "LandingPageUrl": click.landing,
        "ReferringUrl": click.referrer,
    }


def _uri(account: Account, action: Action) -> str:
    return f"/Advertisers/{account.sid}/Actions/{action.id}"


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
