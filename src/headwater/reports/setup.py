"""Accounts at networks: what may be said of one, and what is still missing before it is used."""

import re
from dataclasses import dataclass, field
from typing import Any

import msgspec

from headwater import delivery
from headwater.db import Write
from headwater.delivery import Destination, Kind
from headwater.kit.context import Context
from headwater.kit.problems import Problem, invalid
from headwater.kit.targets import check_url
from headwater.reports.model import ImpactSettings, Partial, Trackers

NAME_MAX = 40
TEXT_MAX = 128
NUMBER_MAX = 2**53
CATEGORIES_MAX = 1000
PER_HOUR_MAX = 1_000_000
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
REASONS = frozenset(
    "ORDER_UPDATE ITEM_RETURNED CONS_FRAUD CONS_ERROR ORDER_ERROR PUB_ACT_DISPUTE ADV_ACT_DISPUTE"
    " NOT_COMPLIANCE_TERMS ITEM_OUT_OF_STOCK TEST_ACTION PARTNER_NOT_ACTIVE CREDITED_DIFFERENT_MP"
    " OTHER".split()
)
_PRINTABLE = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """`settings` as they came; a secret is never among them."""

    kind: str
    name: str
    settings: dict[str, Any] = field(default_factory=dict)
    auth_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanges:
    """None: as it is. Of `settings` only those that are named change, trackers one by one; null
    takes one away.
    """

    name: str | None = None
    settings: dict[str, Any] | None = None
    auth_token: str | None = field(default=None, repr=False)
    forget_token: bool = False


def create_account(tx: Write, ctx: Context, new: NewAccount, allow_private: bool) -> Destination:
    """One that is not complete is kept: what is to be told waits until it is (A-72, A-73)."""
    if new.kind not in set(Kind) - {Kind.WEBHOOK}:
        message = "kind is one of: impact. Webhooks are made by POST /webhooks."
        raise invalid("kind", message)
    settings = checked(new.settings, allow_private)
    token = _checked_token(new.auth_token)
    destination = Destination(
        id=ctx.new_id("dst_"),
        kind=new.kind,
        name=_checked_name(new.name),
        settings=_text(settings),
        secret=token,
        ready=not missing(settings, token),
        per_hour=settings.per_hour,
        created_at=ctx.now_us,
    )
    return delivery.create_destination(tx, ctx, destination)


def change_account(
    tx: Write, ctx: Context, destination_id: str, changes: AccountChanges, allow_private: bool
) -> Destination:
    """What waited because something was missing goes once nothing is."""
    before = delivery.lock_destination(tx, ctx, destination_id)
    if before.kind == Kind.WEBHOOK:
        raise invalid("id", "This is a webhook: change it by PATCH /webhooks/{id}.")
    settings = checked(_merged(_read(before.settings), changes.settings or {}), allow_private)
    token = None if changes.forget_token else _checked_token(changes.auth_token) or before.secret
    changed = Destination(
        id=before.id,
        kind=before.kind,
        created_at=before.created_at,
        name=before.name if changes.name is None else _checked_name(changes.name),
        settings=_text(settings),
        secret=token,
        ready=not missing(settings, token),
        per_hour=settings.per_hour,
    )
    return delivery.change_destination(tx, ctx, changed)


def _merged(before: ImpactSettings, given: dict[str, Any]) -> dict[str, Any]:
    """Each tracker is a setting of its own; categories are one list."""
    known: dict[str, Any] = msgspec.to_builtins(before)
    trackers = given.get("trackers")
    if isinstance(trackers, dict):
        given = given | {"trackers": known.get("trackers", {}) | trackers}
    return known | given


def shown_settings(destination: Destination) -> dict[str, Any]:
    """All of them, defaults included; none is secret."""
    settings = _read(destination.settings)
    told = {_camel(name): getattr(settings, name) for name in settings.__struct_fields__}
    trackers = {_camel(n): getattr(settings.trackers, n) for n in Trackers.__struct_fields__}
    return told | {"trackers": trackers}


def missing(settings: ImpactSettings | Destination, token: str | None) -> tuple[str, ...]:
    """What has to be said before anything is sent, as the API names it."""
    if isinstance(settings, Destination):
        settings = _read(settings.settings)
    given = {
        "accountSid": settings.account_sid,
        "authToken": token,
        "programId": settings.program_id,
        "trackers.signup": settings.trackers.signup,
        "trackers.trialStart": settings.trackers.trial_start,
        "trackers.trialEnd": settings.trackers.trial_end,
        "trackers.sale": settings.trackers.sale,
    }
    return tuple(name for name, value in given.items() if value is None)


