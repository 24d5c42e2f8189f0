"""What tells facts apart, and which of them are wanted."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace

from headwater.attribution import Click, Trigger
from headwater.insights.model import Traits
from headwater.insights.queries import Predicate, predicate
from headwater.kit.continents import continent_of
from headwater.links import Link
from headwater.shapes import UNKNOWN, agent_names, referrer_names

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
T = TypeVar("T", bound=Traits)
Values = tuple[Any, ...]  # none, one, or of tags many
Reading = Callable[[Traits, Link], Values]


def _one(value: Any) -> Values:
    return (value,) if value else ()


def _agent(name: str) -> Reading:
    return lambda row, _: (agent_names(row.user_agent or "")[name],)


def _referrer(name: str) -> Reading:
    return lambda row, _: (referrer_names(row.referrer or "")[name],)


def _utm(name: str) -> Reading:
    return lambda row, _: _one(_parameters(row.url or "").get(name))


@lru_cache(maxsize=4096)
def _parameters(url: str) -> dict[str, str]:
    try:
        return {name: texts[0] for name, texts in parse_qs(urlsplit(url).query).items()}
    except ValueError:
        return {}


def _whole(*parts: str | None) -> Values:
    """All of them as one value, if all are known."""
    return (parts,) if all(parts) else ()


def _truth(value: bool) -> Values:
    return ("true",) if value else ("false",)


# Name of a value, as filters and rows call it.
VALUES: dict[str, Reading] = {
    "device": _agent("device"),
    "browser": _agent("browser"),
    "os": _agent("os"),
    "referer": _referrer("referer"),
    "refererUrl": _referrer("refererUrl"),
    "url": lambda row, _: _one(row.url),
    "baseUrl": lambda row, _: _one((row.url or "").split("?", 1)[0]),
    "trigger": lambda row, _: _one(row.trigger),
    "qr": lambda row, _: _truth(row.trigger == Trigger.QR),
    "continent": lambda row, _: _one(continent_of(row.country)),
    "country": lambda row, _: _one(row.country),
    "region": lambda row, _: (row.region, row.region.partition("-")[2]) if row.region else (),
    "city": lambda row, _: _one(row.city),
    "regionPlace": lambda row, _: _whole(row.country, row.region),
    "cityPlace": lambda row, _: _whole(row.country, row.region or UNKNOWN, row.city),
    "eventName": lambda row, _: _one(row.name),
    "customerId": lambda row, _: _one(row.customer_id),
    "saleType": lambda row, _: ("new",) if row.first else ("recurring",),
    "linkId": lambda _, link: (link.id,),
    "externalId": lambda _, link: _one(link.external_id),
    "tenantId": lambda _, link: _one(link.tenant_id),
    "domain": lambda _, link: (link.host,),
    "root": lambda _, link: _truth(link.is_root),
    "folderId": lambda _, link: _one(link.folder_id),
    "tagId": lambda _, link: tuple(tag.id for tag in link.tags),
    "partnerId": lambda _, link: _one(link.partner_id),
    "programId": lambda _, link: _one(link.program_id),
    **{name: _utm(name) for name in UTM},
}
GROUPS = {
    "devices": "device",
    "browsers": "browser",
    "os": "os",
    "referers": "referer",
    "referer_urls": "refererUrl",
    "triggers": "trigger",
    "continents": "continent",
    "countries": "country",
    "regions": "regionPlace",
    "cities": "cityPlace",
    "top_links": "linkId",
    "top_urls": "url",
    "top_base_urls": "baseUrl",
    "top_domains": "domain",
    "top_folders": "folderId",
    "top_link_tags": "tagId",
    "top_partners": "partnerId",
    "event_names": "eventName",
    **{f"{name}s": name for name in UTM},
}
QUERY = "query"
_OF_GROUPS = {"baseUrl", "regionPlace", "cityPlace"}
FILTERS = (*(name for name in VALUES if name not in _OF_GROUPS), QUERY)
# What only leads and sales have, and what only sales have.
OF_CONVERSIONS = ("eventName", "customerId", QUERY)
OF_SALES = ("saleType",)
_EXACT = {name for name in VALUES if name.endswith("Id")}
_OF_CLICKS = {
    "agents": {"device", "browser", "os"},
    "referrers": {"referer", "refererUrl"},
    "urls": {"url", "baseUrl", *UTM},
    "triggers": {"trigger", "qr"},
    "countries": {"continent", "country", "regionPlace", "cityPlace"},
    "regions": {"region", "regionPlace", "cityPlace"},
    "cities": {"city", "cityPlace"},
}
_OF_FACTS = {
    "clicks": set[str]().union(*_OF_CLICKS.values()),
    "names": {"eventName"},
    "customers": {"customerId"},
    "metadata": {QUERY},
}
_OF_SALES = {"firsts": {"saleType"}}


def columns(event: str, values: set[str]) -> dict[str, int]:
    """What the statement must keep apart, so that these values can be told."""
    told = _OF_CLICKS if event == "clicks" else _OF_FACTS
    if event == "sales":
        told = told | _OF_SALES
    return {column: int(bool(values & those)) for column, those in told.items()}


def with_click(row: T, click: Click) -> T:
    """With what the click behind it said."""
    return replace(
        row,
        user_agent=click.user_agent,
        referrer=click.referrer,
        url=click.url,
        trigger=click.trigger,
        country=click.country,
        region=click.region,
        city=click.city,
    )


def chooser(filters: Mapping[str, str]) -> Callable[[Traits, Link], bool]:
    """`a` is, `a,b` is one of, `-a` is not, `-a,b` is none of; letters in any case, but ids."""
    checks = [_check(name, given) for name, given in filters.items()]
    return lambda row, link: all(check(row, link) for check in checks)


def _check(name: str, given: str) -> Callable[[Traits, Link], bool]:
    if name == QUERY:
        return _of_metadata(predicate(given))
    reading, exact = VALUES[name], name in _EXACT
    negated, texts = listed(name, given if exact else given.lower())
    wanted = frozenset(texts)

    def check(row: Traits, link: Link) -> bool:
        found = reading(row, link)
        return any((each if exact else each.lower()) in wanted for each in found) != negated

    return check


def _of_metadata(asked: Predicate) -> Callable[[Traits, Link], bool]:
    return lambda row, _: asked(row.metadata)


def listed(name: str, given: str) -> tuple[bool, list[str]]:
    """Whether the list says what is not wanted, and the values."""
    texts = [text.strip() for text in given.removeprefix("-").split(",")]
    if name == "externalId":
        texts = [text.removeprefix("ext_") for text in texts]
    return given.startswith("-"), texts
