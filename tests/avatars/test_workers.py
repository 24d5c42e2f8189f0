"""Several workers at the same pictures, and many pictures that keep a worker waiting."""

import asyncio
import base64
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from headwater import avatars, customers
from headwater.avatars import Avatar, Keeping, Shelf, State, open_shelf
from headwater.avatars.actions import AT_ONCE, LEASE_US
from headwater.drawing import Process
from headwater.kit.clock import SECOND_US
from headwater.kit.egress import EgressClient
from headwater.runtime import App
from headwater.worker.portraits import CUT_S, CUTTER, Studio
from tests.actions.test_time import START, Shop, open_shop


@pytest.fixture
def shop(app: App) -> Shop:
    return open_shop(app)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return open_shelf(Keeping(directory=str(tmp_path / "a"), bucket="", endpoint="", region=""))


def picture() -> str:
    written = io.BytesIO()
    Image.new("RGB", (9, 9)).save(written, "PNG")
    return f"data:image/png;base64,{base64.b64encode(written.getvalue()).decode()}"


def customer(shop: Shop, given: str, name: str = "u_1", moment: int = START) -> tuple[str, str]:
    """Ids of somebody new and of the picture that is to be fetched for them."""
    draft = customers.CustomerDraft(external_id=name)
    made = shop.at(moment).new_id("cus_")
    shop.app.db.write_now(customers.insert, shop.workspace_id, made, draft, moment)
    taken = shop.write(avatars.take, moment, made, given)
    assert taken is not None
    return made, taken


def work(shop: Shop, shelf: Shelf, claimed: list[Avatar]) -> None:
    """What one worker does with what it claimed."""

    async def run() -> None:
        client = EgressClient(allow_private=True, timeout_s=1, max_response_bytes=1)
        cutter = Process(CUTTER, CUT_S)
        studio = Studio(app=shop.app, client=client, cutter=cutter, shelf=shelf)
        for each in claimed:
            await studio._one(each)
        cutter.end()

    asyncio.run(run())


def test_a_worker_that_comes_late_takes_no_picture_away(shop: Shop, shelf: Shelf) -> None:
    """Its lease ran out while it was at work, so another made the picture meanwhile."""
    person, name = customer(shop, picture())
    late = shop.app.db.write_now(avatars.claim, START)
    other = shop.app.db.write_now(avatars.claim, START + LEASE_US)
    assert [each.id for each in late] == [each.id for each in other] == [name]
    work(shop, shelf, other)
    work(shop, shelf, late)
    assert shop.app.db.read_now(avatars.state_of, shop.workspace_id, person) == (State.STORED, None)
    assert shelf.get(name) is not None


def test_a_worker_that_comes_late_brings_nobody_back(shop: Shop, shelf: Shelf) -> None:
    person, name = customer(shop, picture())
    late = shop.app.db.write_now(avatars.claim, START)
    shop.write(avatars.forget, START + SECOND_US, person)
    other: Any = shop.app.db.write_now(avatars.claim, START + SECOND_US)
    work(shop, shelf, other)
    work(shop, shelf, late)
    assert shelf.get(name) is None


def test_what_was_erased_does_not_wait_behind_slow_servers(shop: Shop) -> None:
    person, name = customer(shop, picture(), moment=START + SECOND_US)
    for number in range(AT_ONCE):
        customer(shop, "http://slow.test/", f"u{number}")
    shop.write(avatars.forget, START + 2 * SECOND_US, person)
    claimed = shop.app.db.write_now(avatars.claim, START + 3 * SECOND_US)
    assert [claimed[0].id, len(claimed)] == [name, AT_ONCE]
