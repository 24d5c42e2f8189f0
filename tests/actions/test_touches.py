"""What a store keeps of visitors below HTTP: how much of one, and for how long."""

from collections.abc import Sequence
from threading import Thread
from typing import Any

import pytest

from headwater import visitors
from headwater.db import Write
from headwater.kit.clock import DAY_US
from headwater.kit.context import Context
from headwater.runtime import App
from headwater.visitors import Answer, Consent, Seen, Source, Touch, TouchDraft, actions
from headwater.workspace import workspace_by_slug
from tests.support import Store, initialise

ALL = Answer.GRANTED
CONSENT = Consent(measurement=ALL, sharing=ALL, personal=ALL, source="default")
TOUCH_DAYS = 400
MOST = 100


@pytest.fixture
def ctx(app: App, store: Store) -> Context:
    initialise(store)
    found = app.db.read_now(workspace_by_slug, "acme")
    assert found is not None
    return app.context(found)


def draft(ctx: Context, name: str, days_ago: int = 0, **said: Any) -> TouchDraft:
    return TouchDraft(
        event_id=name, at=ctx.now_us - days_ago * DAY_US, source=Source.TAG, consent=CONSENT, **said
    )


def remember(app: App, ctx: Context, visitor_id: str, *drafts: TouchDraft) -> None:
    app.db.write_now(visitors.remember, ctx, visitor_id, drafts, TOUCH_DAYS)


def left(app: App) -> list[str]:
    rows = app.db.read_now(lambda tx: tx.all("select event_id from touches order by event_id"))
    return [row[0] for row in rows]


def known(app: App) -> list[str]:
    return [row[0] for row in app.db.read_now(lambda tx: tx.all("select id from visitors"))]


def customer(app: App, ctx: Context, name: str) -> str:
    def insert(tx: Write) -> None:
        tx.run(
            "insert into customers (id, workspace_id, external_id, created_at)"
            " values (:id, :workspace_id, :id, :now)",
            {"id": name, "workspace_id": ctx.workspace_id, "now": ctx.now_us},
        )

    app.db.write_now(insert)
    return name


def claim(
    tx: Write, ctx: Context, customer_id: str, visitor_id: str, drafts: Sequence[TouchDraft] = ()
) -> list[Touch]:
    return visitors.claim(
        tx, ctx, customer_id, visitor_id, drafts, touch_days=TOUCH_DAYS, new_customer=None
    )  # fmt: skip


def sweep(app: App, ctx: Context, days: int) -> bool:
    now_us = ctx.now_us + days * DAY_US
    more: bool = app.db.write_now(visitors.sweep, ctx.workspace_id, now_us, TOUCH_DAYS)
    return more


def test_t43_touches_nobody_claimed_go_when_their_last_parameter_has_ended(
    app: App, ctx: Context
) -> None:
    remember(
        app, ctx, "v" * 20,
        draft(ctx, "of-28-days", ids={"ttclid": "T"}),
        draft(ctx, "of-90-days", ids={"ttclid": "U", "gclid": "G"}),
    )  # fmt: skip
    remember(app, ctx, "c" * 20, draft(ctx, "claimed", ids={"ttclid": "T"}))
    app.db.write_now(claim, ctx, customer(app, ctx, "cus_1"), "c" * 20)
    for days, expected in ((27, ["claimed", "of-28-days", "of-90-days"]),
                           (29, ["claimed", "of-90-days"]), (91, ["claimed"])):  # fmt: skip
        assert sweep(app, ctx, days) is False
        assert left(app) == expected
    assert sorted(known(app)) == ["c" * 20, "v" * 20]
    sweep(app, ctx, TOUCH_DAYS + 1)
    assert known(app) == ["c" * 20], "of the other nothing is kept"


def test_a_touch_that_is_claimed_while_the_sweep_runs_stays(
    app: App, ctx: Context, engine: str
) -> None:
    if engine == "sqlite":
        pytest.skip("one writes at a time")
    remember(app, ctx, "v" * 20, draft(ctx, "ended", ids={"ttclid": "T"}))
    name = customer(app, ctx, "cus_1")
    swept = Thread(target=sweep, args=(app, ctx, 29))

    def claim_meanwhile(tx: Write) -> None:
        claim(tx, ctx, name, "v" * 20)
        swept.start()
        while not tx.one("select 1 from pg_locks where not granted"):
            assert swept.is_alive()

    app.db.write_now(claim_meanwhile)
    swept.join()
    assert left(app) == ["ended"]


def test_a_visitor_has_a_hundred_unclaimed_touches_whoever_saw_them(app: App, ctx: Context) -> None:
    seen = [
        Seen(
            workspace_id=ctx.workspace_id,
            visitor_id="v" * 20,
            draft=draft(ctx, f"edge-{number}", click_id=f"{number}"),
            touch_days=TOUCH_DAYS,
        )
        for number in range(MOST + 5)
    ]
    app.db.write_now(visitors.remember_seen, seen, app.entropy)
    assert len(left(app)) == MOST
    remember(app, ctx, "w" * 20, *[draft(ctx, f"tag-{number:03}", coupon=f"{number}")
                                   for number in range(MOST)])  # fmt: skip
    app.db.write_now(claim, ctx, customer(app, ctx, "cus_1"), "v" * 20)
    remember(app, ctx, "v" * 20, draft(ctx, "own", coupon="OWN"))
    app.db.write_now(visitors.move, ctx, "w" * 20, "v" * 20)
    assert len(left(app)) == 2 * MOST, "100 are claimed, 1 was there, 99 found room"


def test_a_visitor_whose_touches_are_claimed_again_and_again_has_so_many_of_a_day(
    app: App, ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "A_DAY_MAX", 50)
    name = customer(app, ctx, "cus_1")
    for round_ in range(6):
        drafts = [draft(ctx, f"{round_}-{each}", coupon=f"{round_} {each}") for each in range(9)]
        remember(app, ctx, "v" * 20, *drafts)
        app.db.write_now(claim, ctx, name, "v" * 20)
    assert len(left(app)) == 50
    last = [draft(ctx, "of the sign-up", coupon="LAST")]
    touches = app.db.write_now(claim, ctx, name, "v" * 20, last)
    assert len(touches) == 51, "a backend is not a stranger"


def test_what_a_checkout_was_begun_with_goes_with_nobody(app: App, ctx: Context) -> None:
    customer(app, ctx, "cus_1")
    for checkout_id, name in (("cs-known", "cus_1"), ("cs-nobody", None), ("cs-never", "u-2")):
        app.db.write_now(
            visitors.begin, ctx, checkout_id, name, None, "v" * 20, None, {"gclid": "G"}
        )  # fmt: skip
    sweep(app, ctx, TOUCH_DAYS - 1)
    assert len(checkouts(app)) == 3
    sweep(app, ctx, TOUCH_DAYS + 1)
    assert checkouts(app) == ["cs-known"]


def checkouts(app: App) -> list[str]:
    rows = app.db.read_now(lambda tx: tx.all("select checkout_id from checkouts"))
    return sorted(str(row[0]) for row in rows)
