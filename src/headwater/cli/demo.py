"""`headwater demo`: the main job on a server of its own, and a shop that lives by it. Both stay up
to be looked at.
"""

import shutil
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from headwater.cli.simulate import Target, run, table
from headwater.cli.store import FILE_NAME, CannotStart
from headwater.cli.years import living

if TYPE_CHECKING:
    from headwater.cli.demo_shop import ShopOfDemo
    from headwater.cli.private_server import PrivateServer

LIVES = 12
DOMAIN = "go.demo.test"
SEED = 1


def demo(
    *,
    data: Annotated[Path, Parameter(help="Directory; its `data` is made anew.")] = Path(
        "demo-data"
    ),
    visitors: Annotated[int, Parameter(help="How many people visit.")] = 300,
    port: Annotated[int | None, Parameter(help="Port; a free one unless given.")] = None,
    exit_: Annotated[bool, Parameter(name="--exit", negative=(), help="Stop when done.")] = False,
) -> int:
    """Partners, visitors, sales, refunds, webhooks, a shop, and a year of paying customers in a
    sandbox, over real HTTP; expected against recorded.
    """
    server, shop = _both(data, port)
    signal.signal(signal.SIGTERM, _as_ctrl_c)
    try:
        server.check_port()
        _make_room(data)
        server.start()
        given = Target(seed=SEED, visitors=visitors, trace=data / "trace.jsonl", settle_s=120.0)
        with living(server, SEED, LIVES, data, given.trace_of_lives) as years:
            report = run(given, url=server.url, secret=server.secret, domain=DOMAIN)
            table(report)
            shop.start()
            bought = shop.visited(SEED)
            table(bought, "The shop and its visitors")
            lived = years.result()
        _tell(lived)
        found = report["differences"] + bought["differences"] + lived["differences"]
        right = server.verify() and not found
        if not exit_:
            _stay_up(server, shop, data)
        return 0 if right else 1
    except RuntimeError as error:
        raise CannotStart(str(error)) from error
    finally:
        shop.stop()
        server.stop()


def _both(data: Path, port: int | None) -> tuple["PrivateServer", "ShopOfDemo"]:
    from headwater.cli.demo_shop import FOR_A_SHOP, ShopOfDemo
    from headwater.cli.private_server import PrivateServer, free_port

    server = PrivateServer(
        data=str(data / "data"),
        log=data / "server.log",
        workspace="demo",
        domain=DOMAIN,
        port=port or free_port(),
        more=FOR_A_SHOP,
    )
    return server, ShopOfDemo(server, data)


def _tell(lived: dict[str, Any]) -> None:
    """One life in a few lines, then all of them against what they had to come to."""
    print(
        "\nA year in a sandbox: its clock was moved on month by month, Stripe's webhooks told of"
        "\ntrials, renewals, refunds and disputes, and a stand-in of impact.com heard of them."
        "\nOne of the customers:\n"
    )
    for day, what in lived["story"]:
        print(f"  {day}  {what}")
    print()
    table(lived, f"{LIVES} customers, a year each, at the stand-in")


def _as_ctrl_c(*_: object) -> None:
    """Who is told to end ends the server too."""
    raise KeyboardInterrupt


def _make_room(data: Path) -> None:
    """Remove the store of an earlier demo, and nothing else."""
    store = data / "data"
    if (store / FILE_NAME).is_file():
        shutil.rmtree(store)
    elif store.exists() and (not store.is_dir() or any(store.iterdir())):
        raise CannotStart(
            f"{store} holds something else than a store and is left alone. Name another directory"
            " with --data."
        )
    data.mkdir(parents=True, exist_ok=True)


def _program() -> str:
    """As it was called: it need not be on the path."""
    return sys.argv[0] if sys.argv[0].endswith("headwater") else "headwater"


def _stay_up(server: "PrivateServer", shop: "ShopOfDemo", data: Path) -> None:
    print(
        f"""
Server and shop are up until Ctrl-C. Visit the shop with a browser, make an account, buy, and see on
its account page what the server knows of you:

  {shop.link}
      as a partner's visitor. In one browser the first account has the click: come as somebody else
      in a private window, or from a network:
  {shop.landing}?im_ref=abc&utm_source=news

What became of it, in another terminal (the shop is a workspace of its own):

  export HW={server.url} KEY={shop.secret}
  # who won you, what is owed for you, and why
  curl -s "$HW/receipts?pageSize=2" -H "Authorization: Bearer $KEY"
  # would a click survive this site?
  {_program()} doctor --site {shop.link}

The visitors of the first table are in this one:

  export HW={server.url} KEY={server.secret}
  # links with their counters
  curl -s $HW/links -H "Authorization: Bearer $KEY"
  # calls that wait, and why
  curl -s "$HW/inbox?state=waiting" -H "Authorization: Bearer $KEY"
  # what the ledger owes to whom
  curl -s $HW/balances -H "Authorization: Bearer $KEY"

The whole API, to read: {server.url}/docs
API {server.url} · short links: the same address with `Host: {DOMAIN}`
trace {data / "trace.jsonl"} · log {server.log} · store {data / "data"}"""
    )
    try:
        while server.runs and shop.runs:
            time.sleep(0.5)
    except KeyboardInterrupt:
        print("Stopping.")
