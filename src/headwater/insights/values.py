"""What tells facts apart, and which of them are wanted."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from urllib.parse import parse_qs, urlsplit

from headwater.insights.model import Counted
from headwater.links import Link
from headwater.shapes import agent_names, referrer_names

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
Value = Callable[[Counted, Link], str | None]


def _agent(name: str) -> Value:
    return lambda row, _: agent_names(row.user_agent or "")[name]


def _referrer(name: str) -> Value:
    return lambda row, _: referrer_names(row.referrer or "")[name]


def _utm(name: str) -> Value:
    return lambda row, _: _parameters(row.url or "").get(name)


@lru_cache(maxsize=4096)
def _parameters(url: str) -> dict[str, str]:
    try:
        return {name: texts[0] for name, texts in parse_qs(urlsplit(url).query).items()}
    except ValueError:
        return {}


# Name of a value, as filters and rows call it.
VALUES: dict[str, Value] = {
    "device": _agent("device"),
    "browser": _agent("browser"),
    "os": _agent("os"),
    "referer": _referrer("referer"),
    "refererUrl": _referrer("refererUrl"),
    "url": lambda row, _: row.url or None,
    "baseUrl": lambda row, _: (row.url or "").split("?", 1)[0] or None,
    "eventName": lambda row, _: row.name,
    "customerId": lambda row, _: row.customer_id,
    "linkId": lambda _, link: link.id,
    "externalId": lambda _, link: link.external_id,
    "tenantId": lambda _, link: link.tenant_id,
    "domain": lambda _, link: link.host,
    "partnerId": lambda _, link: link.partner_id,
    "programId": lambda _, link: link.program_id,
    **{name: _utm(name) for name in UTM},
}
GROUPS = {
    "devices": "device",
    "browsers": "browser",
    "os": "os",
    "referers": "referer",
    "referer_urls": "refererUrl",
    "top_links": "linkId",
    "top_urls": "url",
    "top_base_urls": "baseUrl",
    "top_domains": "domain",
    "top_partners": "partnerId",
    "event_names": "eventName",
    **{f"{name}s": name for name in UTM},
}
FILTERS = tuple(name for name in VALUES if name != "baseUrl")
_AGENTS = {"device", "browser", "os"}
_REFERRERS = {"referer", "refererUrl"}
_URLS = {"url", "baseUrl", *UTM}


def columns(values: set[str]) -> dict[str, int]:
    """What the statements must keep apart, so that these values can be told."""
    return {
        "agents": int(bool(values & _AGENTS)),
        "referrers": int(bool(values & _REFERRERS)),
        "urls": int(bool(values & _URLS)),
        "names": int("eventName" in values),
        "customers": int("customerId" in values),
    }


def wanted(row: Counted, link: Link, filters: Mapping[str, str]) -> bool:
    """`a` is, `a,b` is one of, `-a` is not, `-a,b` is none of; letters in any case."""
    for name, given in filters.items():
        negated = given.startswith("-")
        texts = {text.strip().lower() for text in given.removeprefix("-").split(",")}
        value = (VALUES[name](row, link) or "").lower()
        if name == "externalId":
            texts = {text.removeprefix("ext_") for text in texts}
        if (value in texts) == negated:
            return False
    return True
