"""`headwater inbox`: kept calls listed, shown and mended beside the running server."""

import json
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import pytest

from headwater.audit import audit
from headwater.cli.main import commands
from headwater.cli.store import CannotStart, opened
from headwater.config import Overrides, load
from headwater.kit.problems import Problem
from tests.http.test_inbox_fixes import change, mistyped
from tests.http.world import World
from tests.support import run


def tell(world: World, *arguments: str) -> tuple[Any, str]:
    """What the command ends with, and what it prints."""
    place = ["--workspace", "acme", *world.server.store.arguments]
    command, bound, _ = commands.parse_args(["inbox", *arguments, *place], exit_on_error=False)
    printed = StringIO()
    with redirect_stdout(printed):
        status = command(*bound.args, **bound.kwargs)
    return status, printed.getvalue()


def told(world: World, *arguments: str) -> Any:
    return json.loads(tell(world, *arguments, "--json")[1])


def test_the_lists_are_those_of_the_api(world: World) -> None:
    customer = world.customer()
    item = mistyped(world, customer)
    filters = ["--state", "waiting", "--kind", "sale", "--customer", customer]
    period = ["--start", item["createdAt"], "--end", "2100-01-01"]
    assert told(world, "list", *filters, *period) == [item]
    assert told(world, "list", *filters, "--end", item["createdAt"]) == []
    assert told(world, "count", *filters) == world.client.get(
        f"/inbox/count?state=waiting&kind=sale&customerExternalId={customer}"
    )
    assert told(world, "show", item["id"]) == item
    shown = tell(world, "show", item["id"])[1]
    assert item["detail"] in shown
    assert f'"customerExternalId": "{customer}"' in shown
    (line,) = tell(world, "list", *filters)[1].splitlines()
    assert line.split() == [
        *(item["createdAt"], item["id"], "sale", "waiting", "unknown_rate", customer)
    ]
    assert tell(world, "count", *filters)[1].split() == ["1", "waiting", "unknown_rate"]


def test_many_are_mended_beside_the_server_and_only_once_p2_p6(world: World) -> None:
    link = world.link()
    right, wrong = world.customer(link), world.name("wrong")
    items = [world.item(world.sale(wrong, 2900)["inboxId"]) for _ in range(103)]
    chosen = ["--customer", wrong, "--map-customer", wrong, right]
    status, text = tell(world, "replay", *chosen)
    assert (status, text.splitlines()[-1]) == (0, "103 replayed")
    assert world.again(link)["sales"] == 103
    assert [line.split()[:2] for line in text.splitlines()[:-1]] == [
        [each["id"], "replayed"] for each in items
    ]
    assert tell(world, "replay", *chosen) == (0, "Nothing to do.\n")
    assert world.again(link)["sales"] == 103


def test_what_is_left_is_said_and_told_by_the_status(world: World) -> None:
    customer = world.customer()
    item = mistyped(world, customer)
    refund = world.refund(f"ext_{world.name('in')}", 100, "r1")["inboxId"]
    status, text = tell(world, "replay", item["id"], refund, "--map-currency", "uds", "xxd")
    assert status == 1
    first, second, last = text.splitlines()
    assert first.startswith(f"{item['id']}  stillWaiting  unknown_rate  There is no exchange rate")
    assert second.startswith(f"{refund}  refused  has_no_currency  Only sales")
    assert last == "1 stillWaiting, 1 refused"
    (answer,) = told(world, "replay", item["id"], "--map-currency", "uds", "usd")["items"]
    again = world.client.post(
        "/inbox/replay", {"ids": [item["id"]], "fix": {"currency": change("uds", "usd")}}
    )
    assert again["items"] == [answer | {"outcome": "settled"}]


def test_it_is_said_which_calls_are_meant(world: World) -> None:
    for arguments in ([], ["inb_1", "--all"], ["--all", "--reason", "no_lead"]):
        with pytest.raises(CannotStart, match="say which calls to replay"):
            tell(world, "replay", *arguments)
    with pytest.raises(Problem, match="one visitor's"):
        tell(world, "replay", "--all", "--click", "x")
    with pytest.raises(Problem, match="100 characters"):
        tell(world, "replay", "--all", "--map-customer", "u", "u" * 101)
    with pytest.raises(Problem, match="reason is one of"):
        tell(world, "list", "--reason", "bad_luck")
    with pytest.raises(Problem, match="no inbox item"):
        tell(world, "show", "inb_nobody")


def test_the_command_ends_with_its_status(world: World) -> None:
    item = mistyped(world, world.customer())
    place = ["--workspace", "acme", *world.server.store.arguments]
    done = run("inbox", "replay", item["id"], *place)
    assert (done.returncode, done.stderr) == (1, "replay: 1/1\n")
    assert done.stdout.splitlines()[-1] == "1 stillWaiting"


def test_the_books_are_right_after_all_that(world: World) -> None:
    store = world.server.store
    config = load(Overrides(data=str(store.data), database=store.url))
    with opened(config, must_exist=True) as app:
        assert app.db.read_now(audit).differences == []
        rows = app.db.read_now(
            lambda tx: tx.all(
                "select count(*), count(distinct subject_id) from journal"
                " where kind = 'inbox_resolved'"
            )
        )
    assert rows[0][0] == rows[0][1] >= 103
