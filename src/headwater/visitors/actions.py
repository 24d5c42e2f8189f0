"""Remembering what visitors came by, and handing it to the customer they become."""

from collections.abc import Mapping, Sequence

import msgspec

from headwater.db import Read, Write
from headwater.kit.clock import DAY_US
from headwater.kit.context import Context
from headwater.kit.entropy import Entropy
from headwater.visitors import checkout_sql, rules, sql
from headwater.visitors.model import Consent, Remembered, Seen, Taken, Touch, TouchDraft
from headwater.visitors.rules import SAME_WITHIN_US

UNCLAIMED_MAX = 100  # touches of one visitor that wait for a customer
A_DAY_MAX = 500  # of one visitor, claimed or not: those that come late are claimed at once
CHUNK = 1000  # rows deleted at once, so that no other write waits long


def lock(tx: Write, ctx: Context, *visitor_ids: str) -> None:
    for visitor_id in sorted(set(visitor_ids)):
        tx.lock(f"visitor:{ctx.workspace_id}:{visitor_id}")


def remember(
    tx: Write, ctx: Context, visitor_id: str, drafts: Sequence[TouchDraft], touch_days: int,
    *, room: int | None = None,
) -> list[Remembered]:  # fmt: skip
    """Of each what became of it; the visitor is locked by the caller. `room`: how many more are
    kept, where strangers do not decide how many come.
    """
    sql.see(tx, ctx.workspace_id, visitor_id, ctx.now_us)
    room = _room(tx, ctx, visitor_id) if room is None else room
    done: list[Remembered] = []
    for draft in drafts:
        same = known(tx, ctx, visitor_id, draft)
        if same is not None:
            fills = rules.is_filled_by(same, draft, visitor_id)
            if rules.is_answered_anew(same, draft, visitor_id):
                sql.set_consent(tx, ctx.workspace_id, same.id, _said(draft.consent))
            if fills:
                sql.fill(tx, ctx.workspace_id, same.id, _row(ctx, draft, touch_days))
            done.append(Remembered(taken=Taken.KNOWN, touch_id=same.id if fills else None))
        elif draft.again:  # of somebody who was erased, or withdrew: it does not come back
            done.append(Remembered(taken=Taken.KNOWN, touch_id=None))
        elif room <= 0:
            done.append(Remembered(taken=Taken.TOO_MANY))
        else:
            touch_id = _insert(tx, ctx, visitor_id, draft, touch_days)
            room -= touch_id is not None
            taken = Taken.KNOWN if touch_id is None else Taken.KEPT
            done.append(Remembered(taken=taken, touch_id=touch_id))
    return done


def _insert(
    tx: Write, ctx: Context, visitor_id: str, draft: TouchDraft, touch_days: int
) -> str | None:
    """The new touch; None where its event was taken before."""
    row = _row(ctx, draft, touch_days) | {"visitor_id": visitor_id}
    return str(row["id"]) if sql.insert_touch(tx, ctx.workspace_id, row) else None


def remember_seen(tx: Write, seen: Sequence[Seen], entropy: Entropy) -> list[None]:
    """A batch at once, of whichever workspaces: clicks of browsers that carry our cookie."""
    for each in seen:
        draft = each.draft
        ctx = Context(workspace_id=each.workspace_id, now_us=draft.at, entropy=entropy)
        sql.see(tx, each.workspace_id, each.visitor_id, draft.at)
        if known(tx, ctx, each.visitor_id, draft) is not None:
            continue  # the page was faster
        if _room(tx, ctx, each.visitor_id) <= 0:
            continue
        _insert(tx, ctx, each.visitor_id, draft, each.touch_days)
    return [None] * len(seen)


def _room(tx: Read, ctx: Context, visitor_id: str) -> int:
    """How many more touches of this visitor are kept."""
    waiting = sql.count_unclaimed(tx, ctx.workspace_id, visitor_id)
    today = sql.count_received(tx, ctx.workspace_id, visitor_id, ctx.now_us - DAY_US)
    return min(UNCLAIMED_MAX - waiting, A_DAY_MAX - today)


def known(tx: Read, ctx: Context, visitor_id: str | None, draft: TouchDraft) -> Touch | None:
    """The touch this one is, whoever reported or claimed it."""
    found = sql.by_events(tx, ctx.workspace_id, [draft.event_id])
    if not found and visitor_id is not None:
        since, until = draft.at - SAME_WITHIN_US, draft.at + SAME_WITHIN_US
        near = sql.of_visitor(tx, ctx.workspace_id, visitor_id, since, until)
        found = [each for each in near if rules.is_same(draft, each)]
    return found[0] if found else None


def _row(ctx: Context, draft: TouchDraft, touch_days: int) -> dict[str, object]:
    ids = rules.network_ids(draft)
    return {
        "id": ctx.new_id("tch_"),
        "event_id": draft.event_id,
        "visitor_id": None,
        "customer_id": None,
        "source": draft.source.value,
        "at": draft.at,
        "received_at": ctx.now_us,
        "expires_at": rules.expires_at(draft, touch_days),
        "url": draft.url,
        "referrer": draft.referrer,
        "click_id": draft.click_id,
        "partner": draft.partner,
        "coupon": draft.coupon,
        "referral": draft.referral,
        "utm": msgspec.json.encode(draft.utm).decode() if draft.utm else None,
        "ids": msgspec.json.encode(ids).decode() if ids else None,
        "fingerprint": rules.fingerprint(draft),
        "claimed_at": None,
        "new_customer": None,
    } | _said(draft.consent)


