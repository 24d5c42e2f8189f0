"""What the network makes of what it accepted: submissions, actions, and how they age."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from headwater.sandbox.account import Account, Kind
from headwater.sandbox.judge import Credited, happened, judged, order_id_of, tracker_of
from headwater.sandbox.model import Action, Click, Fields, Submission, Update
from headwater.sandbox.objects import payout_of, rate
from headwater.sandbox.orders import decimal, hundredths, order_of, share, spread

GENERATED = "IR_AN_64_TS"
MADE, RESET = "IR_BLANK", "RESET"


@dataclass(slots=True)
class Network:
    """All of it, at a time that is handed in; what is due first is worked through first. `clicks`:
    those of its own links. `news`: what is to be told of actions, and by whom it is taken away.
    """

    account: Account
    chance: Callable[[], str]
    submissions: dict[str, Submission] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    clicks: dict[str, Click] = field(default_factory=dict)
    news: list[dict[str, Any]] = field(default_factory=list)
    made: int = 0

    def click(self, partner: str, at: float, landing: str = "", referrer: str = "") -> Click:
        """N-19: somebody followed a partner's link."""
        made = Click(
            id=self.chance().replace("-", ""),
            partner=partner,
            at=at,
            landing=landing,
            referrer=referrer,
        )
        self.clicks[made.id] = made
        return made

    def accept(
        self, kind: Kind, fields: Fields, now: float, given: Fields | None = None
    ) -> Submission:
        """N-4: visible at once, whatever becomes of it."""
        made = Submission(
            id=f"A-{self.chance()}",
            kind=kind,
            fields=fields,
            given=given or fields,
            at=now,
            due=now + self.account.processing.get(kind, self.account.processing_s),
        )
        self.submissions[made.id] = made
        return made

    def at_once(self, fields: Fields, now: float) -> str:
        """A conversion that is worked through while its sender waits; the id of its action, empty
        where it comes to nothing.
        """
        before = len(self.actions)
        self._settle(
            Submission(id="", kind="Conversion", fields=fields, given=fields, at=now, due=now)
        )
        return self.actions[-1].id if len(self.actions) > before else ""

    def age(self, now: float) -> None:
        """Work through what is due, approve what locked, forget what is old (N-5, N-10, N-15)."""
        waiting = [each for each in self.submissions.values() if not each.done and each.due <= now]
        for each in sorted(waiting, key=lambda one: one.due):
            self._approve(each.due)
            each.error = self._settle(each)
            each.done = True
        self._approve(now)
        old = [each.id for each in self.submissions.values() if each.at + self.account.kept_s < now]
        for name in old:
            del self.submissions[name]

    def _approve(self, until: float) -> None:
        for action in self.actions:
            if action.state == "PENDING" and action.locks <= until:
                action.state = "APPROVED"
                self._tell(action)

    def _settle(self, submission: Submission) -> str:
        """Why it comes to nothing; empty where it does not."""
        if submission.kind != "Conversion":
            return self._change(submission)
        found = judged(submission, self.account, self.actions, self.clicks)
        if isinstance(found, str):
            return found
        action = self._made(submission, found)
        self.actions.append(action)
        self._changed(action, "0", MADE, submission.due)
        return ""

    def _made(self, submission: Submission, found: Credited) -> Action:
        """N-9. What comes late is dated when it came."""
        account, fields = self.account, submission.fields
        tracker, order_id = tracker_of(fields, account), order_id_of(fields)
        if order_id == GENERATED:  # N-7
            order_id = self.chance().replace("-", "")
        event_at = happened(submission, account.late_s)
        amount, items = order_of(fields)
        self.made += 1
        return Action(
            id=f"{account.campaign}.{tracker}.{self.made}",
            tracker=tracker,
            order_id=order_id,
            customer_id=fields.get("customerid", ""),
            amount=decimal(amount),
            intended=decimal(amount),
            currency=fields.get("currencycode") or fields.get("currency") or "",
            at=submission.due,
            updated=submission.due,
            event_at=event_at,
            locks=event_at + account.locking_s,
            partner=found.partner,
            click=found.click,
            items=items,
            fields=fields,
        )

    def _change(self, submission: Submission) -> str:
        """A reversal, or a correction; of which one to nothing is a reversal (N-11, N-12)."""
        action, fields = self._named(submission.fields), submission.fields
        if action is None:
            return "ACTION_NOT_FOUND"
        if action.state != "PENDING":
            return "ACTION_LOCKED" if action.state == "APPROVED" else "ACTION_ALREADY_REVERSED"
        before, reason = action.amount, fields.get("reason", "")
        amount = fields.get("amount") or before
        if reason == RESET:
            amount = action.intended
        nothing = "amount" in fields and not hundredths(amount) and hundredths(before)
        if submission.kind == "Reversal" or nothing:
            action.state, amount = "REVERSED", "0.00"
        left = hundredths(amount)
        action.amount, action.updated = decimal(left), submission.due
        action.items = spread(order_of(action.fields)[1], left)
        action.adjusted_for = fields.get("dispositioncode") or reason
        self._changed(action, before, action.adjusted_for, submission.due)
        return ""

    def _named(self, fields: Fields) -> Action | None:
        for each in self.actions:
            given = (tracker_of(fields, self.account), order_id_of(fields))
            if each.id == fields.get("actionid") or (each.tracker, each.order_id) == given:
                return each
        return None

    def _changed(self, action: Action, before: str, disposition: str, at: float) -> None:
        """N-12: one line of its log, by how much it is more than before."""
        count = sum(each.action is action for each in self.updates)
        gone = hundredths(before)
        self.updates.append(
            Update(
                id=f"{action.id}.{count + 1}",
                action=action,
                state=action.state,
                disposition=disposition,
                amount=hundredths(action.amount) - gone,
                payout=payout_of(action, self.account) - share(gone, rate(action, self.account)),
                updated=at,
            )
        )
        self._tell(action)

    def _tell(self, action: Action) -> None:
        """N-21, where somebody wants to hear it."""
        if self.account.notify is None:
            return
        items = [
            {"sku": each.sku, "qty": each.quantity, "amt": decimal(each.amount)}
            for each in action.items
        ]
        self.news.append(
            {
                "campaign_id": str(self.account.campaign),
                "action_id": action.id,
                "status": action.state,
                "payout": decimal(payout_of(action, self.account)),
                "items": items,
            }
        )
