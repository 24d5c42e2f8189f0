"""What the edge of one process keeps in memory, while others change the store."""

import asyncio
import dataclasses
from typing import Any

import pytest

from headwater import links
from headwater.db import Write
from headwater.http import link_table
from headwater.http.link_table import OVERLAP_US, LinkTable
from headwater.kit.clock import DAY_US, SECOND_US
from headwater.links import Link, drafted
from headwater.runtime import App
from headwater.workspace import Setup, Workspace, initialise
from tests.support import DOMAIN


class Clock:
    """The time of the store's own clock, and what was slept through since."""

    def __init__(self, app: App) -> None:
        self._clock = app.clock
        self.later_us = 0

    def now_us(self) -> int:
        return self._clock.now_us() + self.later_us

    def monotonic_us(self) -> int:
        return self._clock.monotonic_us() + self.later_us


class Core:
    """A link table of a process of its own beside what `app` writes."""

    def __init__(self, app: App) -> None:
        self.clock = Clock(app)
        self.app = app
        self.owner = self.workspace("acme", DOMAIN)
        self.table = LinkTable(dataclasses.replace(app, clock=self.clock))

    def workspace(self, slug: str, domain: str) -> Workspace:
        setup = Setup(slug=slug, domain=domain)
        app = self.app
        return app.db.write_now(initialise, setup, app.clock.now_us(), app.entropy).workspace

    def made(self, key: str) -> Link:
        draft = drafted({"url": "https://one.test/", "key": key, "domain": DOMAIN})
        return self.app.db.write_now(links.create, self.app.context(self.owner), draft)

    def change(self, link: Link, **changes: Any) -> None:
        context = self.app.context(self.owner)
        self.app.db.write_now(links.update, context, link.id, changes)

    def refresh(self) -> None:
        asyncio.run(self.table.refresh())

    def url(self, key: str) -> str | None:
        found = self.table.known(DOMAIN, key) or asyncio.run(self.table.fetch(DOMAIN, key))
        return None if found is None else found.url


@pytest.fixture
def core(app: App) -> Core:
    return Core(app)


def test_a_link_with_a_new_key_leaves_the_old_one_even_where_the_new_one_was_seen_first(
    core: Core,
) -> None:
    core.refresh()
    link = core.made("old")
    assert core.url("old") == link.url
    core.change(link, key="new")
    assert core.url("new") == link.url
    core.refresh()
    assert core.url("old") is None
    core.change(link, url="https://two.test/")
    core.refresh()
    assert core.url("new") == "https://two.test/"


def test_a_link_is_not_found_on_a_host_that_went_to_another_workspace_p10(core: Core) -> None:
    core.refresh()
    core.made("theirs")
    assert core.url("theirs") is not None
    other = core.workspace("other", "go.other.test")
    host = core.table.host(DOMAIN)
    assert host is not None
    core.table._hosts[DOMAIN] = dataclasses.replace(host, workspace=other)
    assert core.table.known(DOMAIN, "theirs") is None


def test_what_changed_while_a_process_was_away_is_seen_when_it_is_back(core: Core) -> None:
    core.refresh()
    link = core.made("gap")
    assert core.url("gap") == link.url
    core.change(link, url="https://two.test/")
    core.clock.later_us = 10 * OVERLAP_US
    core.refresh()
    assert core.url("gap") == "https://two.test/"


def test_more_changes_than_are_gone_through_leave_nothing_stale(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_table, "CHANGES_MAX", 2)
    core.refresh()
    made = [core.made(f"many{number}") for number in range(3)]
    assert [core.url(link.key) for link in made] == ["https://one.test/"] * 3
    core.refresh()
    assert core.table.known(DOMAIN, "many0") is not None, "new links are no changes"
    for link in made:
        core.change(link, url="https://two.test/")
    core.refresh()
    assert [core.url(link.key) for link in made] == ["https://two.test/"] * 3


def test_the_clock_of_a_sandbox_never_goes_back(core: Core) -> None:
    """Also where a look that began before it was moved ends after the one that saw it moved."""
    for ahead_us in (0, DAY_US, 0):
        core.app.db.write_now(put_ahead, core.owner.id, ahead_us)
        core.refresh()
    assert core.table.now_us(core.owner.id) - core.clock.now_us() > DAY_US - SECOND_US


def put_ahead(tx: Write, workspace_id: str, ahead_us: int) -> None:
    text = "update workspaces set sandbox = 1, clock_ahead = :ahead where id = :id"
    tx.run(text, {"id": workspace_id, "ahead": ahead_us})
