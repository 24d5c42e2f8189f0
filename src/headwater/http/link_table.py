"""Links as the edge needs them: in memory, refreshed when they change, a miss goes to the store."""

from dataclasses import dataclass

from headwater import links, workspace
from headwater.kit.clock import SECOND_US
from headwater.links import Link
from headwater.runtime import App
from headwater.workspace import Host, Workspace

ENTRIES_MAX = 200_000
# A link written by another process shows up with the time its transaction began; this is how much
# later it may have been committed.
OVERLAP_US = 60 * SECOND_US
# As many changes at once are not gone through: then every link is read anew.
CHANGES_MAX = 10_000


@dataclass(frozen=True, slots=True)
class EdgeLink:
    """A destination split at the place of the click id; `before` is None where none is passed.
    `special` is None for a link without features: most links are, and theirs is the short way.
    """

    number: int
    workspace_id: str
    url: str
    before: str | None
    after: str
    updated_at: int
    special: Link | None


class LinkTable:
    def __init__(self, app: App) -> None:
        self._app = app
        self._links: dict[tuple[str, str], EdgeLink] = {}
        self._places: dict[int, tuple[str, str]] = {}
        self._hosts: dict[str, Host] = {}
        self._ahead: dict[str, int] = {}
        self._seen_us = app.clock.now_us()

    def workspace_of(self, host: str) -> Workspace | None:
        entry = self._hosts.get(host)
        return None if entry is None else entry.workspace

    def now_us(self, workspace_id: str) -> int:
        """By the workspace's clock, as it was when the table was refreshed."""
        return self._app.clock.now_us() + self._ahead.get(workspace_id, 0)

    def host(self, host: str) -> Host | None:
        return self._hosts.get(host)

    def named(self, host: str) -> str:
        """The domain a host stands for: itself, or without its `www.`."""
        return host if host in self._hosts else host.removeprefix("www.")

    def known(self, host: str, key_folded: str) -> EdgeLink | None:
        """None also where the host has gone to another workspace since."""
        entry = self._links.get((host, key_folded))
        if entry is None or entry.workspace_id != _owner(self._hosts, host):
            return None
        return entry

    async def fetch(self, host: str, key_folded: str) -> EdgeLink | None:
        """From the store into the table; None if there is no such link."""
        owner = self.workspace_of(host)
        if owner is None:
            return None
        link = await self._app.db.read(links.by_key, owner.id, host, key_folded)
        if link is None or _owner(self._hosts, host) != owner.id:
            return None
        entry = _entry(link, owner.click_param)
        self._put(host, key_folded, entry)
        return entry

    def forget(self, host: str, key: str) -> None:
        """The link was changed by this process: the next hit reads it anew."""
        self._drop(host, links.key_folded(key))

    async def refresh(self) -> None:
        """See what others changed: domains, and links with another version than ours."""
        known = await self._app.db.read(workspace.domains)
        hosts = {entry.host: entry for entry in known if self._serves(entry)}
        for each in known:
            self._move_on(each.workspace)
        before, self._hosts = self._hosts, hosts
        moved = {host for host in before if _owner(before, host) != _owner(hosts, host)}
        if moved:
            self._drop_all(moved)
        # Since the last look that succeeded: the process may have been stopped, the store away.
        looked_us = self._app.clock.now_us()
        since = min(self._seen_us, looked_us) - OVERLAP_US
        changed = await self._app.db.read(links.changed_since, since, CHANGES_MAX)
        if len(changed) == CHANGES_MAX:
            self._links.clear()
            self._places.clear()
        for number, updated_at in changed:
            place = self._places.get(number)
            if place is not None and self._links[place].updated_at != updated_at:
                self._drop(*place)
        self._seen_us = looked_us

    def _move_on(self, of: Workspace) -> None:
        """No clock goes back: a look that began before it was moved may end after the one that saw
        it.
        """
        if of.ahead_us > self._ahead.get(of.id, 0):
            self._ahead[of.id] = of.ahead_us

    def _serves(self, entry: Host) -> bool:
        domains = self._app.config.domains
        seen = entry.verified or domains.serve_unverified or not domains.target
        return entry.held and seen

    def _drop_all(self, hosts: set[str]) -> None:
        for host, key_folded in [place for place in self._links if place[0] in hosts]:
            self._drop(host, key_folded)

    def _put(self, host: str, key_folded: str, entry: EdgeLink) -> None:
        """A link stands in one place: under an earlier key nobody would see it change."""
        earlier = self._places.get(entry.number)
        if earlier is not None:
            self._drop(*earlier)
        self._drop(host, key_folded)
        if len(self._links) >= ENTRIES_MAX:
            self._drop(*next(iter(self._links)))
        self._links[host, key_folded] = entry
        self._places[entry.number] = (host, key_folded)

    def _drop(self, host: str, key_folded: str) -> None:
        entry = self._links.pop((host, key_folded), None)
        if entry is not None:
            self._places.pop(entry.number, None)


def _owner(hosts: dict[str, Host], host: str) -> str | None:
    entry = hosts.get(host)
    return None if entry is None else entry.workspace.id


def _entry(link: Link, click_param: str) -> EdgeLink:
    before, after = links.around_click_id(link.url, click_param)
    return EdgeLink(
        link.number,
        link.workspace_id,
        link.url,
        before if link.passes_click_id else None,
        after,
        link.updated_at,
        link if links.is_special(link) else None,
    )
