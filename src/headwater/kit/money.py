"""Integer money: exponents, one rounding function, exact proportions. No floats anywhere."""

from fractions import Fraction

# Exponents that are not 2, in the form card processors send amounts (source: ISO 4217, Stripe). The
# krona and Uganda's shilling have no smaller coin any more, but are still sent in hundredths.
_ZERO_DECIMALS = (
    "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
).split()  # fmt: skip
_THREE_DECIMALS = "bhd iqd jod kwd lyd omr tnd".split()  # fmt: skip
_EXPONENTS = dict.fromkeys(_ZERO_DECIMALS, 0) | dict.fromkeys(_THREE_DECIMALS, 3)

AMOUNT_MAX = 10**12  # per fact; millions of them still add up within 64 bits
RATE_MIN, RATE_MAX = Fraction(1, 10**9), Fraction(10**9)
BASIS_POINTS = 10_000


def exponent(currency: str) -> int:
    """Decimal digits of a currency's minor unit; lower-case ISO code."""
    return _EXPONENTS.get(currency, 2)


def rounded(numerator: int, denominator: int) -> int:
    """Nearest integer, halves away from zero: the one rounding rule of the project."""
    assert denominator > 0
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def convert(amount: int, source: str, target: str, rate: Fraction) -> int:
    """Minor units of `source` to minor units of `target`; `rate` is units of source per target."""
    exact = Fraction(amount * 10 ** exponent(target), 10 ** exponent(source)) / rate
    return rounded(exact.numerator, exact.denominator)


def percentage(amount: int, basis_points: int) -> int:
    return rounded(amount * basis_points, BASIS_POINTS)


def share(total: int, part: int, whole: int) -> int:
    """`total * part / whole`. Taken at growing parts, the differences add up to `total` exactly."""
    assert 0 <= part <= whole
    return rounded(total * part, whole) if whole else 0


def parse_rate(text: str) -> Fraction:
    """A decimal such as `0.9213`, between 0.000000001 and 1000000000; ValueError otherwise."""
    if len(text) > 32 or not text.replace(".", "", 1).isdecimal() or not text.isascii():
        raise ValueError(text)
    rate = Fraction(text)
    if not RATE_MIN <= rate <= RATE_MAX:
        raise ValueError(text)
    return rate


def display(amount: int, currency: str) -> str:
    """`29.00 USD`, for sentences people read."""
    digits = exponent(currency)
    whole, minor = divmod(abs(amount), 10**digits)
    fraction = f".{minor:0{digits}d}" if digits else ""
    return f"{'-' if amount < 0 else ''}{whole}{fraction} {currency.upper()}"


def minor(text: str, currency: str) -> int | None:
    """Minor units of a plain decimal such as `29.00`, whatever decimals it has; None for what is
    none.
    """
    whole, _, part = text.removeprefix("-").partition(".")
    digits = whole + part
    if not whole or len(digits) > 32 or not digits.isascii() or not digits.isdecimal():
        return None
    amount = rounded(int(digits) * 10 ** exponent(currency), 10 ** len(part))
    return -amount if text.startswith("-") else amount
