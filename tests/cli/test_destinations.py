"""`headwater destinations` and `headwater sandbox`."""

import base64
import json
import subprocess
import sys
import urllib.request

import pytest

from headwater import delivery
from headwater.config import Overrides, load
from headwater.delivery import NewWebhook
from headwater.runtime import open_app
from headwater.workspace import workspace_by_slug
from tests.support import Store, initialise, run

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


@pytest.fixture
def hook(store: Store) -> str:
    """A webhook with one message that waits and one that was given up."""
    initialise(store)
    app = open_app(load(Overrides(data=str(store.data))), owner=True)
    owner = app.db.read_now(workspace_by_slug, "acme")
    assert owner is not None
    ctx = app.context(owner)
    new = NewWebhook(name="hook", url="https://acme.test/", triggers=("sale.created",))
    made = app.db.write_now(delivery.create_webhook, ctx, new, False)
    for _ in range(2):
        app.db.write_now(delivery.plan_test, ctx, made.id, "test", {})
    app.db.write_now(lambda tx: tx.run("update deliveries set state = 'dead' where position = 1"))
    app.close()
    return made.id


def said(store: Store, *arguments: str) -> str:
    done = run("destinations", *arguments, "--workspace", "acme", "--data", str(store.data))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_what_waits_is_listed_paused_resumed_and_sent_again(store: Store, hook: str) -> None:
    assert said(store, "list") == f"{hook}  webhook  hook  on  1 waiting  1 dead"
    assert said(store, "pause", hook) == f"{hook}  hook  paused"
    (listed,) = json.loads(said(store, "list", "--json"))
    assert (listed["pausedReason"], listed["waiting"], listed["dead"]) == ("paused", 1, 1)
    refused = run("destinations", "replay", hook, "--workspace", "acme", "--data", str(store.data))
    assert (refused.returncode, "switched off" in refused.stderr) == (2, True)
    assert said(store, "resume", hook) == f"{hook}  hook  on"
    assert said(store, "replay", hook) == "1 will be sent again"
    assert said(store, "list") == f"{hook}  webhook  hook  on  2 waiting  0 dead"


def test_the_stand_in_says_how_to_reach_it_and_judges_what_it_gets(store: Store) -> None:
    assert store
    command = [sys.executable, "-m", "headwater", "sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        basic = base64.b64encode(b"SID1:token-1").decode()
        headers = {
            "authorization": f"Basic {basic}",
            "accept": "application/json",
            "content-type": "application/json",
        }
        body = json.dumps({"CampaignId": 1000, "ActionTrackerId": 2001}).encode()
        place = f"{url}/Advertisers/SID1/Conversions"
        asked = urllib.request.Request(place, body, headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked)
        named = [each["field"] for each in json.loads(refused.value.read())["errors"]]
        assert (refused.value.code, named) == (400, ["EventDate", "OrderId", "ClickId"])
        with urllib.request.urlopen(f"{url}/sandbox/requests") as seen:
            assert [each["status"] for each in json.loads(seen.read())] == [400]
        process.terminate()
        assert process.wait(10) == 0
