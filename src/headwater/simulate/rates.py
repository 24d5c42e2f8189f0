"""Exchange rates of a run: those posted first, and the one that comes late."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from headwater.simulate.making import make, read
from headwater.simulate.money import LATE_CURRENCIES, LATE_RATE, RATE_DATE, RATES
from headwater.simulate.options import SimulatorError

if TYPE_CHECKING:
    from headwater.simulate.client import Client
    from headwater.simulate.run import Run


async def post_late_rate(run: Run) -> None:
    """Post the rate that some sales wait for."""
    await _post_rate(run.client, run.late_currency, LATE_RATE)


async def set_rates(run: Run) -> None:
    """Post the known rates and choose one to wait for; refuses a workspace with other rates."""
    for currency, rate in RATES.items():
        known = await read(run.client, f"/rates?currency={currency}")
        if not known:
            await _post_rate(run.client, currency, rate)
        elif any(Fraction(row["rate"]) != Fraction(rate) for row in known):
            message = (
                f"This workspace has its own rates for {currency}; the simulator knows the truth"
                f" only at {rate} per US dollar. Use a workspace without rates."
            )
            raise SimulatorError(message)
    run.late_currency = await _unrated(run.client)


async def _unrated(client: Client) -> str:
    for currency in LATE_CURRENCIES:
        if not await read(client, f"/rates?currency={currency}"):
            return currency
    message = "Every currency the simulator could wait for has a rate. Use another workspace."
    raise SimulatorError(message)


async def _post_rate(client: Client, currency: str, rate: str) -> None:
    body = {"currency": currency, "date": RATE_DATE, "rate": rate, "source": "simulator"}
    await make(client, "/rates", body)
