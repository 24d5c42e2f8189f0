"""Filters in the words of the API: a word that is none is refused, and does not find nothing."""

from collections.abc import Iterable
from enum import StrEnum

from headwater.inbox.model import LATEST_US, InboxFilter, Kind, Reason, State
from headwater.kit.clock import from_iso
from headwater.kit.problems import invalid


def wanted(
    *,
    state: str | None = None,
    reason: str | None = None,
    kind: str | None = None,
    customer_external_id: str | None = None,
    start: str | None = None,
    end: str | None = None,
) -> InboxFilter:
    """A filter in the words of the API; refuses what names no state, reason, kind or moment."""
    since, until = _moment("start", start), _moment("end", end)
    found_state, found_reason = _one_of("state", State, state), _one_of("reason", Reason, reason)
    found_kind = _one_of("kind", Kind, kind)
    return InboxFilter(
        state=State(found_state) if found_state else None,
        reason=Reason(found_reason) if found_reason else None,
        kind=Kind(found_kind) if found_kind else None,
        customer_external_id=(customer_external_id or "").strip() or None,
        since=since or 0,
        until=LATEST_US if until is None else until,
    )


def _one_of(field: str, words: Iterable[StrEnum], text: str | None) -> str | None:
    known = [str(word) for word in words]
    if text and text not in known:
        raise invalid(field, f"{field} is one of: {', '.join(known)}.")
    return text


def _moment(field: str, text: str | None) -> int | None:
    if not text or not text.strip():
        return None
    try:
        return min(max(from_iso(text), 0), LATEST_US)
    except (ValueError, OverflowError) as error:
        message = f"{field} is a day or a time such as 2026-01-31T12:00:00Z."
        raise invalid(field, message) from error
