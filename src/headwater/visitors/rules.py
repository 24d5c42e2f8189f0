"""What makes two reports one touch, how long one counts, and what a person is first known by.
Pure: touches in, an answer out.
"""

import hashlib
import re
from collections.abc import Collection, Sequence

import msgspec

from headwater.kit.clock import DAY_US, MINUTE_US
from headwater.landing import Kind, table
from headwater.visitors.model import FirstId, NetworkId, Source, Touch, TouchDraft

SAME_WITHIN_US = 30 * MINUTE_US
_COOKIE = re.compile(r"([A-Za-z0-9_-]{20,64})(?:\.([A-Za-z0-9_-]{1,512}))?")


def cookie_parts(value: str) -> tuple[str | None, str | None]:
    """Visitor and last own click of a cookie's whole value; None for what is not there."""
    found = _COOKIE.fullmatch(value.strip())
    return (found[1], found[2]) if found else (None, None)


def has_evidence(draft: TouchDraft, *, referrals: bool) -> bool:
    """Whether there is anything to remember (T-98). `referrals`: the site also wants to know of
    visits that only another site led to.
    """
    said = (draft.click_id, draft.partner, draft.coupon, draft.referral, draft.utm, draft.ids)
    return any(said) or (referrals and bool(draft.referrer))


def fingerprint(draft: TouchDraft) -> str:
    """Equal for touches that came by the same parameters, else by the same other site."""
    said = [
        draft.partner, draft.coupon, draft.referral, sorted(draft.utm.items()),
        sorted(draft.ids.items()),
    ]  # fmt: skip
    if not any(said):
        said = [draft.click_id or draft.referrer]
    return hashlib.blake2b(msgspec.json.encode(said), digest_size=12).hexdigest()


def is_same(draft: TouchDraft, known: Touch) -> bool:
    """A landing that is loaded again, or seen by the page and by the server too (T-98)."""
    if draft.event_id == known.event_id:
        return True
    return _meet(draft, known, fingerprint(draft) == known.fingerprint)


def are_one(one: Touch, other: Touch) -> bool:
    """Two that were kept under two ids of one browser."""
    return _meet(one, other, one.fingerprint == other.fingerprint)


def _meet(one: Touch | TouchDraft, other: Touch, alike: bool) -> bool:
    """A click that only one of them knows of may be the other's: the server made it of its code."""
    if abs(one.at - other.at) >= SAME_WITHIN_US:
        return False
    if one.click_id is not None and other.click_id is not None:
        return one.click_id == other.click_id
    return alike


def is_filled_by(touch: Touch, draft: TouchDraft, visitor_id: str) -> bool:
    """A touch that knows a click and nothing else, as the edge does, by one that was seen where the
    same browser landed; not by what it came by after somebody had claimed the touch (T-45).
    """
    in_time = touch.claimed_at is None or draft.at <= touch.claimed_at
    bare = touch.click_id is not None and not _says_more(touch)
    return touch.visitor_id == visitor_id and in_time and bare and _says_more(draft)


def is_answered_anew(touch: Touch, draft: TouchDraft, visitor_id: str) -> bool:
    """Whether a page repeats a touch since the person allowed something else. What a backend says
    of the same landing is no later word, as it may have waited; nor is what somebody else says who
    comes the same way in the browser in which it was claimed. What is told `again` is of who is
    there now: a page forgets what is another's (T-45).
    """
    own = touch.claimed_at is None or draft.again or touch.event_id == draft.event_id
    by_page = draft.source is Source.TAG and touch.visitor_id == visitor_id
    return own and by_page and draft.consent != touch.consent


def _says_more(than_a_click: Touch | TouchDraft) -> bool:
    said = than_a_click
    return any((said.partner, said.coupon, said.referral, said.utm, said.ids))


def network_ids(draft: TouchDraft) -> dict[str, NetworkId]:
    """Each with the end its network gives it (D-15)."""
    ends = {name: table().click(name) for name in draft.ids}
    return {
        name: NetworkId(value=draft.ids[name], expires_at=draft.at + row.days * DAY_US)
        for name, row in ends.items()
        if row is not None
    }


def expires_at(draft: TouchDraft, touch_days: int) -> int:
    """When the last thing it says has ended (T-43), or the operator lets none live longer."""
    days = [table().days(kind) for kind, said in _kinds(draft) if said]
    own = [touch_days] if draft.click_id else []
    ends = [each.expires_at for each in network_ids(draft).values()]
    latest = [draft.at + each * DAY_US for each in [*days, *own]]
    fallback = draft.at + table().days(Kind.UTM) * DAY_US
    return min(max([*ends, *latest], default=fallback), draft.at + touch_days * DAY_US)


def has_ended(draft: TouchDraft, now_us: int, touch_days: int) -> bool:
    return expires_at(draft, touch_days) <= now_us


def _kinds(draft: TouchDraft) -> tuple[tuple[Kind, object], ...]:
    return (
        (Kind.PARTNER, draft.partner),
        (Kind.COUPON, draft.coupon),
        (Kind.REFERRAL, draft.referral),
        (Kind.UTM, draft.utm),
    )


def first_ids(
    touches: Sequence[Touch], now_us: int, landing: TouchDraft | None = None
) -> list[FirstId]:
    """Of each provider the id of the earliest touch that still counts; what stands in the address
    of the request itself goes before what is remembered (A-10). An affiliate network's id that came
    beside a referral token is none, wherever else the same value stands (A-13).
    """
    present = set(landing.ids.items()) if landing is not None else set()
    referred = {
        (name, each.value)
        for touch in touches
        if touch.referral
        for name, each in touch.ids.items()
        if _is_affiliate(name)
    }
    found: dict[str, FirstId] = {}
    for touch in sorted(touches, key=lambda touch: (_remembered(touch, present), touch.at)):
        living = {
            name: each.value
            for name, each in touch.ids.items()
            if each.expires_at > now_us and (name, each.value) not in referred
        }
        for provider, one in table().by_provider(living).items():
            first = FirstId(
                provider=provider, parameter=one["parameter"], value=one["value"], at=touch.at
            )
            found.setdefault(provider, first)
    return [found[provider] for provider in sorted(found)]


def _remembered(touch: Touch, present: Collection[tuple[str, str]]) -> bool:
    return not any((name, each.value) in present for name, each in touch.ids.items())


def _is_affiliate(name: str) -> bool:
    row = table().click(name)
    return row is not None and row.affiliate
