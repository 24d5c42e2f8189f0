"""Asking the DNS: where a name leads, and which texts stand there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.rdatatype
import dns.resolver

LIFETIME_S = 3.0


class Unanswered(Exception):  # noqa: N818 - a state of the DNS, not a bug
    """No name server answered in time, or none could say: nothing is known of the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Led:
    """What a name is an alias of, one after the other, and the addresses it has in the end. Both
    are empty where there is no such name.
    """

    names: frozenset[str]
    addresses: frozenset[str]


class Resolver(Protocol):
    """Raises Unanswered."""

    async def leads(self, name: str) -> Led: ...

    async def texts(self, name: str) -> frozenset[str]: ...


class DnsResolver:
    """At the given name servers, or without any at those of the system as they are now."""

    def __init__(self, servers: Sequence[tuple[str, int]]) -> None:
        try:
            self._resolver = dns.asyncresolver.Resolver(configure=not servers)
        except dns.exception.DNSException as error:
            raise Unanswered("the system names no resolver: set domains.resolvers") from error
        if servers:
            self._resolver.nameservers = [
                dns.nameserver.Do53Nameserver(address, port) for address, port in servers
            ]
        self._resolver.lifetime = LIFETIME_S

    async def leads(self, name: str) -> Led:
        """By both families: a host that only IPv6 visitors reach elsewhere leads elsewhere."""
        names: set[str] = set()
        addresses: set[str] = set()
        for kind in (dns.rdatatype.A, dns.rdatatype.AAAA):
            answer = await self._ask(name, kind)
            if answer is None:
                continue
            aliases = [each.target for rrset in answer.chaining_result.cnames for each in rrset]
            names |= {alias.to_text(omit_final_dot=True).lower() for alias in aliases}
            addresses |= {each.address for each in answer.rrset or ()}
        return Led(names=frozenset(names), addresses=frozenset(addresses))

    async def texts(self, name: str) -> frozenset[str]:
        answer = await self._ask(name, dns.rdatatype.TXT)
        if answer is None:
            return frozenset()
        lines = (b"".join(each.strings) for each in answer.rrset or ())
        return frozenset(line.decode("ascii", "replace") for line in lines)

    async def _ask(self, name: str, kind: dns.rdatatype.RdataType) -> dns.resolver.Answer | None:
        """None where there is no such name."""
        try:
            return await self._resolver.resolve(
                f"{name}.", kind, raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN:
            return None
        except (dns.exception.DNSException, OSError) as error:
            raise Unanswered(type(error).__name__) from error
