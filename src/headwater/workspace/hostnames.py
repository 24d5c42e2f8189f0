"""The hosts whose pages may report to a workspace without its secret key. Pure."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from headwater.kit.problems import invalid

HOSTNAMES_MAX = 10
_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+\Z"
)
_BELOW = "*."


def checked_hostnames(given: Sequence[str]) -> tuple[str, ...]:
    """As they are stored: lower case, without `www.`, each once. Refuses what names no host."""
    names = dict.fromkeys(name.strip().lower().removeprefix("www.") for name in given)
    for name in names:
        if name != "localhost" and not _NAME.match(name.removeprefix(_BELOW)):
            raise invalid(
                "allowedHostnames",
                f"{name!r} is no host name. Write acme.com, *.acme.com or localhost.",
            )
    if len(names) > HOSTNAMES_MAX:
        raise invalid(
            "allowedHostnames",
            f"There are {len(names)} host names; {HOSTNAMES_MAX} are taken at most. Write"
            " *.acme.com for all hosts below one.",
        )
    return tuple(names)


def permits(allowed: Sequence[str], referer: str, origin: str) -> bool:
    """Whether a page may report. An empty list lets every page; with one, a page that does not say
    where it is may not. `*.acme.com` is what lies below acme.com, www.acme.com too, never acme.com.
    """
    if not allowed:
        return True
    host = _host(referer or origin)
    return bool(host) and any(_fits(entry, host) for entry in allowed)


def _fits(entry: str, host: str) -> bool:
    if entry.startswith(_BELOW):
        return host.endswith(entry[1:])
    return host.removeprefix("www.") == entry


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removesuffix(".")
    except ValueError:
        return ""
