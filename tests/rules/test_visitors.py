"""Who a visit comes from: hashed under a salt, or said by a cookie of ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.attribution import from_cookie, identity, to_cookie, whole
from headwater.http.visitor import came_with
from headwater.kit.entropy import SystemEntropy
from headwater.visitors import cookie_parts

KEY = bytes(range(32))
identities = st.binary(min_size=12, max_size=12)


@given(identities)
def test_a_cookie_brings_back_who_it_was_given_to(known):
    assert from_cookie(to_cookie(known, KEY, SystemEntropy()), KEY) == known


@given(identities, st.integers(0, 39), st.sampled_from("0123456789abcdefXé"))
def test_a_cookie_with_any_other_character_is_refused(known, place, character):
    cookie = to_cookie(known, KEY, SystemEntropy())
    forged = cookie[:place] + character + cookie[place + 1 :]
    if forged != cookie:
        assert from_cookie(forged, KEY) is None


@given(identities, st.binary(min_size=32, max_size=32))
def test_a_cookie_of_another_server_is_refused(known, key):
    if key != KEY:
        assert from_cookie(to_cookie(known, key, SystemEntropy()), KEY) is None


@given(st.text(max_size=80))
def test_nobody_can_make_one_up(text):
    assert from_cookie(text, KEY) is None


@pytest.mark.parametrize("cut", [0, 1, 24, 39])
def test_half_a_cookie_is_refused(cut):
    assert from_cookie(to_cookie(bytes(12), KEY, SystemEntropy())[:cut], KEY) is None


@given(identities)
def test_t89_people_behind_one_address_are_two_visitors(known):
    one, other = (to_cookie(known, KEY, SystemEntropy()) for _ in range(2))
    assert one != other
    assert cookie_parts(one) == (one, None)
    assert cookie_parts(f"{one}.CLICK") == (one, "CLICK")


@given(identities)
def test_a_visitor_id_without_chance_gets_it_and_any_other_stays(known):
    made = to_cookie(known, KEY, SystemEntropy())
    completed = whole(made[:40], KEY, SystemEntropy())
    assert from_cookie(completed, KEY) == known
    assert (len(completed), completed[:40]) == (60, made[:40])
    for other in (made, "f" * 40, "x" * 20):
        assert whole(other, KEY, SystemEntropy()) == other


@pytest.mark.parametrize("value", ["", "short", "x" * 65, "x" * 30 + ".", "ä" * 30, "a b" * 10])
def test_a_cookie_that_is_no_visitor_is_none(value):
    assert cookie_parts(value) == (None, None)


def test_one_machine_is_one_visitor_for_a_day():
    today, tomorrow = b"a" * 32, b"b" * 32
    assert identity("203.0.113.9", "Chrome", today) == identity("203.0.113.9", "Chrome", today)
    assert identity("203.0.113.9", "Chrome", today) != identity("203.0.113.9", "Chrome", tomorrow)


@given(st.text(max_size=40), st.text(max_size=40))
def test_address_and_agent_both_tell_visitors_apart(address, agent):
    salt = b"s" * 32
    known = identity("203.0.113.9", agent, salt)
    assert len(known) == 12
    assert identity("203.0.113.10", agent, salt) != known
    assert identity("203.0.113.9", agent + "x", salt) != known
    assert identity(address.encode("ascii", "ignore").decode(), agent, salt)


def test_the_address_cannot_be_read_from_the_identity():
    assert b"203.0.113.9" not in identity("203.0.113.9", "Chrome", b"s" * 32)


def test_a_cookie_of_the_same_name_that_is_none_hides_nobody():
    said = f"hw_visitor=thrown at us; hw_visitor={'v' * 20}.CLICK; hw_visitor={'w' * 20}"
    assert came_with({b"cookie": said.encode()}) == ("v" * 20, "CLICK")
    assert came_with({b"cookie": b"hw_visitor=short"}) == (None, None)
