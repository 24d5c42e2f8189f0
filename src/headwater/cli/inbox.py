"""`headwater inbox`: the calls that could not be used, on the server's machine."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from headwater.cli.options import Data, Database, Json, configured
from headwater.cli.progress import progress
from headwater.cli.store import CannotStart, opened, workspace_called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headwater.inbox import InboxFilter
    from headwater.runtime import App
    from headwater.tracking import Fix, Mended, Tried
    from headwater.workspace import Workspace as Tenant

LIMIT_MAX = 100_000
CHUNK = 100
LEFT = ("stillWaiting", "refused")

Workspace = Annotated[str, Parameter(help="Slug of the workspace, such as acme.")]
State = Annotated[
    Literal["waiting", "resolved", "closed"] | None, Parameter(help="Only calls in this state.")
]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The filters of every command here."""

    reason: Annotated[str | None, Parameter(help="Only calls kept for this reason.")] = None
    kind: Annotated[
        Literal["lead", "sale", "refund", "milestone", "dispute"] | None,
        Parameter(help="Only calls of this kind."),
    ] = None
    customer: Annotated[str | None, Parameter(help="Your id of the customer named.")] = None
    start: Annotated[str | None, Parameter(help="Received from this day or time on, UTC.")] = None
    end: Annotated[str | None, Parameter(help="Received before this day or time, UTC.")] = None

    def wanted(self, state: str | None) -> "InboxFilter":
        from headwater.inbox import wanted

        return wanted(
            state=state,
            reason=self.reason,
            kind=self.kind,
            customer_external_id=self.customer,
            start=self.start,
            end=self.end,
        )