def _said(consent: Consent) -> dict[str, object]:
    return {
        "measurement": consent.measurement.value,
        "sharing": consent.sharing.value,
        "personal": consent.personal.value,
        "consent_source": consent.source,
    }


def move(tx: Write, ctx: Context, before: str, visitor_id: str) -> list[str]:
    """Two ids turn out to be one browser: what nobody claimed goes along, each touch once and as
    long as there is room. Which touches are gone then.
    """
    theirs = _all(tx, ctx, visitor_id)
    room = _room(tx, ctx, visitor_id)
    for touch in _all(tx, ctx, before):
        if touch.customer_id is not None or room <= 0:
            continue
        if not any(rules.are_one(touch, each) for each in theirs):
            sql.move_touch(tx, ctx.workspace_id, touch.id, visitor_id)
            room -= 1
    gone = withdraw(tx, ctx, before)
    sql.see(tx, ctx.workspace_id, visitor_id, ctx.now_us)
    return gone


def _all(tx: Read, ctx: Context, visitor_id: str) -> list[Touch]:
    return sql.of_visitor(tx, ctx.workspace_id, visitor_id, 0, ctx.now_us)


def withdraw(tx: Write, ctx: Context, visitor_id: str) -> list[str]:
    """A person takes their consent back (T-102): what nobody claimed is gone. Which touches those
    were.
    """
    gone = sql.unclaimed(tx, ctx.workspace_id, visitor_id)
    sql.delete_visitor(tx, ctx.workspace_id, visitor_id)
    return gone


def claim(
    tx: Write, ctx: Context, customer_id: str, visitor_id: str | None,
    drafts: Sequence[TouchDraft], *, touch_days: int, new_customer: bool | None,
) -> list[Touch]:  # fmt: skip
    """The visitor's touches and these are the customer's from now on, unless they are another's.
    All the customer has, in order of time.
    """
    flag = None if new_customer is None else int(new_customer)
    row = {"customer_id": customer_id, "now": ctx.now_us, "new_customer": flag}
    if visitor_id is not None:
        remember(tx, ctx, visitor_id, drafts, touch_days, room=len(drafts))
        sql.claim(tx, ctx.workspace_id, visitor_id, row)
    else:
        _take(tx, ctx, customer_id, drafts, touch_days, flag)
    return sql.of_customer(tx, ctx.workspace_id, customer_id)


def _take(
    tx: Write, ctx: Context, customer_id: str, drafts: Sequence[TouchDraft], touch_days: int,
    flag: int | None,
) -> None:  # fmt: skip
    """Of no visitor: each once for the customer."""
    own = sql.of_customer(tx, ctx.workspace_id, customer_id)
    for draft in drafts:
        if any(rules.is_same(draft, each) for each in own):
            continue
        claimed = {
            "customer_id": customer_id,
            "claimed_at": ctx.now_us,
            "new_customer": flag,
        }
        sql.insert_touch(tx, ctx.workspace_id, _row(ctx, draft, touch_days) | claimed)
        own = sql.of_customer(tx, ctx.workspace_id, customer_id)


def late(tx: Read, ctx: Context, visitor_id: str) -> dict[str, list[str]]:
    """Touches nobody claimed that lie before a claim: they came late, and are of whoever claimed
    first after them. Their ids, by customer.
    """
    last = sql.last_claim(tx, ctx.workspace_id, visitor_id)
    found: dict[str, list[str]] = {}
    if last is None:
        return found
    seen = _all(tx, ctx, visitor_id)
    claims = {(each.claimed_at, each.customer_id) for each in seen if each.claimed_at is not None}
    for touch in seen:
        after = [(at, whose) for at, whose in {*claims, last} if at is not None and at >= touch.at]
        if touch.customer_id is None and after:
            whose = min(after, key=lambda claim: claim[0])[1]
            if whose is not None:
                found.setdefault(whose, []).append(touch.id)
    return found


def claim_late(tx: Write, ctx: Context, customer_id: str, touch_ids: Sequence[str]) -> list[Touch]:
    """All the customer has then."""
    for touch_id in touch_ids:
        sql.claim_touch(tx, ctx.workspace_id, touch_id, customer_id, ctx.now_us)
    return sql.of_customer(tx, ctx.workspace_id, customer_id)


def forget(tx: Write, ctx: Context, customer_id: str, names: Mapping[str, int | None]) -> list[str]:
    """A person is erased: their touches, the browsers they used with what waits there, and what
    they went to pay with, in whichever of their names, until it became another's. Which touches
    those were.
    """
    visitor_ids = sql.visitors_of(tx, ctx.workspace_id, customer_id)
    lock(tx, ctx, *visitor_ids)
    gone = [each.id for each in sql.of_customer(tx, ctx.workspace_id, customer_id)]
    for visitor_id in visitor_ids:
        gone += withdraw(tx, ctx, visitor_id)
    sql.delete_of_customer(tx, ctx.workspace_id, customer_id)
    for name, before_us in names.items():
        checkout_sql.delete_named(tx, ctx.workspace_id, name, before_us)
    checkout_sql.delete_of_visitors(tx, ctx.workspace_id, visitor_ids)
    return gone


def sweep(tx: Write, workspace_id: str, now_us: int, touch_days: int) -> bool:
    """Delete what nobody claimed in time; whether there may be more."""
    before = now_us - touch_days * DAY_US
    done = [
        sql.delete_ended(tx, workspace_id, now_us, CHUNK),
        sql.delete_unseen(tx, workspace_id, before, CHUNK),
        checkout_sql.delete_nobodys(tx, workspace_id, before, CHUNK),
    ]
    return CHUNK in done
