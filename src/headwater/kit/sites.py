"""Which hosts are one site: what browsers let share a cookie."""

from functools import cache
from ipaddress import ip_address

from publicsuffixlist import PublicSuffixList


def site_of(host: str) -> str:
    """The registrable domain; empty for an address, a single label and a public suffix.

    By the list that comes with the library; a name whose ending it does not know, such as
    `shop.localhost`, is registered right below that ending.
    """
    host = host.lower().rstrip(".")
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return _suffixes().privatesuffix(host) or ""
    return ""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
