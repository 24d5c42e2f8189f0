"""Integer money: exponents, one rounding, conversion and proportion."""

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.kit.money import (
    AMOUNT_MAX,
    convert,
    display,
    exponent,
    parse_rate,
    percentage,
    rounded,
    share,
)


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("usd", 2), ("eur", 2), ("jpy", 0), ("krw", 0), ("kwd", 3), ("tnd", 3), ("xyz", 2)],
)
def test_decimals_of_a_currency(currency, digits):
    assert exponent(currency) == digits


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (0, 1, 0),
        (1, 2, 1),
        (3, 2, 2),
        (5, 2, 3),
        (-1, 2, -1),
        (-5, 2, -3),
        (49, 100, 0),
        (-49, 100, 0),
        (1, 3, 0),
        (2, 3, 1),
    ],
)
def test_halves_round_away_from_zero(numerator, denominator, expected):
    assert rounded(numerator, denominator) == expected


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**20))
def test_rounding_is_nearest_and_symmetric(numerator, denominator):
    result = rounded(numerator, denominator)
    assert 2 * abs(result * denominator - numerator) <= denominator
    assert rounded(-numerator, denominator) == -result


@pytest.mark.parametrize(
    ("amount", "source", "rate", "target", "expected"),
    [
        (1580, "jpy", "158", "usd", 1000),  # 1580 yen at 158 per dollar are 10.00
        (158, "jpy", "158", "usd", 100),
        (1, "jpy", "158", "usd", 1),  # 0.63 cents
        (10_000, "kwd", "0.3075", "usd", 3252),  # 10.000 dinar, three decimals
        (1, "kwd", "0.3075", "usd", 0),  # 0.325 cents
        (9213, "eur", "0.9213", "usd", 10_000),
        (1000, "usd", "0.00632911392405063", "jpy", 1580),
        (1000, "usd", "1", "kwd", 10_000),
        (2900, "usd", "1", "usd", 2900),
    ],
)
def test_a_conversion_knows_the_decimals_of_both_sides(amount, source, rate, target, expected):
    assert convert(amount, source, target, parse_rate(rate)) == expected


@given(st.integers(0, AMOUNT_MAX), st.fractions(Fraction(1, 10**9), Fraction(10**9)))
def test_a_conversion_is_exact_to_half_a_unit(amount, rate):
    converted = convert(amount, "jpy", "usd", rate)
    assert abs(Fraction(amount * 100) / rate - converted) <= Fraction(1, 2)


@given(st.integers(0, AMOUNT_MAX), st.lists(st.integers(1, AMOUNT_MAX), min_size=1, max_size=9))
def test_shares_taken_at_growing_parts_add_up_exactly(total, parts):
    whole, so_far, given_out = sum(parts), 0, 0
    for part in parts:
        before = share(total, so_far, whole)
        so_far += part
        given_out += share(total, so_far, whole) - before
    assert given_out == total


def test_a_share_of_nothing_is_nothing():
    assert share(500, 0, 0) == 0


@pytest.mark.parametrize(
    ("amount", "points", "expected"), [(2900, 1000, 290), (10_000, 1, 1), (1, 10_000, 1)]
)
def test_percentages_are_basis_points(amount, points, expected):
    assert percentage(amount, points) == expected


@pytest.mark.parametrize("text", ["0.9213", "158", "1", "0.000000001", "1000000000", "007.5", "1."])
def test_rates_that_are_taken(text):
    assert parse_rate(text) == Fraction(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "0",
        "0.0",
        "0.0000000001",
        "1000000001",
        "-1",
        "+1",
        "1e3",
        "1/3",
        "1,5",
        " 1",
        "1 ",
        "nan",
        "inf",
        "0x10",
        "1_000",
        "1.2.3",
        "\u0661",  # another alphabet's one
        "\u00b2",
        "9" * 33,
    ],
)
def test_rates_that_are_refused(text):
    with pytest.raises(ValueError):
        parse_rate(text)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_a_rate(text):
    with suppress(ValueError):
        assert parse_rate(text) > 0


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (2900, "usd", "29.00 USD"),
        (5, "usd", "0.05 USD"),
        (-5, "usd", "-0.05 USD"),
        (1580, "jpy", "1580 JPY"),
        (1500, "kwd", "1.500 KWD"),
        (0, "eur", "0.00 EUR"),
    ],
)
def test_money_in_words(amount, currency, shown):
    assert display(amount, currency) == shown
