"""The simulator's own arithmetic: exact fractions, written apart from the server's on purpose."""

from __future__ import annotations

from fractions import Fraction

EXPONENTS = {"usd": 2, "eur": 2, "gbp": 2, "jpy": 0, "kwd": 3}
"""Digits after the point of each currency the world uses; a currency not named here has two."""

RATES = {"eur": "0.9213", "gbp": "0.7861", "jpy": "158", "kwd": "0.3071"}
"""Units per US dollar, the same in every world so that runs can share a workspace."""

LATE_RATE = "10.4725"
"""The rate of the currency that has none until the calls are over."""

RATE_DATE = "2024-01-01"

LATE = "late"
"""Stands in plans for the currency without a rate: which one it is depends on the workspace."""

_TWO_DIGITS = """
sek nok dkk pln czk ron chf aud nzd cad mxn brl zar thb php myr sgd hkd twd ils try inr aed sar
qar egp mad kes ngn ghs pkr lkr bdt npr uah gel kzt amd azn mdl rsd bam mkd all dop gtq hnl nio
crc pab pen bob uyu ars cop jmd ttd bbd bzd bsd awg mur scr mvr etb tzs nad bwp zmw szl lsl mzn
"""
LATE_CURRENCIES = tuple(_TWO_DIGITS.split())
"""Currencies of two digits; each run in one workspace uses up one of them."""


def nearest(value: Fraction) -> int:
    """Round to the nearest whole, a half away from zero; refuses a negative value."""
    if value < 0:
        message = f"only amounts of zero and above are rounded here, not {value}"
        raise ValueError(message)
    return int(value + Fraction(1, 2))


def converted(amount: int, currency: str) -> int:
    """Say how many US cents an amount in minor units of a currency is worth."""
    if currency == "usd":
        return amount
    rate = LATE_RATE if currency == LATE else RATES[currency]
    units = Fraction(amount, 10 ** EXPONENTS.get(currency, 2))
    return nearest(units * 100 / Fraction(rate))


def percentage(amount: int, basis_points: int) -> int:
    """Take a share of an amount, in hundredths of a percent."""
    return nearest(Fraction(amount * basis_points, 10_000))


def part(whole: int, taken: int, of: int) -> int:
    """Say what belongs to the first `taken` of `of`, so that all of it belongs to all."""
    return nearest(Fraction(whole * taken, of))
