"""The stage of a year of lives: what has to be there before anybody comes, made through the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from headwater.simulate.differences import Differences
from headwater.simulate.lives import HOLDING_DAYS, SHARE_PERCENT, WINDOW_DAYS
from headwater.simulate.making import make, read
from headwater.simulate.options import SimulatorError
from headwater.simulate.told import TRACKERS

if TYPE_CHECKING:
    from pathlib import Path

    from headwater.simulate.client import Client
    from headwater.simulate.lives import Life

SECRET = "whsec_of_the_simulator"  # noqa: S105 - of a workspace made for the run


@dataclass(frozen=True, slots=True, kw_only=True)
class YearOptions:
    """A sandbox that nothing else happens in, the keys of its backend and of its pages, its short
    domain, and where the stand-in of the network is.
    """

    url: str
    secret: str
    published: str
    domain: str
    network: str
    seed: int
    lives: int
    trace_path: Path | None = None
    settle_s: float = 120.0


@dataclass(slots=True)
class Years:
    """The memory of one run. `moments` are months in seconds since 1970, by the sandbox's clock."""

    options: YearOptions
    client: Client
    network: Client
    lives: list[Life]
    endpoint: str = ""
    destination: str = ""
    program: str = ""
    moments: list[int] = field(default_factory=list)
    due: int = 0
    back: int = 0
    held: int = 0
    patience_s: float = 0.0
    differences: Differences = field(default_factory=Differences)


async def set_stage(run: Years) -> None:
    """A program with a window, a partner with a link, Stripe's endpoint and the network."""
    if not (await read(run.client, "/sandbox/clock"))["sandbox"]:
        raise SimulatorError("Lives take a sandbox: make one with `headwater init --sandbox`.")
    terms = {"name": "Years", "windowDays": WINDOW_DAYS, "holdingPeriodDays": HOLDING_DAYS}
    run.program = (await make(run.client, "/programs", terms))["id"]
    reward = {"event": "sale", "type": "percentage", "amountInPercentage": SHARE_PERCENT}
    await make(run.client, f"/programs/{run.program}/rewards", reward)
    given = {"email": "years@example.com", "programId": run.program}
    partner = await make(run.client, "/partners", given)
    link = {
        "url": "https://shop.example.com/",
        "domain": run.options.domain,
        "key": "years",
        "programId": run.program,
        "partnerId": partner["id"],
    }
    await make(run.client, "/links", link)
    endpoint = {"mode": "test", "secret": SECRET}
    run.endpoint = (await make(run.client, "/billing/stripe/endpoints", endpoint))["id"]
    settings = {
        "accountSid": "SID1",
        "programId": 1000,
        "trackers": TRACKERS,
        "apiUrl": run.options.network,
        "perHour": 100_000,
    }
    account = {"kind": "impact", "name": "Years", "settings": settings, "authToken": "token-1"}
    run.destination = (await make(run.client, "/destinations", account))["id"]
