"""From whom a visit comes: the list of the proxies, read from the right, never believed blindly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.http.address import HOPS_MAX, network, visitor_address
from headwater.http.visitor import headers_of

PROXY = "10.0.0.1"
TRUSTED = [network(each) for each in ("10.0.0.0/8", "fd00::/8")]


def seen(forwarded: str, client: str = PROXY) -> str:
    return visitor_address(client, forwarded.encode("latin-1"), TRUSTED)


@pytest.mark.parametrize(
    ("forwarded", "visitor"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("1.2.3.4, 203.0.113.9", "203.0.113.9"),
        ("evil, 203.0.113.9,10.9.9.9", "203.0.113.9"),
        ("203.0.113.9, , 10.9.9.9,", "203.0.113.9"),
        ("203.0.113.9:567", "203.0.113.9"),
        ("203.0.113.9, 10.9.9.9:80", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[2001:db8:1:2:3::4]:567", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:3::4]", "2001:db8:1:2::/64"),
        ("203.0.113.9, [fd00::1]:80", "203.0.113.9"),
        ("", PROXY),
        ("10.9.9.9", "10.9.9.9"),
        # What is no address was written by nobody we know; what stands left of it even less.
        ("203.0.113.9, unknown", PROXY),
        ("203.0.113.9, unknown, 10.9.9.9", "10.9.9.9"),
        ("203.0.113.9, 203.0.113.10:99:1", PROXY),
        ("203.0.113.9, [203.0.113.10", PROXY),
        ("203.0.113.9, \xb2.1.1.1", PROXY),
        ("203.0.113.9, \x00", PROXY),
    ],
)
def test_the_visitor_is_the_rightmost_address_that_is_no_proxy(forwarded, visitor):
    assert seen(forwarded) == visitor


@pytest.mark.parametrize("garbage", ["x" * 5000, "1.1.1.1, " * 600, "a,b," * 1000])
def test_no_length_of_claims_pushes_the_proxys_own_word_out(garbage):
    assert seen(f"{garbage}, 203.0.113.9") == "203.0.113.9"
    assert seen(f"{garbage}, 203.0.113.9, 10.9.9.9") == "203.0.113.9"


def test_only_so_many_hops_are_looked_at():
    assert seen("203.0.113.9" + ", 10.9.9.9" * (HOPS_MAX - 1)) == "203.0.113.9"
    assert seen("203.0.113.9" + ", 10.9.9.9" * HOPS_MAX) == "10.9.9.9"


@pytest.mark.parametrize(
    ("client", "visitor"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", ""),
    ],
)
def test_who_is_no_proxy_of_ours_is_the_visitor_whatever_they_claim(client, visitor):
    assert seen("198.51.100.1", client) == visitor


def test_a_proxy_that_calls_by_its_address_in_the_clothes_of_ipv6_is_believed():
    assert seen("203.0.113.9", "::ffff:10.0.0.1") == "203.0.113.9"


@given(st.text(st.characters(max_codepoint=255), max_size=80))
def test_nothing_in_front_of_the_last_address_matters(claim):
    assert seen(f"{claim}, 203.0.113.9") == "203.0.113.9"


def test_all_lines_of_the_header_are_one_list():
    lines = [(b"x-forwarded-for", b"1.1.1.1"), (b"host", b"a"), (b"x-forwarded-for", b"10.9.9.9")]
    headers = headers_of(lines)
    assert headers == {b"x-forwarded-for": b"1.1.1.1,10.9.9.9", b"host": b"a"}
    assert headers_of([(b"a", b"1"), (b"a", b"2")]) == {b"a": b"2"}
