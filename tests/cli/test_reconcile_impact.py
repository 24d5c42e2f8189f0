"""`headwater reconcile impact`: what it prints, and what its status says."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from headwater import delivery, reports
from headwater.cli.actions_there import _narrower
from headwater.cli.reconcile_impact import _account, _refuse_paused, _span
from headwater.cli.store import CannotStart
from headwater.config import Overrides, load
from headwater.kit.clock import DAY_US, from_iso
from headwater.kit.targets import Cause
from headwater.runtime import App, open_app
from headwater.workspace import Workspace, workspace_by_slug
from tests.reports.conftest import TRACKERS, Running
from tests.support import Store, initialise, run

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


@pytest.fixture(scope="module")
def network() -> Iterator[Running]:
    started = Running()
    yield started
    started.stop()


@pytest.fixture
def app(store: Store) -> Iterator[App]:
    initialise(store)
    opened = open_app(load(Overrides(data=str(store.data))), owner=True)
    yield opened
    opened.close()


def acme(app: App) -> Workspace:
    owner = app.db.read_now(workspace_by_slug, "acme")
    assert owner is not None
    return owner


def account(app: App, **settings: Any) -> str:
    new = reports.NewAccount(kind="impact", name="I", settings=settings, auth_token="token-1")
    made = app.db.write_now(reports.create_account, app.context(acme(app)), new, True)
    return str(made.id)


def test_it_tells_what_differs_and_nothing_secret(
    store: Store, app: App, network: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWATER_EGRESS_ALLOW_PRIVATE", "true")
    account(app, accountSid="SID1", programId=1000, trackers=TRACKERS, apiUrl=network.url)
    command = ["reconcile", "impact", "--workspace", "acme", *store.arguments]
    clean = run(*command)
    assert (clean.returncode, clean.stderr) == (0, "")
    assert clean.stdout == "0 differences, 0 sent again; 0 about to lock\n"
    _paid_for_nothing(network)
    done = run(*command, "--heal", "--json")
    assert (done.returncode, done.stderr) == (1, "")
    (row,) = json.loads(done.stdout)
    assert (row["kind"], row["orderId"], row["reason"]) == ("extra", "in_9", "not_told")
    assert (row["theirs"], row["theirCurrency"], row["sentAgain"]) == (2900, "usd", False)
    assert "token-1" not in done.stdout


def _paid_for_nothing(network: Running) -> None:
    """An action that nobody here knows of."""
    standin = network.standin
    now = standin.now()
    fields = {"actiontrackerid": "2004", "orderid": "in_9", "clickid": "im-1", "eventdate": "NOW"}
    fields |= {"itemsubtotal1": "29.00", "currencycode": "USD"}
    standin.network.accept("Conversion", fields, now - 60)
    standin.network.age(now)


def test_the_account_that_is_meant_is_named_where_there_are_several(app: App) -> None:
    def meant(named: str | None) -> Any:
        return app.db.read_now(_account, acme(app).id, named)

    with pytest.raises(CannotStart, match="there is no account"):
        meant(None)
    half = account(app)
    with pytest.raises(CannotStart, match="lacks accountSid, programId"):
        meant(None)
    whole = account(app, accountSid="SID1", programId=1000, trackers=TRACKERS)
    with pytest.raises(CannotStart, match=f"Name one: {half}, {whole}|Name one: {whole}, {half}"):
        meant(None)
    with pytest.raises(CannotStart, match="dst_none is no account"):
        meant("dst_none")
    assert meant(whole).id == whole


def test_it_says_beforehand_what_would_be_in_vain(app: App) -> None:
    whole = account(app, accountSid="SID1", programId=1000, trackers=TRACKERS)
    app.db.write_now(delivery.pause_destination, app.context(acme(app)), whole)
    with pytest.raises(CannotStart, match=f"resume {whole} --workspace acme"):
        _refuse_paused(app.db.read_now(_account, acme(app).id, whole), "acme")
    window = reports.Window(by=reports.By.EVENT, first=0, last=DAY_US)
    with pytest.raises(CannotStart, match="HEADWATER_EGRESS_ALLOW_PRIVATE=true for it too"):
        _narrower(window, reports.hear(Cause.PRIVATE_ADDRESS, 0, 60))


def test_a_span_is_said_in_days_or_moments(app: App) -> None:
    now_us = app.clock.now_us()
    usual = _span(app.clock.now_us(), None, None, 7)
    assert abs(usual.first - (now_us - 30 * DAY_US)) < DAY_US
    assert abs(usual.locks_before - (now_us + 7 * DAY_US)) < DAY_US
    named = _span(app.clock.now_us(), "2026-01-31", "2026-02-01T12:00Z", 7)
    assert named.first == from_iso("2026-01-31T00:00:00Z")
    assert named.last == from_iso("2026-02-01T12:00:00Z")
    for since, until, said in (
        ("lately", None, "is no day or moment"),
        (None, "2026-01-01", "--until is before --since"),
        ("2001-01-01", None, "more than three years ago"),
        ("2999-01-01", None, "--since is yet to come"),
    ):
        with pytest.raises(CannotStart, match=said):
            _span(app.clock.now_us(), since, until, 7)
