"""What impact.com gets of each fact, judged by the stand-in over HTTP (A-39 to A-53)."""

import json

import pytest

from headwater import attribution, delivery, reports
from headwater.delivery import State
from headwater.kit.clock import iso_ms
from headwater.kit.problems import Problem
from tests.reports.conftest import HASHED, START_US, TRACKERS

WHEN = iso_ms(START_US)


def golden(customer, event, **more):
    """The fields every lead has."""
    return {
        "CampaignId": 1000,
        "ActionTrackerId": TRACKERS[event],
        "EventDate": WHEN,
        "OrderId": "IR_AN_64_TS",
        "ClickId": "im-1",
        "CustomerId": customer.external_id,
        "CustomerEmail": HASHED,
        "CustomerStatus": "NEW",
    } | more


def test_a_whole_life_is_told_in_the_networks_words_a24_a39_a41_to_a45_a51_a52(desk):
    """A-43, A-44."""
    desk.connect()
    customer = desk.customer()
    for kind in ("signup", "trial_start", "trial_end"):
        desk.plan(kind, customer)
    sale = desk.sell(customer, plan="pro", promo_code="SPRING")
    desk.work()
    desk.clock.move(300)
    desk.work()
    assert desk.sent() == [
        golden(customer, "signup"),
        golden(customer, "trialStart"),
        golden(customer, "trialEnd"),
        {
            "CampaignId": 1000,
            "ActionTrackerId": 2004,
            "EventDate": WHEN,
            "OrderId": sale,
            "ClickId": "im-1",
            "CustomerId": customer.external_id,
            "CustomerEmail": HASHED,
            "OrderPromoCode": "SPRING",
            "CurrencyCode": "USD",
            "ItemSku1": "pro",
            "ItemName1": "pro",
            "ItemCategory1": "pro",
            "ItemQuantity1": 1,
            "ItemSubTotal1": "29.00",
        },
    ]
    assert {each.content_type for each in desk.requests()} == {"application/json"}
    assert {each.state for each in desk.deliveries()} == {State.DELIVERED}
    desk.settle_all()
    assert {each.submission.settlement.value for each in desk.deliveries()} == {"accepted"}
    assert [each.state for each in desk.standin.network.actions] == ["PENDING"] * 4


def test_a_sign_up_that_nobody_reported_comes_first_as_of_the_attribution_a59(desk):
    desk.connect()
    customer = desk.customer()
    desk.clock.move(86_400)
    desk.sell(customer, fact_id="sale_1", order_ref="inv_7")
    desk.work()
    desk.clock.move(300)
    desk.work()
    signup, sale = desk.sent()
    assert signup == golden(customer, "signup")
    assert (sale["OrderId"], sale["EventDate"]) == ("inv_7", iso_ms(START_US + 86_400 * 10**6))
    assert sale["ItemCategory1"] == "default"
    assert "OrderPromoCode" not in sale


@pytest.mark.parametrize(
    ("amount", "currency", "told"),
    [(2900, "usd", "29.00"), (2900, "jpy", "2900"), (29_005, "kwd", "29.01")],
)
def test_money_is_told_in_units_of_its_currency_a42(desk, amount, currency, told):
    desk.connect()
    desk.sell(desk.customer(), amount, currency)
    desk.work()
    desk.clock.move(300)
    desk.work()
    sale = desk.sent()[1]
    assert (sale["ItemSubTotal1"], sale["CurrencyCode"]) == (told, currency.upper())
    assert desk.one("sale").state is State.DELIVERED


def test_what_is_told_is_what_was_known_when_it_happened_a47_a48_a49(desk):
    """Three attempts, a day later, after profile and plan changed: one order id, the old words;
    A-43: the category is what the settings call the plan.
    """
    desk.connect(categories={"pro": "Subscriptions"})
    customer = desk.customer()
    desk.fault("503", 2, order_id="inv_1")
    desk.sell(customer, plan="pro", order_ref="inv_1")
    desk.write(
        lambda tx: tx.run(
            "update customers set email = 'new@example.com', external_id = 'other' where id = :id",
            {"id": customer.id},
        )
    )
    desk.clock.move(86_400)
    desk.work()
    for seconds in (300, 70, 140):
        desk.clock.move(seconds)
        desk.work()
    sales = desk.sent()[1:]
    assert len(sales) == 3
    assert sales[0] == sales[1] == sales[2]
    assert sales[0]["OrderId"] == "inv_1"
    assert sales[0]["EventDate"] == WHEN
    assert sales[0]["CustomerEmail"] == HASHED
    assert sales[0]["CustomerId"] == customer.external_id
    assert sales[0]["ItemCategory1"] == "Subscriptions"


