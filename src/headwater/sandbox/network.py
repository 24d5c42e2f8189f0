"""What the network makes of what it accepted: submissions, actions, and how they age."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from headwater.sandbox.account import Account
from headwater.sandbox.checks import Fields, seconds

GENERATED = "IR_AN_64_TS"
_HASHED_AGAIN = ("customeremail", "ipaddress")


@dataclass(slots=True, kw_only=True)
class Submission:
    """One accepted request; `due` is when it has been worked through."""

    id: str
    kind: str
    fields: Fields
    at: float
    due: float
    error: str = ""
    done: bool = False


@dataclass(slots=True, kw_only=True)
class Action:
    """`amount` as it is now, `intended` as it came; `at`: when it was made, `updated`: when more
    than its approval changed.
    """

    id: str
    tracker: int
    order_id: str
    customer_id: str
    amount: str
    intended: str
    currency: str
    at: float
    updated: float
    event_at: float
    locks: float
    state: str = "PENDING"
    promo_code: str = ""
    partner: str = ""


@dataclass(slots=True)
class Network:
    """All of it, at a time that is handed in; what is due first is worked through first. `clicks`:
    those of its own links, with whose they were.
    """

    account: Account
    chance: Callable[[], str]
    submissions: dict[str, Submission] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    clicks: dict[str, str] = field(default_factory=dict)
    aged: float = 0.0
    made: int = 0

    def click(self, partner: str) -> str:
        """N-19: somebody followed a partner's link."""
        made = self.chance().replace("-", "")
        self.clicks[made] = partner
        return made

    def accept(self, kind: str, fields: Fields, now: float) -> Submission:
        """N-4: visible at once, whatever becomes of it."""
        made = Submission(
            id=f"A-{self.chance()}",
            kind=kind,
            fields=fields,
            at=now,
            due=now + self.account.processing_s,
        )
        self.submissions[made.id] = made
        return made

    def age(self, now: float) -> None:
        """Work through what is due, approve what locked, forget what is old (N-5, N-10, N-15)."""
        self.aged = now
        waiting = [each for each in self.submissions.values() if not each.done and each.due <= now]
        for each in sorted(waiting, key=lambda one: one.due):
            each.error = self._settle(each)
            each.done = True
        for action in self.actions:
            if action.state == "PENDING" and action.locks <= now:
                action.state = "APPROVED"
        old = [each.id for each in self.submissions.values() if each.at + self.account.kept_s < now]
        for name in old:
            del self.submissions[name]

    def _settle(self, submission: Submission) -> str:
        if submission.kind != "Conversion":
            return self._change(submission)
        fields = submission.fields
        tracker = int(fields.get("actiontrackerid") or 0)
        order_id = fields.get("orderid") or fields.get("oid") or ""
        reason = self._against(submission, tracker, order_id)
        if reason:
            return reason
        if order_id == GENERATED:  # N-7
            order_id = self.chance().replace("-", "")
        self.actions.append(self._made(submission, tracker, order_id))
        return ""

    def _made(self, submission: Submission, tracker: int, order_id: str) -> Action:
        """N-9. What comes late is dated when it came."""
        account, fields = self.account, submission.fields
        event_at = seconds(fields.get("eventdate", ""))
        late = account.late_s is not None and (event_at or 0) < submission.at - account.late_s
        if event_at is None or late:
            event_at = submission.at
        self.made += 1
        amount = fields.get("itemsubtotal1", fields.get("amount", "0.00"))
        return Action(
            id=f"{account.campaign}.{tracker}.{self.made}",
            tracker=tracker,
            order_id=order_id,
            customer_id=fields.get("customerid", ""),
            amount=amount,
            intended=amount,
            currency=fields.get("currencycode", ""),
            at=submission.due,
            updated=submission.due,
            event_at=event_at,
            locks=event_at + account.locking_s,
            promo_code=fields.get("orderpromocode", ""),
            partner=self.clicks.get(fields.get("clickid", ""), ""),
        )

    def _against(self, submission: Submission, tracker: int, order_id: str) -> str:
        """Why it comes to nothing (N-6, N-8)."""
        if tracker not in self.account.trackers:
            return "ACTIONTRACKER_NOT_FOUND"
        if tracker in self.account.inactive:
            return "ACTIONTRACKER_NOT_ACTIVE"
        earliest = submission.due - self.account.duplicates_s
        if order_id != GENERATED and any(
            each.tracker == tracker and each.order_id == order_id and each.at > earliest
            for each in self.actions
        ):
            return "CONV_DUPLICATE"
        click, customer = submission.fields.get("clickid"), submission.fields.get("customerid")
        if click and (self.account.clicks is None or click in self.account.clicks | {*self.clicks}):
            return ""
        known = any(each.customer_id == customer for each in self.actions) if customer else False
        return "" if known else "ACTION_REF_NOT_FOUND"

    def _change(self, submission: Submission) -> str:
        """A reversal, or a correction; of which one to nothing is a reversal (N-11, N-12)."""
        action = self._named(submission.fields)
        if action is None:
            return "ACTION_NOT_FOUND"
        if action.state != "PENDING":
            return "ACTION_LOCKED" if action.state == "APPROVED" else "ACTION_ALREADY_REVERSED"
        amount = submission.fields.get("amount", action.amount)
        if submission.kind == "Reversal" or not _hundredths(amount):
            action.state, amount = "REVERSED", "0.00"
        action.amount, action.updated = amount, submission.due
        return ""

    def _named(self, fields: Fields) -> Action | None:
        for each in self.actions:
            by_order = (str(each.tracker), each.order_id)
            given = (fields.get("actiontrackerid"), fields.get("orderid"))
            if each.id == fields.get("actionid") or by_order == given:
                return each
        return None

    def submission_object(self, submission: Submission, now: float) -> dict[str, Any]:
        """Complete may mean refused; there is no id of an action in it."""
        begun = now >= submission.at + self.account.processing_s / 2
        status = "Complete" if submission.done else "In Progress" if begun else "Queued"
        refused = "Contract Error" if submission.error else ""
        fields = submission.fields
        return {
            "BatchId": submission.id,
            "AccountId": self.account.sid,
            "CampaignId": str(self.account.campaign),
            "ActionTrackerId": fields.get("actiontrackerid"),
            "OrderId": fields.get("orderid"),
            "Type": submission.kind,
            "Status": status,
            "SubmissionDate": _iso(submission.at),
            "CompletionDate": _iso(submission.due) if submission.done else "",
            "Payload": urlencode({**fields, **self._hashed(fields)}),
            "ErrorType": refused,
            "ErrorReason": submission.error,
            "Uri": f"/Advertisers/{self.account.sid}/APISubmissions/{submission.id}",
        }

    def _hashed(self, fields: Fields) -> Fields:
        """N-14: hashed once more, with what only the network knows."""
        named = {name: fields[name] for name in _HASHED_AGAIN if fields.get(name)}
        keyed = {name: f"{self.account.token}{value}" for name, value in named.items()}
        return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in keyed.items()}

    def action_object(self, action: Action) -> dict[str, Any]:
        account, clears = self.account, action.locks + self.account.clearing_s
        cleared = action.state == "APPROVED" and clears <= self.aged
        payout = _percent(action.amount, account.percent)
        return {
            "Id": action.id,
            "CampaignId": str(account.campaign),
            "ActionTrackerId": str(action.tracker),
            "ActionTrackerName": account.trackers.get(action.tracker, ""),
            "MediaPartnerId": action.partner,
            "State": action.state,
            "Payout": payout,
            "DeltaPayout": payout,
            "IntendedPayout": _percent(action.intended, account.percent),
            "Amount": action.amount,
            "DeltaAmount": action.amount,
            "IntendedAmount": action.intended,
            "Currency": action.currency,
            "EventDate": _iso(action.event_at),
            "CreationDate": _iso(action.at),
            "LockingDate": _iso(action.locks),
            "ClearedDate": _iso(clears) if cleared else "",
            "PromoCode": action.promo_code,
            "Oid": action.order_id,
            "CustomerId": action.customer_id,
            "Uri": f"/Advertisers/{account.sid}/Actions/{action.id}",
        }


def _percent(amount: str, percent: int) -> str:
    payout = (_hundredths(amount) * percent + 50) // 100
    return f"{payout // 100}.{payout % 100:02d}"


def _hundredths(amount: str) -> int:
    whole, _, part = amount.partition(".")
    return int(whole or 0) * 100 + int(f"{part}00"[:2])


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
