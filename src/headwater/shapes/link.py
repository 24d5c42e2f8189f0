"""A link: whole, with its counters, and as a lead's answer names it."""

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from headwater.kit.clock import iso_ms, iso_ms_or_none
from headwater.links import Link

_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


def link_object(link: Link) -> dict[str, Any]:
    """The full link. Fields of features this version lacks hold the value that means "not used"."""
    counters = link.counters
    return {
        "id": link.id,
        "domain": link.host,
        "key": link.key,
        "url": link.url,
        "shortLink": link.short_link,
        "qrCode": "",  # a text for strict clients; there is no picture yet
        "trackConversion": link.track_conversion,
        "externalId": link.external_id,
        "tenantId": link.tenant_id,
        "programId": link.program_id,
        "partnerId": link.partner_id,
        "archived": link.archived,
        "title": link.title,
        "description": link.description,
        "comments": link.comments,
        **_UNUSED,
        **_utm(link.url),
        "workspaceId": link.workspace_id,
        "projectId": link.workspace_id.removeprefix("ws_"),
        "hits": counters.hits,
        "clicks": counters.clicks,
        "leads": counters.leads,
        "conversions": counters.conversions,
        "sales": counters.sales,
        "saleAmount": counters.sale_amount,
        "lastClicked": iso_ms_or_none(counters.last_clicked),
        "createdAt": iso_ms(link.created_at),
        "updatedAt": iso_ms(link.updated_at),
    }


_UNUSED: dict[str, Any] = {
    "expiresAt": None,
    "expiredUrl": None,
    "disabledAt": None,
    "password": None,
    "proxy": False,
    "image": None,
    "video": None,
    "rewrite": False,
    "doIndex": False,
    "ios": None,
    "android": None,
    "geo": None,
    "publicStats": False,
    "tags": [],
    "tagId": None,
    "folderId": None,
    "testVariants": None,
    "testStartedAt": None,
    "testCompletedAt": None,
    "userId": None,
    "webhookIds": [],
}


@lru_cache(maxsize=4096)
def _utm(url: str) -> dict[str, str | None]:
    given = dict(parse_qsl(urlsplit(url).query)) if "utm_" in url else {}
    return {name: given.get(name) for name in _UTM}


def link_brief(link: Link) -> dict[str, Any]:
    """The link as a lead's answer names it."""
    return {
        "id": link.id,
        "domain": link.host,
        "key": link.key,
        "shortLink": link.short_link,
        "url": link.url,
        "partnerId": link.partner_id,
        "programId": link.program_id,
        "tenantId": link.tenant_id,
        "externalId": link.external_id,
    }
