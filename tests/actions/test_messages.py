"""What webhooks are told is written with the fact, as it was then."""

from typing import Any

import msgspec
import pytest

from headwater import customers, delivery, tracking
from headwater.db import Write
from headwater.delivery import Event, NewWebhook
from headwater.kit.context import Context
from headwater.runtime import App
from headwater.tracking import LeadCall
from tests.actions.test_time import START, Shop, open_shop


@pytest.fixture
def shop(app: App) -> Shop:
    """With a webhook that nobody delivers to."""
    shop = open_shop(app)
    new = NewWebhook(name="hook", url="https://acme.test/hook", triggers=tuple(Event))
    shop.write(delivery.create_webhook, START, new, False)
    return shop


def call(shop: Shop) -> LeadCall:
    return LeadCall(
        at=START + 2,
        click_id=shop.click(shop.link("pat"), START + 1),
        event_name="Sign up",
        customer_external_id="u",
        customer_email="sam@customer.test",
    )


def planned(shop: Shop) -> list[dict[str, Any]]:
    bodies = shop.app.db.read_now(lambda tx: tx.all("select body from message_bodies"))
    return [msgspec.json.decode(body) for (body,) in bodies]


def test_a_message_is_stored_with_its_fact_or_not_at_all(shop: Shop) -> None:
    """A-77: in one transaction, so before the call is answered (P1)."""
    lead = call(shop)

    def fails(tx: Write, ctx: Context) -> None:
        tracking.track(tx, ctx, shop.app.settings, lead)
        assert tx.one("select count(*) from messages") == (1,)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        shop.write(fails, lead.at)
    assert planned(shop) == []
    shop.track(lead)
    assert [each["event"] for each in planned(shop)] == ["lead.created"]


def test_a_message_that_waits_says_what_was_so_when_it_was_planned(shop: Shop) -> None:
    """A-49."""
    made = shop.track(call(shop))
    before = planned(shop)
    assert before[0]["data"]["customer"]["email"] == "sam@customer.test"
    changes = {"email": "new@customer.test", "name": "Sam Newname"}
    shop.write(customers.update, START + 3, made.fact.customer_id, changes)
    assert planned(shop) == before
