from enum import StrEnum
from typing import NamedTuple

import msgspec

from headwater.kit.value import Value


class Trigger(StrEnum):
    """What made a click."""

    LINK = "link"
    QR = "qr"
    PAGEVIEW = "pageview"
    DEEPLINK = "deeplink"


class Place(NamedTuple):
    """Country as ISO 3166-1, region as ISO 3166-2 (`US-CA`), city in English; None if not known."""

    country: str | None
    region: str | None
    city: str | None


NOWHERE = Place(None, None, None)


class Hit(msgspec.Struct, frozen=True, gc=False):
    """One request to a short link, as it happened. No address, only what is derived from it."""

    workspace_id: str
    link_number: int
    hour: int
    visitor: int
    click_id: str
    at: int
    hit_class: str
    reason: str
    counted: bool
    user_agent: str
    referrer: str
    url: str
    trigger: str = "link"
    place: Place = NOWHERE


class Click(Value, frozen=True, kw_only=True):
    """One visit: the first hit of a visitor on a link in an hour."""

    click_id: str
    link_number: int
    first_at: int
    hit_class: str
    user_agent: str | None
    referrer: str | None
    url: str | None
    trigger: str = "link"
    country: str | None = None
    region: str | None = None
    city: str | None = None


class StoredClick(Value, frozen=True, kw_only=True):
    """A click, and whether it counts."""

    click: Click
    counted: bool


class ClaimedClick(Value, frozen=True, kw_only=True):
    """A click a customer brought along; program and partner as they were then."""

    click_id: str
    clicked_at: int
    link_number: int
    program_id: str | None
    partner_id: str | None


class Attribution(Value, frozen=True, kw_only=True):
    """The first touch of a customer for one provider; our own has a click and no parameter."""

    provider: str
    identifier: str
    parameter: str | None
    touched_at: int
    created_at: int
