"""What the network makes of what it accepted: submissions, actions, and how they age."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from headwater.sandbox.account import Account
from headwater.sandbox.checks import Fields

GENERATED = "IR_AN_64_TS"


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
    id: str
    tracker: int
    order_id: str
    customer_id: str
    amount: str
    currency: str
    at: float
    locks: float
    state: str = "PENDING"


@dataclass(slots=True)
class Network:
    """All of it, at a time that is handed in; what is due first is worked through first."""

    account: Account
    chance: Callable[[], str]
    submissions: dict[str, Submission] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)

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
        if submission.kind == "Reversal":
            return self._reverse(submission)
        fields = submission.fields
        tracker = int(fields.get("actiontrackerid") or 0)
        order_id = fields.get("orderid") or fields.get("oid") or ""
        reason = self._against(submission, tracker, order_id)
        if reason:
            return reason
        if order_id == GENERATED:  # N-7
            order_id = self.chance().replace("-", "")
        self.actions.append(
            Action(
                id=f"{self.account.campaign}.{tracker}.{len(self.actions) + 1}",
                tracker=tracker,
                order_id=order_id,
                customer_id=fields.get("customerid", ""),
                amount=fields.get("itemsubtotal1", fields.get("amount", "0.00")),
                currency=fields.get("currencycode", ""),
                at=submission.due,
                locks=submission.due + self.account.locking_s,
            )
        )
        return ""

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
        if click and (self.account.clicks is None or click in self.account.clicks):
            return ""
        known = any(each.customer_id == customer for each in self.actions) if customer else False
        return "" if known else "ACTION_REF_NOT_FOUND"

    def _reverse(self, submission: Submission) -> str:
        action = self._named(submission.fields)
        if action is None:
            return "ACTION_NOT_FOUND"
        if action.state != "PENDING":
            return "ACTION_LOCKED" if action.state == "APPROVED" else "ACTION_ALREADY_REVERSED"
        action.state = "REVERSED"
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
        return {
            "BatchId": submission.id,
            "CampaignId": str(self.account.campaign),
            "ActionTrackerId": submission.fields.get("actiontrackerid"),
            "OrderId": submission.fields.get("orderid"),
            "Type": submission.kind,
            "Status": status,
            "ErrorType": refused,
            "ErrorReason": submission.error,
            "Uri": f"/Advertisers/{self.account.sid}/APISubmissions/{submission.id}",
        }

    def action_object(self, action: Action) -> dict[str, Any]:
        return {
            "Id": action.id,
            "CampaignId": str(self.account.campaign),
            "ActionTrackerId": str(action.tracker),
            "State": action.state,
            "Oid": action.order_id,
            "CustomerId": action.customer_id,
            "Amount": "0.00" if action.state == "REVERSED" else action.amount,
            "Currency": action.currency,
        }
