"""Single inputs, for stories told by hand."""

from headwater.kit.clock import DAY_US, HOUR_US
from tests.order.world import START, Click, Hit, Lead, Sale

MAIN_ANN, MAIN_BOB, FIRST_ANN, FIRST_CID, OTHER_BOB = 0, 1, 3, 4, 5  # places in LINKS


def day(number: float) -> int:
    return START + round(number * DAY_US)


def visit(who: str, link: int, at: int, kind: str = "human") -> Hit:
    return Hit(Click(who, link, at // HOUR_US), at, kind)


def lead(hit: Hit, name: str, at: int, email: str | None = None) -> Lead:
    return Lead(hit.click.who, email, hit.click, name, at)


def sale(customer: str, invoice: str, at: int, *, currency: str = "usd") -> Sale:
    """Of 100.00, without a lead's name or a click."""
    return Sale(customer, None, 10_000, currency, invoice, None, None, at)