def test_numbers_of_the_network_follow_the_settings_alone_a53(desk):
    made = desk.connect()
    desk.sell(desk.customer())
    desk.account.campaign = 77
    desk.account.trackers = {1: "signup", 2: "trial", 3: "trial", 4: "sale"}
    changes = {
        "programId": 77,
        "trackers": {"signup": 1, "trialStart": 2, "trialEnd": 3, "sale": 4},
    }
    desk.write(change, desk, made.id, changes)
    desk.work()
    desk.clock.move(300)
    desk.work()
    assert [(each["CampaignId"], each["ActionTrackerId"]) for each in desk.sent()] == [
        (77, 1),
        (77, 4),
    ]


def change(tx, desk, destination_id, settings, token=None):
    changes = reports.AccountChanges(settings=settings, auth_token=token)
    return reports.change_account(tx, desk.ctx(), destination_id, changes, True)


@pytest.mark.parametrize("click", ["a%b:c+d e", "żółć", "x" * 300])
def test_an_identifier_arrives_as_it_came_a5(desk, click):
    desk.connect()
    desk.plan("signup", desk.customer(click))
    desk.work()
    assert desk.sent()[0]["ClickId"] == click


def test_an_attribution_without_an_identifier_is_told_without_one_a71(desk):
    desk.connect()
    desk.plan("signup", desk.customer(""))
    desk.work()
    assert "ClickId" not in desk.sent()[0]
    assert desk.one("signup").state is State.DELIVERED


def test_no_plain_address_ever_leaves_a18_a50(desk):
    """Not as the customer's own id either."""
    desk.connect()
    ann = desk.customer(external_id="user@example.com")
    ben = desk.customer(email=None)
    desk.plan("signup", ann)
    desk.plan("signup", ben)
    desk.work()
    assert "user@example.com" not in json.dumps([each.raw.lower() for each in desk.standin.seen])
    first, second = desk.sent()
    assert (first["CustomerId"], first["CustomerEmail"]) == (ann.id, HASHED)
    assert "CustomerEmail" not in second


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        ({"kind": "subscription_start"}, "not_reported_kind"),
        ({"kind": "trial_start", "administrative": True}, "administrative"),
        ({"kind": "trial_end", "scope": "organization"}, "organization"),
        ({"kind": "sale", "amount": 0, "currency": "usd"}, "zero_amount"),
        ({"kind": "reversal", "sale_id": "sale_1"}, "sale_not_reported"),
    ],
)
def test_what_is_not_told_is_written_down_with_its_reason_a7_a30_a35_a37_a96(desk, fact, reason):
    desk.connect()
    customer = desk.customer()
    desk.plan(customer=customer, **fact)
    desk.work()
    assert desk.sent() == []
    assert [(each.state, each.last_error) for each in desk.deliveries()] == [
        (State.SKIPPED, reason)
    ]
    with pytest.raises(Problem, match=reason):
        desk.write(delivery.replay, desk.ctx(), desk.deliveries()[0].id)


def test_nobody_is_told_of_customers_they_did_not_bring_a70_a26(desk):
    """Until they did: then the sign-up is told, as of then."""
    desk.connect()
    customer = desk.customer(None)
    for kind in ("signup", "trial_start"):
        desk.plan(kind, customer)
    desk.sell(customer)
    desk.work()
    assert desk.standin.seen == []
    assert {each.last_error for each in desk.deliveries(state=State.SKIPPED)} == {"no_attribution"}
    row = {
        "customer_id": customer.id,
        "provider": "impact",
        "identifier": "im-9",
        "parameter": "im_ref",
        "touched_at": desk.clock.us,
        "now": desk.clock.us,
    }
    desk.write(attribution.insert_foreign, desk.workspace_id, row)
    desk.plan("signup", customer)
    desk.plan("signup", customer)
    desk.work()
    assert [each["ClickId"] for each in desk.sent()] == ["im-9"]


def test_a_fact_is_told_once_however_often_it_is_planned_a64_a65(desk):
    desk.connect()
    customer = desk.customer()
    for _ in range(3):
        desk.plan("signup", customer)
        desk.plan("trial_start", customer, "mst_1")
        desk.sell(customer, fact_id="sale_1")
    assert len(desk.deliveries()) == 3


def test_payloads_are_readable_and_say_nothing_secret(desk):
    desk.connect()
    desk.sell(desk.customer())
    found = desk.with_log("sale")
    shown = reports.payload(found.settings, found.body)
    assert shown["ItemSubTotal1"] == "29.00"
    assert "token-1" not in f"{shown}{found}"
