"""direct_sale_parity: a direct sale as in later versions of the reference, below HTTP."""

from dataclasses import replace

from headwater import conversions
from headwater.kit.clock import HOUR_US
from headwater.programs import RewardDraft, RewardEvent, RewardKind, add_reward
from headwater.runtime import App
from tests.actions.test_time import START, open_shop


def test_the_lead_of_a_direct_sale_has_their_name_and_earns_nothing(app: App) -> None:
    for parity, name, reason in (
        (False, "Sign up", "flat_reward"),
        (True, "Direct sale tracking lead event", "direct_sale_parity"),
    ):
        settings = replace(app.settings, direct_sale_parity=parity)
        shop = open_shop(replace(app, settings=settings), slug=f"acme-{parity}".lower())
        five = RewardDraft(event=RewardEvent.LEAD, kind=RewardKind.FLAT, amount_minor=500)
        shop.write(add_reward, START, shop.program_id, five)
        click_id = shop.click(shop.link("pat"), START + 1)
        sale = shop.sale(START + HOUR_US, click_id=click_id).fact
        lead = app.db.read_now(conversions.lead_by_id, shop.workspace_id, sale.lead_id)
        assert lead is not None
        assert lead.name == name
        assert shop.receipt(lead.id)["owedReason"] == reason
        assert shop.receipt(sale.id)["owedReason"] == "percentage_reward"
