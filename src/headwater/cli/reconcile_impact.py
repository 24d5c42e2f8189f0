"""`headwater reconcile impact`: what impact.com has against what it was told."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from headwater.cli.moving import Workspace
from headwater.cli.options import Data, Database, Json, configured
from headwater.cli.store import CannotStart, opened, workspace_called

if TYPE_CHECKING:
    from headwater.db import Read
    from headwater.delivery import Destination
    from headwater.reports import Difference, Span
    from headwater.runtime import App
    from headwater.workspace import Workspace as Tenant

SINCE_DAYS = 30


def impact(
    destination: Annotated[
        str | None, Parameter(help="Its id, dst_…; may be left out where there is just one.")
    ] = None,
    /,
    *,
    workspace: Workspace,
    since: Annotated[
        str | None, Parameter(help="Sales from this day or moment on; 30 days ago.")
    ] = None,
    until: Annotated[str | None, Parameter(help="Sales until this day or moment; now.")] = None,
    locks_within: Annotated[
        int, Parameter(help="List what locks in so many days.", validator=Number(gte=0, lte=45))
    ] = 7,
    heal: Annotated[
        bool, Parameter(negative=(), help="Send again what was not received, under the same ids.")
    ] = False,
    data: Data = None,
    database: Database = None,
    json_: Json = False,
) -> int:
    """Compare the network's actions with what it was told of sales. Exit 1 where they differ."""
    from headwater.reports import Kind

    with opened(configured(data, database), must_exist=True) as app:
        own = app.db.read_now(workspace_called, workspace)
        place = app.db.read_now(_account, own.id, destination)
        if heal:
            _refuse_paused(place, workspace)
        span = _span(app.context(own).now_us, since, until, locks_within)
        found = _found(app, own, place, span)
        again = _healed(app, own, found) if heal else set()
    _tell(found, again, as_json=json_)
    left = [each for each in found if not _is_of(each, again)]
    return 1 if any(each.kind != Kind.ABOUT_TO_LOCK for each in left) else 0


def _account(tx: "Read", workspace_id: str, named: str | None) -> "Destination":
    """The one that is meant, complete."""
    from headwater import delivery, reports
    from headwater.delivery import Kind

    accounts = [
        each
        for each in delivery.networks(tx, workspace_id)
        if each.kind == Kind.IMPACT and named in (None, each.id)
    ]
    if named is not None and not accounts:
        raise CannotStart(f"{named} is no account at impact.com. See headwater destinations list.")
    if not accounts:
        raise CannotStart("there is no account at impact.com. Make one with POST /destinations.")
    if len(accounts) > 1:
        names = ", ".join(each.id for each in accounts)
        raise CannotStart(f"there are several accounts at impact.com. Name one: {names}.")
    lacking = reports.missing(accounts[0], accounts[0].secret)
    if lacking:
        names = ", ".join(lacking)
        raise CannotStart(f"the account lacks {names}. Give it by PATCH /destinations/{{id}}.")
    return accounts[0]


def _refuse_paused(account: "Destination", workspace: str) -> None:
    """Before anything is read: nothing could be sent again."""
    if account.disabled_at is not None:
        raise CannotStart(
            f"{account.id} is paused, so nothing can be sent again. Resume it first: headwater"
            f" destinations resume {account.id} --workspace {workspace}. Without --heal it is only"
            " compared."
        )


def _span(now_us: int, since: str | None, until: str | None, locks_within: int) -> "Span":
    from headwater.kit.clock import DAY_US
    from headwater.reports import Span, longest_ago

    first = now_us - SINCE_DAYS * DAY_US if since is None else _moment("--since", since)
    last = now_us if until is None else min(now_us, _moment("--until", until))
    if first < longest_ago(now_us):
        raise CannotStart("--since is more than three years ago: the network tells no more.")
    if first > now_us:
        raise CannotStart("--since is yet to come, by the workspace's clock. Name an earlier one.")
    if last < first:
        raise CannotStart("--until is before --since. Name a later one.")
    return Span(first=first, last=last, locks_before=now_us + locks_within * DAY_US)


def _moment(name: str, text: str) -> int:
    from headwater.kit.clock import from_iso

    try:
        return from_iso(text)
    except ValueError as error:
        message = f"{name} {text!r} is no day or moment. Write 2026-01-31 or 2026-01-31T12:00Z."
        raise CannotStart(message) from error


def _found(
    app: "App", own: "Tenant", destination: "Destination", span: "Span"
) -> "list[Difference]":
    """Read first, compared then: what is told meanwhile is under way, which is no difference."""
    from headwater import reports
    from headwater.cli.actions_there import actions_there

    windows = reports.asked(span, app.context(own).now_us)
    actions = actions_there(app, own, destination, windows)
    ctx = app.context(own)
    return app.db.read_now(reports.compare, ctx, destination, span, actions)


def _healed(app: "App", own: "Tenant", found: "Sequence[Difference]") -> set[str]:
    """The deliveries that were sent again. One that cannot be holds up no other, and is said."""
    from headwater import reports
    from headwater.kit.problems import Problem

    ctx, again = app.context(own), set()
    for each in found:
        try:
            if app.db.write_now(reports.tell_again, ctx, each) and each.told is not None:
                again.add(each.told.delivery_id)
        except Problem as problem:
            print(f"headwater: {each.order_id}: {problem}", file=sys.stderr)
    return again


def _is_of(each: "Difference", again: set[str]) -> bool:
    return each.told is not None and each.told.delivery_id in again


def _tell(found: "Sequence[Difference]", again: set[str], *, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode([_row(each, again) for each in found]).decode())
        return
    for each in found:
        print(_line(each, again))
    differ = [each for each in found if each.kind != "about_to_lock"]
    locking = len(found) - len(differ)
    print(f"{len(differ)} differences, {len(again)} sent again; {locking} about to lock")


def _row(each: "Difference", again: set[str]) -> dict[str, Any]:
    from headwater.kit.clock import iso_ms_or_none

    action, told = each.action, each.told
    return {
        "kind": each.kind.value,
        "orderId": each.order_id,
        "saleId": each.sale_id,
        "deliveryId": None if told is None else told.delivery_id,
        "actionId": None if action is None else action.id,
        "state": None if action is None else action.state,
        "ours": each.ours,
        "currency": each.currency or None,
        "theirs": None if action is None else action.amount,
        "theirCurrency": None if action is None else action.currency,
        "locksAt": None if action is None else iso_ms_or_none(action.locks_at),
        "reason": each.reason,
        "sentAgain": _is_of(each, again),
    }


def _line(each: "Difference", again: set[str]) -> str:
    from headwater.kit.clock import iso_day
    from headwater.kit.money import display

    action = each.action
    ours = "-" if each.ours is None else display(each.ours, each.currency)
    theirs = "-"
    if action is not None:
        amount = "?" if action.amount is None else display(action.amount, action.currency)
        theirs = f"{amount} {action.state.lower()}"
        if action.locks_at is not None:
            theirs += f" locks {iso_day(action.locks_at)}"
    more = [text for text in (each.reason, "sent again" if _is_of(each, again) else None) if text]
    line = "  ".join([f"{each.kind:14}", each.order_id, f"{ours} | {theirs}", *more])
    # Order ids of the network come from browsers: none of them may speak to this terminal.
    return "".join(each if each.isprintable() else "?" for each in line)
