"""Visitors without a screen, as `headwater demo` sends them, and the comparison that follows."""

from dataclasses import replace

from headwater.shop import compared, send_visitors, set_stage
from headwater.shop.visitors import DOORS, SOURCES, plans
from tests.browser.ebb import Ebb


def test_what_the_shop_knows_is_what_the_server_recorded_and_a_lie_is_noticed(ebb: Ebb) -> None:
    settings = ebb.shop.settings
    stage = set_stage(settings)
    people = send_visitors(settings, stage.links, 1, 10, lambda: None)
    report = compared(settings, stage, people)
    assert report["differences"] == []
    assert report["expected"] == report["recorded"]
    assert report["recorded"]["users"] == 10
    assert report["recorded"]["leads"] > 0
    user, plan = next((u, p) for u, p in people.items() if p.linked)
    told = compared(settings, stage, people | {user: replace(plan, source="google")})
    (difference,) = told["differences"]
    assert difference["user"] == user
    assert difference["recorded"]["lead"] == [stage.partner, 500]


def test_every_source_comes_by_every_door() -> None:
    met = {(plan.source, plan.door) for plan in plans(1, len(SOURCES) * len(DOORS))}
    assert met == {(source, door) for source in SOURCES for door in DOORS}
