"""`headwater reconcile impact`: what it prints, and what its status says."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from headwater import reports
from headwater.config import Overrides, load
from headwater.runtime import open_app
from headwater.workspace import workspace_by_slug
from tests.reports.conftest import TRACKERS, Running
from tests.support import Store, initialise, run

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


@pytest.fixture(scope="module")
def network() -> Iterator[Running]:
    started = Running()
    yield started
    started.stop()


def account(store: Store, **settings: Any) -> str:
    app = open_app(load(Overrides(data=str(store.data))), owner=True)
    owner = app.db.read_now(workspace_by_slug, "acme")
    assert owner is not None
    new = reports.NewAccount(kind="impact", name="I", settings=settings, auth_token="token-1")
    made = app.db.write_now(reports.create_account, app.context(owner.id), new, True)
    app.close()
    return str(made.id)


def test_it_says_what_differs_and_what_it_needs(
    store: Store, network: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWATER_EGRESS_ALLOW_PRIVATE", "true")
    initialise(store)
    command = ["reconcile", "impact", "--workspace", "acme", *store.arguments]
    assert "there is no account at impact.com" in run(*command).stderr
    half = account(store)
    lacking = run(*command)
    assert (lacking.returncode, "accountSid, programId" in lacking.stderr) == (2, True)
    whole = account(store, accountSid="SID1", programId=1000, trackers=TRACKERS, apiUrl=network.url)
    assert "there are several accounts" in run(*command).stderr
    assert "dst_none is no account" in run(*command, "dst_none").stderr
    assert "is no day or moment" in run(*command, whole, "--since", "lately").stderr
    assert "--until is before" in run(*command, whole, "--until", "2026-01-01").stderr
    clean = run(*command, whole)
    assert (clean.returncode, clean.stderr) == (0, ""), half
    assert clean.stdout == "0 differences, 0 sent again; 0 about to lock\n"
    _paid_for_nothing(network)
    done = run(*command, whole, "--heal")
    assert done.returncode == 1
    assert "extra           in_9  - | 29.00 USD pending locks " in done.stdout
    assert "  not_told\n1 differences, 0 sent again; 0 about to lock\n" in done.stdout
    (row,) = json.loads(run(*command, whole, "--json").stdout)
    assert (row["kind"], row["theirs"], row["sentAgain"]) == ("extra", 2900, False)
    assert "token-1" not in f"{row}{done}"


def _paid_for_nothing(network: Running) -> None:
    """An action that nobody here knows of."""
    standin = network.standin
    now = standin.now()
    fields = {"actiontrackerid": "2004", "orderid": "in_9", "clickid": "im-1", "eventdate": "NOW"}
    fields |= {"itemsubtotal1": "29.00", "currencycode": "USD"}
    standin.network.accept("Conversion", fields, now - 60)
    standin.network.age(now)
