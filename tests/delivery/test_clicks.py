"""Clicks on their way to webhooks: each has its own place in the journal, and none is skipped."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from headwater import delivery, journal, links, workspace
from headwater.attribution import Hit, Recorder
from headwater.delivery import NewWebhook, ScopeGiven
from headwater.kit.clock import HOUR_US
from headwater.kit.context import Context
from headwater.links import LinkDraft
from headwater.worker.announce import Announced, Limits, announce

NONE: tuple[str, ...] = ()


@dataclass
class Shop:
    """A workspace without a server, whose worker does a round when it is told to."""

    app: Any
    workspace_id: str = ""
    visitors: int = 0

    def __post_init__(self):
        setup = workspace.Setup(slug="acme", domain="go.acme.test")
        made = self.app.db.write_now(workspace.initialise, setup, 0, self.app.entropy)
        self.workspace_id = made.workspace.id

    def write(self, fn, *args):
        now_us = self.app.clock.now_us()
        ctx = Context(workspace_id=self.workspace_id, now_us=now_us, entropy=self.app.entropy)
        return self.app.db.write_now(fn, ctx, *args)

    def link(self):
        return self.write(links.create, LinkDraft(url="https://acme.test"))

    def hook(self, **fields):
        new = NewWebhook(name="n", url="http://127.0.0.1:9", triggers=("link.clicked",), **fields)
        return self.write(delivery.create_webhook, new, True).id

    def click(self, link, times=1):
        """By new visitors, in one commit; sealed at once."""
        now_us = self.app.clock.now_us()
        hits = [self._hit(link, now_us) for _ in range(times)]
        self.app.db.write_now(Recorder(self.app.entropy).record, hits)
        self.app.db.write_now(journal.seal, 500)
        return [hit.click_id for hit in hits]

    def _hit(self, link, now_us):
        self.visitors += 1
        name = f"v{self.visitors}".encode()
        hour = now_us // HOUR_US
        ref, click_id = self.app.settings.click_ids.derive(link.number, name, hour)
        said = ("human", "agent", True, "", "", "")
        return Hit(self.workspace_id, link.number, hour, ref.visitor, click_id, now_us, *said)

    def round(self, *, batch=500, waiting=1000):
        limits = Limits(batch=batch, waiting=waiting)
        now_us, entropy = self.app.clock.now_us(), self.app.entropy
        return self.app.db.write_now(announce, now_us, entropy, limits, "http://x")

    def told(self, webhook_id):
        """The data of what was planned for a webhook, in order."""
        rows = self.app.db.read_now(
            lambda tx: tx.all(
                "select b.body from deliveries d join message_bodies b"
                " on b.message_id = d.message_id where d.destination_id = :id order by d.position",
                {"id": webhook_id},
            )
        )
        return [msgspec.json.decode(row[0])["data"] for row in rows]

    def clicks_told(self, webhook_id):
        return [each["click"]["id"] for each in self.told(webhook_id)]

    def forget_what_waits(self):
        self.app.db.write_now(lambda tx: tx.run("update deliveries set state = 'delivered'"))


@pytest.fixture
def shop(app):
    return Shop(app)


def test_every_click_is_told_once_alone_or_in_batches(shop):
    singly, batched = shop.hook(), shop.hook(click_batches=True)
    link = shop.link()
    ids = shop.click(link, 5)
    assert shop.round(batch=2) == Announced(more=False, full=NONE)
    assert shop.round(batch=2) == Announced(more=False, full=NONE)
    assert sorted(shop.clicks_told(singly)) == sorted(ids)
    batches = [[row["click"]["id"] for row in each["clicks"]] for each in shop.told(batched)]
    assert [len(each) for each in batches] == [2, 2, 1]
    assert sorted(each for batch in batches for each in batch) == sorted(ids)


def test_one_that_cannot_keep_up_misses_nothing_and_holds_up_no_other(shop):
    slow, link = shop.hook(), shop.link()
    first = shop.click(link, 3)
    shop.round(waiting=3)
    quick = shop.hook()
    second = shop.click(link, 2)
    assert shop.round(waiting=3) == Announced(more=False, full=(slow,))
    assert sorted(shop.clicks_told(quick)) == sorted(second)
    assert sorted(shop.clicks_told(slow)) == sorted(first)
    shop.forget_what_waits()
    assert shop.round(waiting=3).full == NONE
    assert sorted(shop.clicks_told(slow)) == sorted(first + second)
    assert sorted(shop.clicks_told(quick)) == sorted(second)


def test_a_webhook_hears_of_no_clicks_from_before_it_asked(shop):
    link = shop.link()
    shop.click(link)
    shop.round()
    new = shop.hook()
    later = shop.click(link)
    shop.round()
    assert shop.clicks_told(new) == later


def test_one_transaction_plans_a_bounded_number_of_clicks(shop, monkeypatch):
    monkeypatch.setattr("headwater.worker.announce.CLICKS_AT_ONCE", 2)
    hook, link = shop.hook(), shop.link()
    ids = [each for _ in range(3) for each in shop.click(link, 2)]
    assert [shop.round().more for _ in range(3)] == [True, True, False]
    assert sorted(shop.clicks_told(hook)) == sorted(ids)


def test_those_of_one_link_hear_of_that_link(shop):
    mine, other = shop.link(), shop.link()
    given = ScopeGiven(link_ids=(mine.id,))
    singly, batched = shop.hook(scope=given), shop.hook(scope=given, click_batches=True)
    wanted = shop.click(mine)
    shop.click(other)
    shop.round()
    assert shop.clicks_told(singly) == wanted
    assert [row["click"]["id"] for each in shop.told(batched) for row in each["clicks"]] == wanted
