"""The sweep of the inbox: what cannot be replayed holds up nothing that can (P6)."""

import asyncio

import pytest

from headwater import inbox, tracking
from headwater.inbox import State
from headwater.rates import RateDraft, add
from headwater.runtime import App
from headwater.worker import run
from tests.actions.test_time import START, Shop, open_shop


@pytest.fixture
def shop(app: App) -> Shop:
    return open_shop(app)


def swept(app: App) -> None:
    """As often as the worker would go on at once."""
    for _ in range(5):
        if not asyncio.run(run._sweep(app)):
            return
    raise AssertionError("the sweep never ends")


def release(shop: Shop) -> None:
    rate = RateDraft(currency="xts", day="2023-11-01", rate="2", source="test")
    shop.write(add, START, rate)
    shop.write(tracking.release_rate, START, "xts")


def lost_calls(shop: Shop, count: int) -> str:
    """So many sales that wait for a rate before another does; the id of that one."""
    shop.lead(shop.click(shop.link("pat"), START), START + 1)
    for number in range(count + 1):
        made = shop.sale(START + 2 + number, f"in_{number}", currency="xts")
    return str(made.inbox_id)


def state(app: App, shop: Shop, inbox_id: str) -> State:
    item = app.db.read_now(inbox.by_id, shop.workspace_id, inbox_id)
    assert item is not None
    return item.state


def test_calls_whose_person_was_erased_hold_up_no_others(app: App, shop: Shop) -> None:
    """More of them than the sweep takes at once: without bodies they can never become facts."""
    last = lost_calls(shop, run.SWEEP_AT_ONCE + 1)
    found = app.db.read_now(inbox.page, shop.workspace_id, inbox.wanted(), 100)
    gone = [each.id for each in found if each.id != last]
    app.db.write_now(inbox.forget_bodies, shop.workspace_id, gone)
    release(shop)
    swept(app)
    assert state(app, shop, last) is State.RESOLVED
    assert state(app, shop, gone[0]) is State.WAITING


def test_a_call_that_cannot_be_read_holds_up_no_others(app: App, shop: Shop) -> None:
    last = lost_calls(shop, 1)
    app.db.write_now(
        lambda tx: tx.run(
            "update inbox_bodies set body = '{' where inbox_id <> :last", {"last": last}
        )
    )
    release(shop)
    swept(app)
    assert state(app, shop, last) is State.RESOLVED
