"""Decisions that depend on time, with moments of our choosing; below HTTP, on both engines."""

from dataclasses import dataclass
from typing import Any

import pytest

from headwater import customers, explain, inbox, links, programs, tracking, workspace
from headwater.attribution import Hit, Recorder
from headwater.customers import CustomerDraft
from headwater.kit.clock import DAY_US, HOUR_US, SECOND_US
from headwater.kit.context import Context
from headwater.kit.problems import Problem
from headwater.links import LinkDraft
from headwater.programs import (
    Model,
    PartnerDraft,
    ProgramDraft,
    RewardDraft,
    RewardEvent,
    RewardKind,
    SelfReferral,
)
from headwater.rates import RateDraft, add
from headwater.runtime import App
from headwater.tracking import LeadCall, Recorded, RefundCall, SaleCall

START = 1_700_000_000 * SECOND_US  # Tue, 14 Nov 2023 22:13:20 UTC


@dataclass
class Shop:
    """A workspace with one program, acting at whatever moment a test names."""

    app: App
    workspace_id: str
    program_id: str = ""

    def at(self, moment: int) -> Context:
        return Context(workspace_id=self.workspace_id, now_us=moment, entropy=self.app.entropy)

    def write(self, fn: Any, moment: int, *args: Any) -> Any:
        return self.app.db.write_now(fn, self.at(moment), *args)

    def link(self, name: str) -> Any:
        """A link of a partner of that name."""
        draft = PartnerDraft(email=f"{name}@partner.test", program_id=self.program_id)
        partner = self.write(programs.create_partner, START, draft)
        owned = LinkDraft(
            url="https://acme.test", program_id=self.program_id, partner_id=partner.id
        )
        return self.write(links.create, START, owned)

    def click(self, link: Any, moment: int) -> str:
        ids, hour = self.app.settings.click_ids, moment // HOUR_US
        ref, click_id = ids.derive(link.number, b"visitor", hour)
        hit = Hit(
            self.workspace_id,
            link.number,
            hour,
            ref.visitor,
            click_id,
            moment,
            "human",
            "agent",
            True,
            "",
            "",
            "",
        )
        self.app.db.write_now(Recorder(self.app.entropy).record, [hit])
        return click_id

    def track(self, call: Any) -> Any:
        return self.write(lambda tx, ctx: tracking.track(tx, ctx, self.app.settings, call), call.at)

    def lead(self, click_id: str | None, moment: int, name: str = "Sign up") -> Any:
        return self.track(
            LeadCall(at=moment, click_id=click_id, event_name=name, customer_external_id="u")
        )

    def sale(self, moment: int, invoice_id: str | None = None, **fields: Any) -> Any:
        call = SaleCall(
            at=moment,
            customer_external_id="u",
            amount=fields.pop("amount", 2900),
            currency=fields.pop("currency", "usd"),
            event_name="Purchase",
            payment_processor="custom",
            invoice_id=invoice_id,
            **fields,
        )
        return self.track(call)

    def receipt(self, fact_id: str) -> Any:
        return self.app.db.read_now(explain.explain, self.workspace_id, fact_id)

    def credited(self, moment: int) -> tuple[str, str | None]:
        """How a sale at that moment is credited, and the reason of the first click considered."""
        receipt = self.receipt(self.sale(moment).fact.id)
        return receipt["credit"], receipt["considered"][0]["reason"]


def open_shop(
    app: App, *, model: Model = Model.LAST, window_days: int = 30, slug: str = "acme"
) -> Shop:
    setup = workspace.Setup(slug=slug, domain=f"go.{slug}.test")
    made = app.db.write_now(workspace.initialise, setup, START, app.entropy)
    shop = Shop(app, made.workspace.id)
    terms = ProgramDraft(
        name="Main",
        attribution_model=model,
        window_days=window_days,
        self_referral=SelfReferral.REFUSE,
    )
    shop.program_id = shop.write(programs.create_program, START, terms).id
    tenth = RewardDraft(event=RewardEvent.SALE, kind=RewardKind.PERCENTAGE, basis_points=1000)
    shop.write(programs.add_reward, START, shop.program_id, tenth)
    return shop


@pytest.fixture
def shop(app: App) -> Shop:
    return open_shop(app)


def test_the_window_closes_exactly_at_its_end_b17(shop: Shop) -> None:
    clicked = START + HOUR_US
    shop.lead(shop.click(shop.link("pat"), clicked), clicked + 1)
    end = clicked + 30 * DAY_US
    assert shop.credited(end - 1000) == ("last_touch", "last_touch")
    assert shop.credited(end - 1) == ("last_touch", "last_touch")
    assert shop.credited(end) == ("no_touch_qualified", "outside_window")
    assert shop.credited(end + DAY_US) == ("no_touch_qualified", "outside_window")


