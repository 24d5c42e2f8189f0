"""A click as webhooks describe it; what an agent string says is read with a maintained parser."""

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from ua_parser import parse

from headwater.attribution import Click, Trigger
from headwater.kit.clock import iso_ms
from headwater.kit.continents import continent_of

UNKNOWN = "Unknown"
DIRECT = "(direct)"


def click_object(click: Click) -> dict[str, Any]:
    referrer = click.referrer or ""
    return {
        "id": click.click_id,
        "timestamp": iso_ms(click.first_at),
        "url": click.url or "",
        **agent_names(click.user_agent or ""),
        "continent": continent_of(click.country) or "",
        "country": click.country or UNKNOWN,
        "region": click.region or UNKNOWN,
        "city": click.city or UNKNOWN,
        **referrer_names(referrer),
        "qr": click.trigger == Trigger.QR,
        "trigger": click.trigger,
        "ip": "",
        "ua": click.user_agent or None,
    }


@lru_cache(maxsize=16384)
def agent_names(user_agent: str) -> dict[str, str]:
    """`device`, `browser` and `os`."""
    parsed = parse(user_agent)
    os = parsed.os.family if parsed.os else UNKNOWN
    browser = parsed.user_agent.family if parsed.user_agent else UNKNOWN
    return {"device": _device(user_agent, os), "browser": browser, "os": os}


def referrer_names(referrer: str) -> dict[str, str]:
    return {
        "referer": _host(referrer) or DIRECT,
        "refererUrl": referrer.split("?", 1)[0] or DIRECT,
    }


def _device(user_agent: str, os: str) -> str:
    if "iPad" in user_agent or (os == "Android" and "Mobile" not in user_agent):
        return "Tablet"
    return "Mobile" if os in ("iOS", "Android") else "Desktop"


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
