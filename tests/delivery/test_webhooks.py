"""Webhooks and planned messages as a workspace sees them."""

import msgspec
import pytest

from headwater import delivery
from headwater.delivery import Draft, Event, Filters, NewWebhook, State
from headwater.kit.problems import Problem

HOOK = "https://example.com/hook"


class Counted:
    """A transaction that counts its statements."""

    def __init__(self, tx):
        self.tx, self.count = tx, 0

    def __getattr__(self, name):
        self.count += name in {"one", "all", "run", "many"}
        return getattr(self.tx, name)


def draft(subject="sale_1", event=Event.SALE_CREATED, data=lambda: {"x": 1}):
    return Draft(event=event, subject_id=subject, order_key="cus_1", data=data)


def test_a_webhook_is_made_listed_and_read(office):
    made = office.subscribe(HOOK, "lead.created", "sale.created", "lead.created")
    assert made.secret.startswith("whsec_")
    assert made.triggers == ("lead.created", "sale.created")
    assert office.read(delivery.list_webhooks, office.workspace_id) == [made]
    assert office.read(delivery.get_webhook, office.workspace_id, made.id) == made
    assert made.secret not in repr(made)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "n" * 41}, "name"),
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "http://169.254.169.254/latest"}, "url"),
        ({"triggers": ()}, "triggers"),
        ({"triggers": ("sale.created", "sale.deleted")}, "triggers"),
    ],
)
def test_a_webhook_that_cannot_be_right_is_refused(office, change, field):
    new = NewWebhook(**{"name": "hook", "url": HOOK, "triggers": ("sale.created",), **change})
    with pytest.raises(Problem) as caught:
        office.write(delivery.create_webhook, office.ctx(), new, False)
    assert (caught.value.status, caught.value.field) == (422, field)


def test_a_message_is_written_once_with_one_delivery_per_subscriber(office):
    hooks = [office.subscribe(HOOK), office.subscribe(HOOK), office.subscribe(HOOK, "lead.created")]
    office.sell()
    found = office.deliveries()
    assert {each.destination_id for each in found} == {hooks[0].id, hooks[1].id}
    (message_id,) = {each.message_id for each in found}
    assert office.read(delivery.deliveries_of_message, office.workspace_id, message_id) == sorted(
        found, key=lambda each: each.destination_id
    )
    body = office.read(lambda tx: tx.one("select body from message_bodies"))[0]
    content = msgspec.json.decode(body)
    assert content | {"createdAt": ""} == {
        "id": message_id,
        "event": "sale.created",
        "createdAt": "",
        "data": {"sale": "sale_1"},
    }


def test_what_nobody_subscribed_to_is_not_even_rendered(office):
    office.subscribe(HOOK, "lead.created")

    def never():
        raise AssertionError("rendered")

    office.write(delivery.plan, office.ctx(), [draft(data=never)])
    assert office.deliveries() == []


def test_planning_costs_one_read_and_three_inserts(office):
    def counted(tx, drafts):
        counting = Counted(tx)
        delivery.plan(counting, office.ctx(), drafts)
        return counting.count

    assert office.write(counted, []) == 0
    assert office.write(counted, [draft()]) == 1
    office.subscribe(HOOK, "sale.created", "commission.created")
    both = [draft(), draft("com_1", Event.COMMISSION_CREATED)]
    assert office.write(counted, both) == 4


def test_receipts_find_what_was_sent_about_a_conversion_and_its_commission(office):
    office.subscribe(HOOK, "sale.created", "commission.created")
    office.sell("sale_1")
    office.sell("com_1", event=Event.COMMISSION_CREATED)
    office.sell("sale_2")
    found = office.read(
        delivery.deliveries_for_conversion, office.workspace_id, ["sale_1", "com_1"]
    )
    assert [each.event for each in found] == ["sale.created", "commission.created"]


def test_deliveries_are_filtered_and_paged_newest_first(office):
    hook = office.subscribe(HOOK, "sale.created", "lead.created")
    office.subscribe(HOOK, "lead.created")
    for number in range(3):
        office.sell(f"sale_{number}")
    office.sell("lead_1", event=Event.LEAD_CREATED)
    assert len(office.deliveries()) == 5
    assert len(office.deliveries(destination_id=hook.id)) == 4
    assert len(office.deliveries(event="lead.created")) == 2
    assert len(office.deliveries(event="lead.created", destination_id=hook.id)) == 1
    assert office.deliveries(state=State.DEAD) == []
    assert office.deliveries(state=State.DELIVERED) == []
    every = office.deliveries(state=State.WAITING)

    def page(tx, limit, offset):
        return delivery.list_deliveries(
            tx, office.workspace_id, Filters(), limit=limit, offset=offset
        )

    assert office.read(page, 2, 0) + office.read(page, 2, 2) == every[:4]


def test_a_deleted_webhook_gets_nothing_more_and_keeps_its_deliveries(office):
    hook = office.subscribe(HOOK)
    office.sell("sale_1")
    gone = office.write(delivery.delete_webhook, office.ctx(), hook.id)
    office.sell("sale_2")
    (only,) = office.deliveries()
    assert gone.disabled_at is not None
    assert (only.state, only.last_error) == (State.DEAD, "webhook_deleted")
    with pytest.raises(Problem) as caught:
        office.write(delivery.replay, office.ctx(), only.id)
    assert caught.value.status == 409
    assert office.write(delivery.replay_many, office.ctx()).count == 0


def test_no_other_workspace_sees_or_touches_them(office):
    hook = office.subscribe(HOOK)
    office.sell()
    (mine,) = office.deliveries()
    other = office.workspace()
    assert office.read(delivery.list_webhooks, other) == []
    assert office.read(delivery.deliveries_for_conversion, other, ["sale_1"]) == []
    assert office.read(delivery.deliveries_of_message, other, mine.message_id) == []
    for verb, what in [
        (delivery.delete_webhook, hook.id),
        (delivery.replay, mine.id),
        (delivery.replay_many, hook.id),
    ]:
        with pytest.raises(Problem) as caught:
            office.write(verb, office.ctx(other), what)
        assert caught.value.status == 404
    for verb, what in [(delivery.get_webhook, hook.id), (delivery.get_delivery, mine.id)]:
        with pytest.raises(Problem) as caught:
            office.read(verb, other, what)
        assert caught.value.status == 404
    office.write(delivery.plan, office.ctx(other), [draft("sale_9")])
    assert office.deliveries() == [mine]
