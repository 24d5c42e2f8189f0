"""What every call to an account at impact.com has in common: where, as whom, and its answers."""

import base64
from typing import Any
from urllib.parse import quote

import msgspec

from headwater.delivery import retry_after_s
from headwater.kit.targets import Answer
from headwater.reports.model import ImpactSettings

VERSION = "14"  # of the network's API: what an account is set to must not change what we mean
THROTTLED_S = 60  # where it does not say how long
MANY = 429
_exact = msgspec.json.Decoder(float_hook=str)  # an amount is no float, however it is written


def settings_of(text: str) -> ImpactSettings:
    return msgspec.json.decode(text.encode(), type=ImpactSettings)


def headers(settings: ImpactSettings, token: str) -> dict[str, str]:
    pair = f"{settings.account_sid}:{token}".encode()
    return {
        "authorization": f"Basic {base64.b64encode(pair).decode()}",
        "accept": "application/json",
        "ir-version": VERSION,
    }


def address(settings: ImpactSettings, *path: str) -> str:
    account = quote(settings.account_sid or "", safe="")
    rest = "/".join(quote(each, safe="") for each in path)
    return f"{settings.api_url.rstrip('/')}/Advertisers/{account}/{rest}"


def read(body: bytes) -> dict[str, Any]:
    """Names in lower case, as the network's documents differ in it; empty where it is no object."""
    try:
        found = _exact.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return lower(found) if isinstance(found, dict) else {}


def lower(found: dict[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in found.items()}


def says_error(said: dict[str, Any]) -> bool:
    """A 200 may be one."""
    return str(said.get("status", "")).upper() == "ERROR"


def wait_s(answer: Answer, now_us: int, most_s: int) -> int | None:
    """The network names the rest of its hour; a proxy before it may speak as others do."""
    waits = [
        retry_after_s(each, now_us, most_s) for each in (answer.limit_reset, answer.retry_after)
    ]
    return max((each for each in waits if each), default=None)


def rests_s(answer: Answer, now_us: int, most_s: int) -> int | None:
    """It took this one, and has no room for another."""
    if (answer.limit_left or "").strip() != "0":
        return None
    return wait_s(answer, now_us, most_s)
