"""Where requests may go, and why one failed: said without opening a connection."""

import ipaddress
import re
from dataclasses import dataclass, field
from enum import StrEnum

from yarl import URL

from headwater.kit.problems import invalid

URL_MAX = 2048
PORT_MAX = 65_535
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Not for the public, whatever this release of Python knows of them: shared by carriers, kept for
# protocols (a cloud's metadata answers there), for documentation, and another cloud's platform.
_OURS = [
    ipaddress.ip_network(each)
    for each in ("100.64.0.0/10", "192.0.0.0/24", "168.63.129.16/32", "3fff::/20")
]
_PLACE = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):([0-9]{1,5})")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Cause(StrEnum):
    """Why no answer came back."""

    BAD_URL = "bad_url"
    PRIVATE_ADDRESS = "private_address"
    DNS = "dns"
    REFUSED = "refused"
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    REDIRECTS = "redirects"
    NETWORK = "network"


class EgressError(Exception):
    """A request without an answer. `detail` never holds a body, a secret or a whole URL."""

    def __init__(self, cause: Cause, detail: str = "") -> None:
        super().__init__(f"{cause}: {detail}" if detail else cause.value)
        self.cause = cause
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a receiver said; of its body only the first bytes, of its headers only what is used."""

    status: int
    retry_after: str | None
    body_excerpt: bytes = field(repr=False)
    limit_left: str | None = None
    limit_reset: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A whole answer to a GET."""

    status: int
    body: bytes = field(repr=False)


def is_private(address: str) -> bool:
    """True unless `address` is one the public internet routes to; also for what embeds another."""
    ip = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
    return (
        not ip.is_global
        or ip.is_multicast
        or ip.is_reserved
        or any(ip in network for network in _OURS)
        or (ip.version == 6 and ip.is_site_local)
    )


def _unwrapped(ip: _Address) -> _Address:
    """The IPv4 address a translator would really connect to, where an IPv6 address carries one."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def place(text: str, port: int = 53) -> tuple[str, int] | None:
    """Address and port of a name server, as `192.0.2.53`, with `:5353`, or `[2001:db8::53]:5353`;
    None for what is none.
    """
    match = _PLACE.fullmatch(text)
    if is_address(text):
        return text, port
    if match is None or not is_address(match[1] or match[2]):
        return None
    given = int(match[3])
    return (match[1] or match[2], given) if 0 < given <= PORT_MAX else None


def check_url(url: str, allow_private: bool) -> None:
    """Refuse, at creation, a URL that can never be delivered to."""
    try:
        parsed(url, allow_private)
    except EgressError as error:
        raise invalid("url", error.detail) from error


def parsed(url: str, allow_private: bool) -> URL:
    """The URL, or EgressError where nothing could ever be sent to it."""
    if len(url) > URL_MAX or not url.isprintable() or " " in url:
        raise EgressError(Cause.BAD_URL, f"A URL is at most {URL_MAX} characters without blanks.")
    try:
        target = URL(url)
    except ValueError as error:
        raise EgressError(Cause.BAD_URL, "This cannot be read as a URL.") from error
    if target.scheme not in {"http", "https"}:
        raise EgressError(Cause.BAD_URL, "A URL must start with https:// or http://.")
    if not target.host:
        raise EgressError(Cause.BAD_URL, "A URL must name a host, as in https://example.com/hook.")
    if target.raw_user is not None or target.raw_password is not None:
        raise EgressError(Cause.BAD_URL, "Remove the user name and password from the URL.")
    if not allow_private and _names_private_host(target.host):
        raise EgressError(
            Cause.PRIVATE_ADDRESS,
            "This address is private. Use one the internet can reach, or set egress.allow_private.",
        )
    return target


def is_here(url: str) -> bool:
    """Whether it says itself that it leads to this machine: no name server is asked."""
    try:
        host = URL(url).host or ""
    except ValueError:
        return False
    return _is_localhost(host) or (is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_localhost(host: str) -> bool:
    name = host.rstrip(".").lower()
    return name == "localhost" or name.endswith(".localhost")


def _names_private_host(host: str) -> bool:
    name = host.rstrip(".").lower()
    if _is_localhost(host):
        return True
    try:
        return is_private(name)
    except ValueError:  # a name: judged by what it resolves to, when it is used
        return False