def test_every_touch_expired_and_nobody_wins_b27(shop: Shop) -> None:
    for name, ago in (("pat", 40), ("kim", 31)):
        clicked = START + (40 - ago) * DAY_US
        shop.lead(shop.click(shop.link(name), clicked), clicked + 1, name)
    receipt = shop.receipt(shop.sale(START + 40 * DAY_US).fact.id)
    assert {each["reason"] for each in receipt["considered"]} == {"outside_window"}
    assert receipt["owed"] is None


def test_when_the_newest_click_expired_last_touch_still_needs_one_inside(app: App) -> None:
    shop = open_shop(app, model=Model.FIRST, window_days=10)
    old, new = shop.link("old"), shop.link("new")
    shop.lead(shop.click(old, START), START + 1, "Sign up")
    shop.lead(shop.click(new, START + 8 * DAY_US), START + 8 * DAY_US + 1, "Trial")
    inside = shop.receipt(shop.sale(START + 9 * DAY_US).fact.id)
    after = shop.receipt(shop.sale(START + 11 * DAY_US).fact.id)
    assert (inside["winner"]["linkId"], after["winner"]["linkId"]) == (old.id, new.id)


def stop(shop: Shop, link: Any, moment: int) -> None:
    shop.app.db.write_now(
        lambda tx: programs.deactivate(
            tx,
            shop.at(moment),
            program_id=shop.program_id,
            partner_id=link.partner_id,
            tenant_id=None,
        )
    )


def test_a_partner_earns_until_the_moment_of_the_stop(shop: Shop) -> None:
    link = shop.link("pat")
    shop.lead(shop.click(link, START + 1), START + 2)
    stopped = START + DAY_US
    stop(shop, link, stopped)
    assert shop.credited(stopped - 1) == ("last_touch", "last_touch")
    assert shop.credited(stopped) == ("no_touch_qualified", "partner_stopped")
    stop(shop, link, stopped + DAY_US)
    assert shop.credited(stopped + 1) == ("no_touch_qualified", "partner_stopped")


def test_a_click_after_the_sale_earns_nothing_for_it(shop: Shop) -> None:
    waiting = shop.sale(START + 1, "in_1")
    clicked = START + HOUR_US
    shop.lead(shop.click(shop.link("pat"), clicked), clicked + 1)
    item = shop.app.db.read_now(inbox.by_id, shop.workspace_id, waiting.inbox_id)
    assert shop.receipt(item.result_id)["considered"][0]["reason"] == "after_conversion"


def test_a_waiting_sale_happened_when_it_was_first_received(shop: Shop) -> None:
    """Sent again after the partner was stopped, it is still the sale of before."""
    link = shop.link("pat")
    click_id = shop.click(link, START + 1)
    first = START + HOUR_US
    shop.sale(first, "in_1")
    stop(shop, link, first + DAY_US)
    shop.sale(first + 2 * DAY_US, "in_1")
    shop.lead(click_id, first + 3 * DAY_US)
    sale = shop.sale(first + 4 * DAY_US, "in_1")
    assert isinstance(sale, Recorded)
    assert sale.fact.at == first
    assert shop.receipt(sale.fact.id)["credit"] == "last_touch"


