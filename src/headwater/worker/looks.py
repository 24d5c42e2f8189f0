"""Looks at the DNS: whether domains point here, and whose is one that several workspaces name."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address

from headwater import workspace
from headwater.kit.resolver import DnsResolver, Resolver, Unanswered
from headwater.kit.targets import is_address, place
from headwater.runtime import App
from headwater.workspace import Due, Finding, Seen

AT_ONCE = 20


async def look(app: App) -> bool:
    """At the domains that are due, side by side; True if there may be more. None is where nothing
    says what they should point at.
    """
    targets = app.config.domains.target
    due = await app.db.read(workspace.domains_due, app.clock.now_us(), AT_ONCE) if targets else []
    if not due:
        return False
    servers = [found for each in app.config.domains.resolvers if (found := place(each))]
    resolver = DnsResolver(servers)
    here = await _here(resolver, targets)
    await asyncio.gather(*(_look_at(app, resolver, here, each) for each in due))
    return len(due) == AT_ONCE


async def _look_at(app: App, resolver: Resolver, here: "Here", due: Due) -> None:
    """Whoever holds a host has nothing to prove."""
    proofs = frozenset[str]() if due.held else await _proofs(resolver, due.host)
    seen = Seen(finding=await _finding(resolver, here, due.host), proofs=proofs)
    await app.db.write(workspace.settle_look, due, seen, app.clock.now_us())


class Here:
    """The names and addresses a domain may lead to; `whole` is False while one of the names could
    not be looked up itself, so that no address can be said to be foreign.
    """

    def __init__(self, names: frozenset[str], addresses: frozenset[str], *, whole: bool) -> None:
        self.names = names
        self.addresses = addresses
        self.whole = whole


async def _here(resolver: Resolver, targets: Sequence[str]) -> Here:
    """A name's addresses are ours too: where a domain cannot be an alias, it has them itself."""
    names = frozenset(each for each in targets if not is_address(each))
    addresses = {str(ip_address(each)) for each in targets if is_address(each)}
    whole = True
    for name in names:
        try:
            addresses |= (await resolver.leads(name)).addresses
        except Unanswered:
            whole = False
    return Here(names, frozenset(addresses), whole=whole)


async def _finding(resolver: Resolver, here: Here, host: str) -> Finding:
    try:
        led = await resolver.leads(host)
    except Unanswered:
        return Finding.NO_ANSWER
    found = workspace.points_here(led.names, led.addresses, here.names, here.addresses)
    if found is Finding.POINTS_ELSEWHERE and not here.whole:
        return Finding.NO_ANSWER
    return found


async def _proofs(resolver: Resolver, host: str) -> frozenset[str]:
    try:
        return await resolver.texts(workspace.proof_name(host))
    except Unanswered:
        return frozenset()
