"""Pages of events below HTTP: over long times, with moments that are alike, by an index."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from headwater.db import Read, Row
from headwater.db.tx import NONE
from headwater.insights import Listed, Listing, Question, answer, listing, period
from headwater.insights import events as pages
from headwater.kit.clock import DAY_US, HOUR_US
from headwater.kit.problems import Problem
from headwater.runtime import App
from tests.actions.test_time import START, Shop, open_shop

# Hours after the start; some lie on edges of the windows a page looks through from either end.
HOURS = [0, 1, 1, 2, 20, 21, 84, 85, 85, 340, 341, 1365, 5440, 5456, 5459, 5460, 5460]
END = START + 5461 * HOUR_US


def asked(**given: Any) -> Listing:
    start, end = (datetime.fromtimestamp(us // 1_000_000, UTC) for us in (START, END))
    filters = given.pop("filters", {})
    return Listing(
        **{
            "event": "clicks",
            "period": period(END, "all", start, end, ZoneInfo("UTC")),
            "filters": filters,
            "falling": True,
            "offset": 0,
            "limit": 1000,
        }
        | given
    )


def found(shop: Shop, **given: Any) -> list[Listed]:
    ids = shop.app.settings.click_ids
    return shop.app.db.read_now(listing, shop.workspace_id, asked(**given), ids)


@pytest.fixture
def shop(app: App) -> Shop:
    """With a click on a link of its own at each of HOURS."""
    opened = open_shop(app)
    for number, hours in enumerate(HOURS):
        opened.click(opened.link(f"p{number}"), START + hours * HOUR_US)
    return opened


@pytest.mark.parametrize("falling", [True, False])
def test_a_page_goes_back_as_far_as_it_must(shop: Shop, falling: bool) -> None:
    whole = found(shop, falling=falling)
    moments = [each.event.at for each in whole]
    assert moments == sorted((START + hours * HOUR_US for hours in HOURS), reverse=falling)
    for limit in (1, 3, 5):
        single = [
            found(shop, falling=falling, offset=offset, limit=limit)
            for offset in range(0, len(whole), limit)
        ]
        assert [each for page in single for each in page] == whole


def test_few_links_are_read_alone_and_in_the_same_order(shop: Shop) -> None:
    whole = found(shop)
    chosen = [whole[1], whole[4], whole[9]]
    ids = ",".join(each.link.id for each in chosen)
    assert found(shop, filters={"linkId": ids}) == chosen
    assert found(shop, filters={"linkId": f"-{ids}"}) == [e for e in whole if e not in chosen]


@pytest.mark.parametrize("falling", [True, False])
def test_a_window_that_holds_too_many_is_read_in_chunks(
    shop: Shop, falling: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a chunk ends between two facts of one moment."""
    monkeypatch.setattr(pages, "_WINDOW_US", 10_000 * HOUR_US)
    monkeypatch.setattr(pages, "_CHUNK", 2)
    whole = found(shop, falling=falling)
    filters = {"device": "Desktop"}
    for limit in (1, 2, 3):
        for offset in range(len(whole)):
            page = found(shop, falling=falling, filters=filters, offset=offset, limit=limit)
            assert page == whole[offset : offset + limit]


def test_whoever_asks_for_too_much_is_told(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "READ_MAX", len(HOURS))
    assert found(shop, filters={"device": "Tablet"}) == []
    monkeypatch.setattr(pages, "READ_MAX", len(HOURS) - 1)
    with pytest.raises(Problem, match="Choose a shorter period"):
        found(shop, filters={"device": "Tablet"})


def test_the_first_sale_of_a_customer_through_a_link_is_new(app: App) -> None:
    shop = open_shop(app)
    for number in range(2):
        at = START + number * DAY_US
        shop.lead(shop.click(shop.link(f"p{number}"), at), at, name=f"Lead {number}")
        shop.sale(at + HOUR_US)
        shop.sale(at + HOUR_US)
    told = {
        kind: [each.event.id for each in found(shop, event="sales", filters={"saleType": kind})]
        for kind in ("new", "recurring", "-new")
    }
    assert len(told["new"]) == len(told["recurring"]) == 2
    assert told["-new"] == told["recurring"]
    assert {each.link.id for each in found(shop, event="sales", filters={"saleType": "new"})} == {
        each.link.id for each in found(shop)
    }


class Planned:
    """A reader that notes how the engine goes about each statement."""

    def __init__(self, tx: Read) -> None:
        self._tx = tx
        self.dialect, self.each = tx.dialect, tx.each
        self.plans: list[str] = []

    def all(self, sql: str, params: Any = NONE) -> list[Row]:
        plan = self._tx.all(f"explain query plan {sql}", params)
        self.plans.append(" | ".join(str(row[-1]) for row in plan))
        return self._tx.all(sql, params)

    def one(self, sql: str, params: Any = NONE) -> Row | None:
        return next(iter(self.all(sql, params)), None)


INDEXES = {
    "clicks": "SEARCH c USING INDEX clicks_by_time (workspace_id=? AND first_at>? AND first_at<?)",
    "leads": "SEARCH d USING INDEX leads_by_time (at>? AND at<?)",
    "sales": "SEARCH s USING INDEX sales_by_time (at>? AND at<?)",
}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", INDEXES)
def test_a_page_reads_the_newest_by_an_index_and_no_others(app: App, kind: str) -> None:
    wanted = asked(event=kind, limit=100)

    def planned(tx: Read) -> list[str]:
        spy = Planned(tx)
        listing(spy, "ws_1", wanted, app.settings.click_ids)
        return spy.plans

    for plan in app.db.read_now(planned):
        assert plan.startswith(INDEXES[kind])
        assert "FOR ORDER BY" not in plan, "the whole period would be sorted for a page"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("event", ["leads", "sales"])
def test_a_count_finds_the_click_behind_a_fact_alone(app: App, event: str) -> None:
    """Not among all of its link and hour: there may be as many as a link had visitors."""
    shop = open_shop(app)
    shop.lead(shop.click(shop.link("p"), START), START)
    shop.sale(START)
    wanted = Question(event=event, group="os", period=asked().period, filters={})

    def planned(tx: Read) -> list[str]:
        spy = Planned(tx)
        assert [counted[event] for _, counted in answer(spy, *asks)] == [1]
        return spy.plans

    asks = (shop.workspace_id, wanted, app.settings.click_ids)
    plans = [plan for plan in app.db.read_now(planned) if "_clicks_" in plan]
    assert plans
    assert all("visitor=?" in plan for plan in plans)