def test_a_rate_counts_from_its_day_in_utc_on(shop: Shop) -> None:
    shop.lead(shop.click(shop.link("pat"), START), START + 1)
    midnight = (START // DAY_US + 1) * DAY_US
    for day, rate in (("2023-11-14", "2"), ("2023-11-15", "4")):
        draft = RateDraft(currency="eur", day=day, rate=rate, source="test")
        shop.write(add, START, draft)
    before = shop.sale(midnight - 1, currency="eur", amount=400).fact
    after = shop.sale(midnight, currency="eur", amount=400).fact
    assert (before.amount, after.amount) == (200, 100)
    assert before.rate_id != after.rate_id


def test_a_sale_of_before_a_reward_earns_under_the_terms_of_its_time(shop: Shop) -> None:
    """B-50."""
    waiting_at, changed = START + HOUR_US, START + DAY_US
    click_id = shop.click(shop.link("pat"), START + 1)
    shop.sale(waiting_at, "in_1")
    flat = RewardDraft(event=RewardEvent.SALE, kind=RewardKind.FLAT, amount_minor=5)
    shop.write(programs.add_reward, changed, shop.program_id, flat)
    shop.lead(click_id, changed + 1)
    old = shop.sale(changed + 2, "in_1")
    new = shop.sale(changed + 2, "in_2")
    owed = [shop.receipt(each.fact.id)["owed"]["amount"] for each in (old, new)]
    assert owed == [290, 5]


def test_one_visitor_has_one_click_per_utc_hour(shop: Shop) -> None:
    link = shop.link("pat")
    hour = (START // HOUR_US + 1) * HOUR_US
    moments = [hour - 1, hour, hour + HOUR_US - 1, hour + HOUR_US]
    ids = [shop.click(link, moment) for moment in moments]
    assert ids[1] == ids[2]
    assert len(set(ids)) == 3
    assert ids == sorted(ids), "ids sort by time"
    counters = shop.app.db.read_now(links.by_reference, shop.workspace_id, link.id).counters
    assert (counters.hits, counters.clicks, counters.last_clicked) == (4, 3, hour + HOUR_US)


def test_a_refund_of_an_unknown_sale_is_refused_only_where_it_can_never_come(shop: Shop) -> None:
    waiting = shop.track(RefundCall(at=START, sale="ext_in_1", amount=1, key="r"))
    assert waiting.inbox_id
    with pytest.raises(Problem):
        shop.track(RefundCall(at=START, sale="sale_none", amount=1, key="r"))


def unannounced(shop: Shop) -> None:
    """A customer of whom nothing but the name is known, as from an import."""
    draft = CustomerDraft(external_id="u", name=None, email=None, avatar=None)
    shop.app.db.write_now(customers.insert, shop.workspace_id, "cus_u", draft, START)


def overdue(shop: Shop, moment: int) -> list[Any]:
    before = moment - shop.app.settings.patience_us
    found: list[Any] = shop.app.db.read_now(inbox.patient_items, before, 10)
    return found


def attach(shop: Shop, moment: int) -> int:
    """What the sweep does."""
    items = overdue(shop, moment)
    done: int = shop.write(
        lambda tx, ctx: tracking.attach_ready(tx, ctx, shop.app.settings, items), moment
    )
    return done


def test_a_sale_waits_to_hear_how_its_customer_came_but_not_for_ever(shop: Shop) -> None:
    unannounced(shop)
    kept = shop.sale(START, "in_1")
    assert kept.reason is inbox.Reason.NO_LEAD
    assert attach(shop, START + DAY_US - 1) == 0
    assert attach(shop, START + DAY_US) == 1
    sale = shop.sale(START + DAY_US, "in_1").fact
    assert (sale.at, sale.lead_id, sale.link_number) == (START, None, None)
    assert overdue(shop, START + 2 * DAY_US) == []


def test_a_sale_that_waits_to_hear_is_credited_to_the_link_chosen_for_it(shop: Shop) -> None:
    unannounced(shop)
    kept = shop.sale(START, "in_1")
    fix = tracking.Fix(link_id=shop.link("pat").id)
    later = START + HOUR_US
    done = shop.write(
        lambda tx, ctx: tracking.mend(tx, ctx, shop.app.settings, kept.inbox_id, fix), later
    )
    assert (done.kept, done.unfit) == (None, None)
    receipt = shop.receipt(shop.sale(later, "in_1").fact.id)
    assert (receipt["credit"], receipt["flags"]) == ("last_touch", ["click:assigned"])


def test_a_lead_in_time_credits_the_sale_that_waited(shop: Shop) -> None:
    clicked = START - HOUR_US
    click_id = shop.click(shop.link("pat"), clicked)
    unannounced(shop)
    shop.sale(START, "in_1")
    shop.lead(click_id, START + DAY_US - 1)
    assert overdue(shop, START + DAY_US) == []
    receipt = shop.receipt(shop.sale(START + DAY_US, "in_1").fact.id)
    assert receipt["credit"] == "last_touch"


def test_a_named_lead_is_waited_for_for_ever(shop: Shop) -> None:
    unannounced(shop)
    kept = shop.sale(START, "in_1", lead_event_name="Trial")
    assert kept.reason is inbox.Reason.NO_SUCH_LEAD
    assert overdue(shop, START + 999 * DAY_US) == []


def test_patience_in_a_sandbox_ends_by_its_own_clock(shop: Shop) -> None:
    unannounced(shop)
    shop.sale(START, "in_1")
    assert attach(shop, START + DAY_US - 1) == 0
    text = "update workspaces set sandbox = 1, clock_ahead = :ahead where id = :id"
    values = {"ahead": DAY_US, "id": shop.workspace_id}
    shop.app.db.write_now(lambda tx: tx.run(text, values))
    assert [each.workspace_id for each in overdue(shop, START)] == [shop.workspace_id]
    assert overdue(shop, START - 1) == []
