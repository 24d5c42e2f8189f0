"""Several workers at the same pictures, and many pictures that keep a worker waiting."""

import pytest

from headwater import avatars, customers
from headwater.avatars import Avatar, State
from headwater.avatars.actions import AT_ONCE, LEASE_US
from headwater.kit.clock import SECOND_US
from headwater.runtime import App
from tests.actions.test_time import START, Shop, open_shop

PICTURE = "http://pictures.test/"


@pytest.fixture
def shop(app: App) -> Shop:
    return open_shop(app)


def customer(shop: Shop, given: str, name: str = "u_1", moment: int = START) -> tuple[str, str]:
    """Ids of somebody new and of the picture that is to be fetched for them."""
    draft = customers.CustomerDraft(external_id=name)
    made = shop.at(moment).new_id("cus_")
    shop.app.db.write_now(customers.insert, shop.workspace_id, made, draft, moment)
    taken = shop.write(avatars.take, moment, made, given)
    assert taken is not None
    return made, taken


def kept(shop: Shop, avatar: Avatar) -> State | None:
    """What a worker hears that put the picture on the shelf: unless stored, it takes it down."""
    settled: State | None = shop.app.db.write_now(avatars.settle, avatar, None, (), START)
    return settled


def test_a_worker_that_comes_late_takes_no_picture_away(shop: Shop) -> None:
    """Its lease ran out while it was at work, so another made the picture meanwhile."""
    customer(shop, PICTURE)
    (late,) = shop.app.db.write_now(avatars.claim, START)
    (other,) = shop.app.db.write_now(avatars.claim, START + LEASE_US)
    assert [kept(shop, other), kept(shop, late)] == [State.STORED, State.STORED]


def test_a_worker_that_comes_late_brings_nobody_back(shop: Shop) -> None:
    person, _ = customer(shop, PICTURE)
    (late,) = shop.app.db.write_now(avatars.claim, START)
    shop.write(avatars.forget, START + SECOND_US, person)
    assert kept(shop, late) is State.GOING
    shop.app.db.write_now(avatars.gone, late)
    assert kept(shop, late) is None


def test_what_was_erased_does_not_wait_behind_slow_servers(shop: Shop) -> None:
    person, name = customer(shop, PICTURE, moment=START + SECOND_US)
    for number in range(AT_ONCE):
        customer(shop, "http://slow.test/", f"u{number}")
    shop.write(avatars.forget, START + 2 * SECOND_US, person)
    claimed = shop.app.db.write_now(avatars.claim, START + 3 * SECOND_US)
    assert [claimed[0].id, len(claimed)] == [name, AT_ONCE]
