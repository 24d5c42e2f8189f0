"""Fields of a link as requests have them, and how they become a draft's."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from headwater.http.api.common import Body, Short, Text
from headwater.kit.clock import from_iso
from headwater.kit.problems import invalid
from headwater.links import Variant

Url = Annotated[str, msgspec.Meta(min_length=1, max_length=32000)]
MaybeUrl = Annotated[str, msgspec.Meta(max_length=32000)]
Host = Annotated[str, msgspec.Meta(max_length=190)]
Key = Annotated[str, msgspec.Meta(max_length=190)]
Moment = Annotated[str, msgspec.Meta(max_length=64)]
Names = (
    Annotated[list[Short], msgspec.Meta(max_length=100)]
    | Annotated[str, msgspec.Meta(max_length=25_000)]
)

_DATES = ("expires_at", "disabled_at", "test_started_at", "test_completed_at")
_FLAGS = ("archived", "proxy", "rewrite", "do_index")
_QUERY = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "ref")
_PLAIN = (
    "url", "domain", "key", "key_length", "prefix", "external_id", "tenant_id", "program_id",
    "partner_id", "track_conversion", "title", "description", "comments", "password", "folder_id",
    "expired_url", "image", "video", "ios", "android", "geo",
)  # fmt: skip


class Weighted(Body, kw_only=True):
    url: Url
    percentage: Annotated[int, msgspec.Meta(ge=10, le=90)]


class Shared(Body, kw_only=True, rename="camel"):
    """What is left out is not given; null and "" empty a field."""

    tenant_id: Short | UnsetType | None = UNSET
    program_id: Short | UnsetType | None = UNSET
    partner_id: Short | UnsetType | None = UNSET
    title: Text | UnsetType | None = UNSET
    description: Text | UnsetType | None = UNSET
    comments: Text | UnsetType | None = UNSET
    password: Short | UnsetType | None = UNSET
    folder_id: Short | UnsetType | None = UNSET
    tag_ids: Names | UnsetType | None = UNSET
    tag_names: Names | UnsetType | None = UNSET
    tag_id: Short | UnsetType | None = UNSET
    webhook_ids: Names | UnsetType | None = UNSET
    expires_at: Moment | UnsetType | None = UNSET
    expired_url: MaybeUrl | UnsetType | None = UNSET
    disabled_at: Moment | UnsetType | None = UNSET
    proxy: bool | UnsetType | None = UNSET
    image: MaybeUrl | UnsetType | None = UNSET
    video: MaybeUrl | UnsetType | None = UNSET
    rewrite: bool | UnsetType | None = UNSET
    do_index: bool | UnsetType | None = UNSET
    ios: MaybeUrl | UnsetType | None = UNSET
    android: MaybeUrl | UnsetType | None = UNSET
    geo: dict[str, MaybeUrl] | UnsetType | None = UNSET
    test_variants: list[Weighted] | UnsetType | None = UNSET
    test_started_at: Moment | UnsetType | None = UNSET
    test_completed_at: Moment | UnsetType | None = UNSET
    utm_source: Short | UnsetType | None = msgspec.field(default=UNSET, name="utm_source")
    utm_medium: Short | UnsetType | None = msgspec.field(default=UNSET, name="utm_medium")
    utm_campaign: Short | UnsetType | None = msgspec.field(default=UNSET, name="utm_campaign")
    utm_term: Short | UnsetType | None = msgspec.field(default=UNSET, name="utm_term")
    utm_content: Short | UnsetType | None = msgspec.field(default=UNSET, name="utm_content")
    ref: Short | UnsetType | None = UNSET
    public_stats: Any = None  # of the reference; taken in silence where it says "not used"


class NewLink(Shared, kw_only=True, rename="camel"):
    url: MaybeUrl
    domain: Host | None = None
    key: Key | None = None
    key_length: Annotated[int, msgspec.Meta(ge=3, le=190)] | None = None
    prefix: Key | None = None
    external_id: Short | None = None
    track_conversion: bool | None = None
    archived: bool | None = None

    def fields(self) -> dict[str, Any]:
        """What a draft is made of: a null says no more than what is left out."""
        given = {name: value for name, value in _given(self).items() if value is not None}
        return {"url": ""} | given


class BulkChanges(Shared, kw_only=True, rename="camel"):
    """What may be changed of many links alike. What is left out stays as it is."""

    url: MaybeUrl | UnsetType = UNSET
    track_conversion: bool | UnsetType = UNSET
    archived: bool | UnsetType = UNSET

    def fields(self) -> dict[str, Any]:
        """What a draft is changed by."""
        changes = _given(self)
        if "url" in changes:
            changes["url"] = changes["url"] or ""
        return changes


class LinkChanges(BulkChanges, kw_only=True, rename="camel"):
    domain: Host | UnsetType = UNSET
    key: Key | UnsetType = UNSET
    external_id: Short | UnsetType | None = UNSET


class UpsertedLink(LinkChanges, kw_only=True, rename="camel"):
    """A change of the link that leads to `url`, or a new one."""

    url: Url
    key_length: Annotated[int, msgspec.Meta(ge=3, le=190)] | UnsetType = UNSET
    prefix: Key | UnsetType = UNSET


def _given(body: Shared) -> dict[str, Any]:
    """Draft fields of what was given, with "" as null; refuses what this version lacks."""
    if body.public_stats:
        raise invalid("publicStats", "This version has no publicStats on links yet. Leave it out.")
    values = {name: getattr(body, name) for name in _PLAIN if hasattr(body, name)}
    found = {
        name: None if value in ("", {}) else value
        for name, value in values.items()
        if value is not UNSET
    }
    found |= {name: bool(getattr(body, name)) for name in _FLAGS if _has(body, name)}
    found |= {name: _moment(name, getattr(body, name)) for name in _DATES if _has(body, name)}
    if body.test_variants is not UNSET:
        weighted = body.test_variants or ()
        variants = tuple(Variant(url=each.url, percentage=each.percentage) for each in weighted)
        found["test_variants"] = variants or None
    if body.webhook_ids is not UNSET:
        found["webhook_ids"] = tuple(split(body.webhook_ids))
    query = {name: getattr(body, name) for name in _QUERY if _has(body, name)}
    return found | _tags(body) | ({"query": query} if query else {})


def _has(body: Shared, name: str) -> bool:
    return getattr(body, name) is not UNSET


def _tags(body: Shared) -> dict[str, Any]:
    """Ids win over names; names are looked at where no ids are given."""
    if body.tag_ids is UNSET and body.tag_id is UNSET and body.tag_names is UNSET:
        return {}
    ids = [] if body.tag_ids is UNSET else split(body.tag_ids)
    if body.tag_id is not UNSET and body.tag_id:
        ids.append(body.tag_id)
    names = [] if body.tag_names is UNSET else split(body.tag_names)
    return {"tag_ids": tuple(ids), "tag_names": tuple(names)}


def split(given: list[str] | str | None) -> list[str]:
    """A list, or the same joined with commas."""
    parts = given.split(",") if isinstance(given, str) else given or []
    return [part.strip() for part in parts if part.strip()]


def _moment(name: str, given: str | None) -> int | None:
    if not given:
        return None
    try:
        return from_iso(given)
    except (ValueError, OverflowError) as error:
        first, *rest = name.split("_")
        field = first + "".join(word.title() for word in rest)
        raise invalid(
            field, f"{field} is no date: write it as 2030-01-31 or 2030-01-31T12:00:00Z."
        ) from error
