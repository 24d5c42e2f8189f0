"""What the client wants to know of a request, whatever framework it came by."""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
HOPS_MAX = 32


@dataclass(frozen=True)
class Request:
    """`headers` have lower-case names; lines of one name are joined by commas, cookies by `;`.

    `scheme` and `peer` are those of the connection, or what trusted proxies say in their place.
    """

    method: str
    scheme: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    peer: str = ""

    def header(self, name: str) -> str:
        return self.headers.get(name, "")

    @cached_property
    def cookies(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for part in self.header("cookie").split(";"):
            name, _, value = part.strip().partition("=")
            found[name] = (*found.get(name, ()), value.strip('"'))
        return found

    @property
    def hostname(self) -> str:
        """Lower case, without port and the dot of the root; empty where there is no good one."""
        try:
            return (urlsplit(f"//{self.host}").hostname or "").removesuffix(".")
        except ValueError:
            return ""

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.host}"

    @property
    def url(self) -> str:
        return f"{self.origin}{self.path}" + (f"?{self.query}" if self.query else "")

    @property
    def gpc(self) -> bool:
        """Global Privacy Control: only the exact value counts, of several headers any."""
        return "1" in (each.strip() for each in self.header("sec-gpc").split(","))

    @property
    def local(self) -> bool:
        return self.hostname == "localhost" or self.hostname.endswith(".localhost")


def named(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers as a Request holds them."""
    found: dict[str, str] = {}
    for given, value in headers:
        name = given.lower()
        joint = "; " if name == "cookie" else ", "
        found[name] = f"{found[name]}{joint}{value}" if name in found else value
    return found


def networks(given: Sequence[str]) -> tuple[Network, ...]:
    """Raises ValueError for what is no network."""
    return tuple(ipaddress.ip_network(each) for each in given)


def behind(request: Request, trusted: Sequence[Network]) -> Request:
    """The request as the visitor made it: a trusted proxy says by which scheme and from where.

    A peer without an address came by a socket of this machine, where only a proxy is.
    """
    if not trusted or (request.peer and not _within(request.peer, trusted)):
        return request
    forwarded = request.header("x-forwarded-proto").rpartition(",")[2].strip().lower()
    scheme = forwarded if forwarded in {"http", "https"} else request.scheme
    peer = request.peer
    for hop in reversed(request.header("x-forwarded-for").split(",")[-HOPS_MAX:]):
        if (peer and not _within(peer, trusted)) or not _address(hop.strip()):
            break
        peer = hop.strip()
    return Request(
        request.method, scheme, request.host, request.path, request.query, request.headers, peer
    )


def _within(peer: str, trusted: Sequence[Network]) -> bool:
    address = _address(peer)
    return address is not None and any(
        address in network for network in trusted if network.version == address.version
    )


def _address(written: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
