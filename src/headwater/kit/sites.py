"""The site a host belongs to: what one owner may set a cookie for."""

import ipaddress
import re
from contextlib import suppress
from functools import cache

from publicsuffixlist import PublicSuffixList

_LOCAL = ".localhost"
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+")


def site_of(host: str) -> str:
    """The registrable domain; empty for an address, a single label and a public suffix, which
    cookies cannot be set for. Below localhost every name counts as one that somebody registered.
    """
    host = host.lower().rstrip(".")
    if not _NAME.fullmatch(host) or _is_address(host):
        return ""
    if host.endswith(_LOCAL):
        return ".".join(host.split(".")[-2:])
    return _known().privatesuffix(host) or ""


def is_local(host: str) -> bool:
    """Whether browsers treat it as safe without TLS."""
    host = host.lower().rstrip(".")
    return host == "localhost" or host.endswith(_LOCAL)


def _is_address(host: str) -> bool:
    with suppress(ValueError):
        ipaddress.ip_address(host.strip("[]"))
        return True
    return False


@cache
def _known() -> PublicSuffixList:
    """The list that came with the library; reading it takes some 30 ms, once."""
    return PublicSuffixList()
