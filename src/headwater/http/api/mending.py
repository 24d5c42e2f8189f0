"""POST /inbox/replay: many kept calls corrected alike and tried again, each for itself."""

import re
from typing import Annotated, Any, Literal

import msgspec
from litestar import post

from headwater import idempotency, inbox, tracking
from headwater.db import Read, Write
from headwater.http.api.common import Body, HttpRequest, Short, within
from headwater.http.api.track import ClickId, ExternalId
from headwater.http.auth import Caller, idempotent
from headwater.inbox import InboxFilter, Reason
from headwater.kit.problems import invalid
from headwater.tracking import Change, Fix, Kept, Mended, Tried, Unfit

AT_ONCE = 100  # calls of one request: their answers stay readable, and none waits long for its own

# Nothing else is let in, as ids are kept with an Idempotency-Key.
_ID = re.compile(r"inb_[0-9A-Za-z]{1,40}")


class Chosen(Body, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Waiting calls, chosen as in the list."""

    reason: Short | None = None
    kind: Literal["lead", "sale", "refund", "milestone", "dispute"] | None = None
    customer_external_id: ExternalId | None = None
    start: Short | None = None
    end: Short | None = None

    def wanted(self) -> InboxFilter:
        return inbox.wanted(
            state="waiting",
            reason=self.reason,
            kind=self.kind,
            customer_external_id=self.customer_external_id,
            start=self.start,
            end=self.end,
        )


class ChangeBody(
    Body, kw_only=True, rename={"old": "from", "new": "to"}, forbid_unknown_fields=True
):
    old: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    new: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]

    def change(self) -> Change:
        return Change(old=self.old, new=self.new)


class FixBody(Body, kw_only=True, rename="camel", forbid_unknown_fields=True):
    customer_external_id: ChangeBody | None = None
    currency: ChangeBody | None = None
    click_id: ClickId | None = None
    lead_event_name: Short | None = None
    link_id: Short | None = None

    def fix(self) -> Fix:
        customer, currency = self.customer_external_id, self.currency
        return Fix(
            customer=None if customer is None else customer.change(),
            currency=None if currency is None else currency.change(),
            click_id=self.click_id,
            lead_event_name=self.lead_event_name,
            link_id=self.link_id,
        )


class ReplayManyBody(Body, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`ids` or a `filter`; an empty filter means all that waits. Unlike elsewhere a misspelt field
    is refused: it would leave a correction out, or mean calls nobody chose.
    """

    ids: Annotated[list[Short], msgspec.Meta(min_length=1, max_length=AT_ONCE)] | None = None
    filter: Chosen | None = None
    fix: FixBody | None = None
    after: Short | None = None


class _Run(msgspec.Struct, frozen=True):
    """What a request did, as its Idempotency-Key keeps it: ids and words, nothing of a person."""

    begun_us: int
    after: str | None
    tried: list[tuple[str, Reason | None, str | None, Unfit | None]]


_read_run = msgspec.json.Decoder(_Run).decode


@post("/inbox/replay", tags=["inbox"], summary="Correct and try many again", status_code=200)
async def replay_many(data: ReplayManyBody, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """In the order in which they were received, up to 100 a request: send it again with the
    `after` of its answer until that is null. What is not in `fix` stays as received, also the time.
    """
    fix, key = _fix(data), await idempotent(request)
    wanted = None
    if data.filter is not None:
        with within("filter"):
            wanted = data.filter.wanted()
    app = caller.app
    done = await app.db.read(idempotency.first, caller.id, key, _load)
    if done is None:
        begun_us = caller.now_us
        ids, more = list(dict.fromkeys(data.ids or [])), False
        if wanted is not None:
            found = await app.db.read(
                inbox.ids_after, caller.id, wanted, data.after or "", AT_ONCE + 1
            )
            ids, more = found[:AT_ONCE], len(found) > AT_ONCE
        tried = []
        for inbox_id in ids:
            ctx = caller.context()
            each = await app.db.write(tracking.mend, ctx, app.settings, inbox_id, fix)
            tried.append(_short(each))
        done = await _kept(caller, key, _Run(begun_us, ids[-1] if more else None, tried))
    return _answer(done, await app.db.read(_told, caller.id, done))


def _fix(data: ReplayManyBody) -> Fix:
    """Refuses a body that leaves open which calls are meant."""
    if (data.ids is None) == (data.filter is None):
        message = "Say which calls to replay: by ids or by a filter, one of the two."
        raise invalid("ids", f"{message} An empty filter means all that wait.")
    if data.ids is not None and data.after:
        raise invalid("after", "after goes on with a filter; ids are replayed at once.")
    for place, inbox_id in enumerate(data.ids or []):
        if not _ID.fullmatch(inbox_id):
            message = "This is no id of the inbox: they begin with inb_, as GET /inbox lists them."
            raise invalid(f"ids[{place}]", message)
    of_one = data.filter is None or bool(data.filter.customer_external_id)
    return tracking.checked(data.fix.fix() if data.fix else Fix(), of_one=of_one)


async def _kept(caller: Caller, key: idempotency.Request | None, run: _Run) -> _Run:
    """Under the key from now on; where another request came first with it, what that one did."""
    if key is None:
        return run
    ctx = caller.context()

    def script(tx: Write) -> _Run:
        return idempotency.once(tx, ctx, key, lambda: run, _reference, _load)

    return await caller.app.db.write(script)


def _reference(run: _Run) -> tuple[str, str]:
    return "mended", msgspec.json.encode(run).decode()


def _load(_tx: Read, _workspace_id: str, reference: tuple[str, str]) -> _Run:
    return _read_run(reference[1])


def _short(tried: Tried) -> tuple[str, Reason | None, str | None, Unfit | None]:
    kept = tried.kept
    reason, field = (kept.reason, kept.field) if kept else (None, None)
    return tried.inbox_id, reason, field, tried.unfit


def _told(tx: Read, workspace_id: str, run: _Run) -> list[Mended]:
    tried = [
        Tried(
            inbox_id=inbox_id,
            kept=Kept(inbox_id=inbox_id, reason=reason, field=field) if reason else None,
            unfit=unfit,
        )
        for inbox_id, reason, field, unfit in run.tried
    ]
    return tracking.mended(tx, workspace_id, tried, run.begun_us)


def _answer(run: _Run, mended: list[Mended]) -> dict[str, Any]:
    return {"items": [msgspec.to_builtins(each) for each in mended], "after": run.after}