def checked(given: dict[str, Any], allow_private: bool) -> ImpactSettings:
    """Null is the same as not said. Refused in order: an unknown name, a wrong type, a number out
    of range, a text that cannot be used, an address nothing secret may be sent to.
    """
    settings = _typed(_without_nulls(given))
    for name, number in _numbers(settings).items():
        if number is not None and not 0 < number <= NUMBER_MAX:
            raise invalid(f"settings.{name}", "Give the network's number, as it is shown there.")
    if not 0 < settings.per_hour <= PER_HOUR_MAX:
        message = f"perHour is 1..{PER_HOUR_MAX}: requests the network takes from this account."
        raise invalid("settings.perHour", message)
    if settings.account_sid is not None:
        _check_text("accountSid", settings.account_sid)
        if ":" in settings.account_sid:
            raise invalid("settings.accountSid", "An account SID has no colon. Copy it once more.")
    _check_refunds(settings)
    _check_categories(settings)
    _check_address(settings.api_url, allow_private)
    return settings


def _typed(given: dict[str, Any]) -> ImpactSettings:
    known = {_camel(name) for name in ImpactSettings.__struct_fields__}
    strange = sorted(given.keys() - known)
    if strange:
        field_ = f"settings.{strange[0]}"
        raise invalid(field_, f"There is no such setting. There are: {', '.join(sorted(known))}.")
    trackers = given.get("trackers", {})
    if isinstance(trackers, dict):
        events = {_camel(name) for name in Trackers.__struct_fields__}
        strange = sorted(trackers.keys() - events)
        if strange:
            message = f"There is no such event. There are: {', '.join(sorted(events))}."
            raise invalid(f"settings.trackers.{strange[0]}", message)
    try:
        return msgspec.convert(given, ImpactSettings)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at `$.")
        where = f"settings.{place.rstrip('`')}" if place else "settings"
        raise invalid(where, f"{said}.") from error


def _without_nulls(given: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in given.items() if value is not None}
    if isinstance(kept.get("trackers"), dict):
        kept["trackers"] = {n: v for n, v in kept["trackers"].items() if v is not None}
    return kept


def _numbers(settings: ImpactSettings) -> dict[str, int | None]:
    trackers = settings.trackers
    named = {f"trackers.{_camel(n)}": getattr(trackers, n) for n in Trackers.__struct_fields__}
    return {"programId": settings.program_id} | named


def _check_refunds(settings: ImpactSettings) -> None:
    if settings.partial_refunds not in set(Partial):
        raise invalid("settings.partialRefunds", f"Choose one of: {', '.join(Partial)}.")
    if settings.correction_code not in REASONS:
        message = f"The network knows these reasons of a correction: {', '.join(sorted(REASONS))}."
        raise invalid("settings.correctionCode", message)
    for name in ("refund_code", "dispute_code"):
        if not _CODE.fullmatch(getattr(settings, name)):
            message = "Give a disposition code, such as ITEM_RETURNED."
            raise invalid(f"settings.{_camel(name)}", message)


def _check_categories(settings: ImpactSettings) -> None:
    if len(settings.categories) > CATEGORIES_MAX:
        message = f"categories may name {CATEGORIES_MAX} plans. Others keep their own name."
        raise invalid("settings.categories", message)
    named = [("categories", text) for text in settings.categories.values()]
    for name, text in [("defaultCategory", settings.default_category), *named]:
        if not 0 < len(text.strip()) <= TEXT_MAX:
            message = f"A category has 1..{TEXT_MAX} characters. Give another."
            raise invalid(f"settings.{name}", message)


def _check_address(url: str, allow_private: bool) -> None:
    """The token goes along with every request, so an open line is for tests alone."""
    try:
        check_url(url, allow_private)
    except Problem as problem:
        raise invalid("settings.apiUrl", problem.message) from problem
    if not url.startswith("https://") and not allow_private:
        raise invalid("settings.apiUrl", "The token must not travel in the open: use https://.")


def _checked_name(name: str) -> str:
    if not 1 <= len(name.strip()) <= NAME_MAX:
        raise invalid("name", f"A destination needs a name of 1..{NAME_MAX} characters.")
    return name.strip()


def _checked_token(token: str | None) -> str | None:
    """None where none is given."""
    if not token:
        return None
    _check_text("authToken", token)
    return token


def _check_text(name: str, text: str) -> None:
    if len(text) > TEXT_MAX or not _PRINTABLE.fullmatch(text):
        place = name if name == "authToken" else f"settings.{name}"
        raise invalid(place, f"{name} is up to {TEXT_MAX} letters, digits and signs, no blanks.")


def _read(text: str) -> ImpactSettings:
    return msgspec.json.decode(text.encode(), type=ImpactSettings)


def _text(settings: ImpactSettings) -> str:
    return msgspec.json.encode(settings).decode()


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)