ALL = Choice()


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What is not named stays as it was received."""

    map_customer: Annotated[
        tuple[str, str] | None,
        Parameter(negative=(), help="FROM TO: calls of one customer are another's."),
    ] = None
    map_currency: Annotated[
        tuple[str, str] | None, Parameter(negative=(), help="FROM TO: the currency of sales.")
    ] = None
    click: Annotated[str | None, Parameter(help="The click that leads and sales came by.")] = None
    lead: Annotated[str | None, Parameter(help="Name of the lead that sales belong to.")] = None
    link: Annotated[str | None, Parameter(help="Id of the link that customers came by.")] = None

    def fix(self, *, of_one: bool) -> "Fix":
        from headwater.tracking import Change, Fix, checked

        customer, currency = self.map_customer, self.map_currency
        given = Fix(
            customer=Change(old=customer[0], new=customer[1]) if customer else None,
            currency=Change(old=currency[0], new=currency[1]) if currency else None,
            click_id=self.click,
            lead_event_name=self.lead,
            link_id=self.link,
        )
        return checked(given, of_one=of_one)


NOTHING = Correction()


def list_calls(
    *,
    workspace: Workspace,
    state: State = None,
    choice: Choice = ALL,
    limit: Annotated[
        int, Parameter(help="How many, newest first.", validator=Number(gte=1, lte=LIMIT_MAX))
    ] = 50,
    data: Data = None,
    database: Database = None,
    json_: Json = False,
) -> None:
    """Calls that could not be used, newest first."""
    from headwater import inbox
    from headwater.shapes import inbox_object

    wanted = choice.wanted(state)
    with opened(configured(data, database), must_exist=True) as app:
        own = app.db.read_now(workspace_called, workspace).id
        found = app.db.read_now(inbox.page, own, wanted, limit, 0)
    told = [inbox_object(item) for item in found]
    if json_:
        print(msgspec.json.encode(told).decode())
    for each in () if json_ else told:
        print(_line(each))


def count(
    *,
    workspace: Workspace,
    state: State = None,
    choice: Choice = ALL,
    data: Data = None,
    database: Database = None,
    json_: Json = False,
) -> None:
    """How many calls there are of each reason."""
    from headwater import inbox

    wanted = choice.wanted(state)
    with opened(configured(data, database), must_exist=True) as app:
        own = app.db.read_now(workspace_called, workspace).id
        found = app.db.read_now(inbox.counts, own, wanted)
    if json_:
        told = [
            {"reason": each.reason, "state": each.state, "_count": each.count} for each in found
        ]
        print(msgspec.json.encode(told).decode())
    for each in () if json_ else found:
        print(f"{each.count:>8}  {each.state:<8}  {each.reason}")


def show(
    inbox_id: str,
    /,
    *,
    workspace: Workspace,
    data: Data = None,
    database: Database = None,
    json_: Json = False,
) -> None:
    """One call: what was sent, why it could not be used, and what to do."""
    from headwater import inbox
    from headwater.kit.problems import not_found
    from headwater.shapes import inbox_object

    with opened(configured(data, database), must_exist=True) as app:
        own = app.db.read_now(workspace_called, workspace).id
        found = app.db.read_now(inbox.by_id, own, inbox_id)
    if found is None:
        raise not_found("inbox item", inbox_id)
    told = inbox_object(found)
    if json_:
        print(msgspec.json.encode(told).decode())
        return
    print(_line(told))
    print(told["detail"])
    sent = msgspec.json.encode(told["request"])
    print("erased" if found.body is None else msgspec.json.format(sent).decode())


def replay(
    *ids: str,
    workspace: Workspace,
    choice: Choice = ALL,
    all_: Annotated[
        bool, Parameter(name="--all", negative=(), help="Everything that waits.")
    ] = False,
    correction: Correction = NOTHING,
    data: Data = None,
    database: Database = None,
    json_: Json = False,
) -> int:
    """Correct kept calls and try them again. Exit 1 where one still waits or was refused."""
    if [bool(ids), choice != ALL, all_].count(True) != 1:
        raise CannotStart("say which calls to replay: ids, or filters such as --reason, or --all.")
    fix = correction.fix(of_one=bool(ids or choice.customer))
    wanted = None if ids else choice.wanted("waiting")
    with opened(configured(data, database), must_exist=True) as app:
        own = app.db.read_now(workspace_called, workspace)
        begun_us = app.context(own).now_us
        tried = _tried(app, own, list(dict.fromkeys(ids)), wanted, fix)
        mended = list(_told(app, own.id, tried, begun_us))
    if json_:
        print(msgspec.json.encode({"items": mended}).decode())
    else:
        print("\n".join([*map(_outcome, mended), _sum(mended)]))
    return 1 if any(each.outcome in LEFT for each in mended) else 0


def _tried(
    app: "App", own: "Tenant", ids: list[str], wanted: "InboxFilter | None", fix: "Fix"
) -> list["Tried"]:
    """Each in a transaction of its own: what has been done stands if the rest is broken off."""
    from headwater import inbox, tracking

    total = len(ids)
    if wanted is not None:
        total = sum(each.count for each in app.db.read_now(inbox.counts, own.id, wanted))
        ids = app.db.read_now(inbox.ids_after, own.id, wanted, "", CHUNK)
    tried: list[Tried] = []
    with progress() as told:
        while ids:
            for inbox_id in ids:
                ctx = app.context(own)
                each = app.db.write_now(tracking.mend, ctx, app.settings, inbox_id, fix)
                tried.append(each)
            total = max(total, len(tried))
            told("replay", len(tried), total)
            more = wanted is not None
            ids = app.db.read_now(inbox.ids_after, own.id, wanted, ids[-1], CHUNK) if more else []
    return tried


def _told(app: "App", own: str, tried: list["Tried"], begun_us: int) -> "Iterator[Mended]":
    """At the end: a call may have been attached by one that came much later."""
    from headwater import tracking

    for start in range(0, len(tried), CHUNK):
        part = tried[start : start + CHUNK]
        yield from app.db.read_now(tracking.mended, own, part, begun_us)


def _line(told: dict[str, Any]) -> str:
    result, sent = told["result"], told["request"] or {}
    parts = [told["createdAt"], told["id"], told["kind"], told["state"], told["reason"]]
    parts += [sent.get("customerExternalId") or sent.get("sale") or ""]
    parts += [result["id"]] if result else []
    return "  ".join(part for part in parts if part)


def _sum(mended: list["Mended"]) -> str:
    found = Counter(each.outcome.value for each in mended)
    return ", ".join(f"{times} {outcome}" for outcome, times in found.items()) or "Nothing to do."


def _outcome(of: "Mended") -> str:
    parts = [of.id, of.outcome]
    parts += [of.result["id"]] if of.result else []
    parts += [of.reason, of.detail or ""] if of.reason else []
    return "  ".join(part for part in parts if part)
