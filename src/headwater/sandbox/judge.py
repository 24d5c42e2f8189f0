"""What becomes of a conversion that was accepted: whose it is, or why it comes to nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headwater.sandbox.account import Account
from headwater.sandbox.checks import seconds
from headwater.sandbox.model import Action, Click, Fields, Submission

# Said of what a partner's terms exclude; of all else the network says Validation.
CONTRACT = frozenset(
    "ACTION_REF_NOT_FOUND OUTSIDE_ASSOCIATION_WINDOW PARTNER_NOT_ACTIVE CONTRACT_NOT_FOUND".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credited:
    """`partner` is empty where a click that leads to somebody says no more."""

    partner: str
    click: Click | None = None


def judged(
    submission: Submission,
    account: Account,
    actions: Sequence[Action],
    clicks: Mapping[str, Click],
) -> Credited | str:
    """A reason of the network's, or who is credited (N-6, N-8). In order: the tracker, the order
    id, which is new where the network makes it, who brought them, whether that partner is paid.
    """
    fields = submission.fields
    tracker = tracker_of(fields, account)
    if tracker in account.elsewhere:
        return "ACTIONTRACKER_CAMPAIGN_MISMATCH"
    if tracker not in account.trackers:
        return "ACTIONTRACKER_NOT_FOUND"
    if tracker in account.inactive:
        return "ACTIONTRACKER_NOT_ACTIVE"
    earliest = submission.due - account.duplicates_s
    order_id = order_id_of(fields)
    if any(
        each.tracker == tracker and each.order_id == order_id and each.at > earliest
        for each in actions
    ):
        return "CONV_DUPLICATE"
    found = _referred(submission, account, actions, clicks)
    if isinstance(found, str):
        return found
    if found.partner in account.left:
        return "PARTNER_NOT_ACTIVE"
    return "CONTRACT_NOT_FOUND" if found.partner in account.without_contract else found


def _referred(
    submission: Submission,
    account: Account,
    actions: Sequence[Action],
    clicks: Mapping[str, Click],
) -> Credited | str:
    """N-8: by the click, where it is not too long ago; else by an action of the same customer that
    was there when this came; else by a promo code of somebody's.
    """
    fields = submission.fields
    named, customer = fields.get("clickid", ""), fields.get("customerid", "")
    click = clicks.get(named)
    if click and happened(submission, account.late_s) - click.at <= account.window_s:
        return Credited(partner=click.partner, click=click)
    if named and not click and (account.clicks is None or named in account.clicks):
        return Credited(partner="")
    for each in actions:
        if customer and each.customer_id == customer and each.at <= submission.at:
            return Credited(partner=each.partner)
    code = promo_code_of(fields).casefold()
    for known, partner in account.promo_codes.items():
        if code and known.casefold() == code:
            return Credited(partner=partner)
    return "OUTSIDE_ASSOCIATION_WINDOW" if click else "ACTION_REF_NOT_FOUND"


def happened(submission: Submission, late_s: float | None) -> float:
    """When it says; when it came, where it says NOW or that it was too long ago."""
    said = seconds(submission.fields.get("eventdate", ""))
    if said is None or (late_s is not None and said < submission.at - late_s):
        return submission.at
    return said


def tracker_of(fields: Fields, account: Account) -> int:
    """By its number, under either name, or by the kind of event it is for; 0: none of these."""
    number = fields.get("actiontrackerid") or fields.get("eventtypeid") or ""
    if number:
        return int(number) if re.fullmatch(r"[0-9]{1,12}", number) else 0
    code = fields.get("eventtypecode")
    return next((each for each, kind in account.trackers.items() if kind == code), 0)


def order_id_of(fields: Fields) -> str:
    return fields.get("orderid") or fields.get("oid") or ""


def promo_code_of(fields: Fields) -> str:
    return fields.get("orderpromocode") or fields.get("promocode") or ""
