"""Click ids: derived, checked by themselves, sorted by time."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.attribution import ClickIds, ClickRef

KEY = bytes(range(32))
IDS = ClickIds(KEY)
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUV"

links = st.integers(1, 2**36 - 1)
hours = st.integers(0, 2**20 - 1)
visitors = st.binary(min_size=1, max_size=32)


@given(links, visitors, hours)
def test_an_id_is_32_url_safe_characters_and_says_what_it_was_made_of(link, visitor, hour):
    ref, click_id = IDS.derive(link, visitor, hour)
    assert len(click_id) == 32
    assert set(click_id) <= set(string.ascii_letters + string.digits)
    assert IDS.read(click_id) == ref
    assert (ref.link_number, ref.hour) == (link, hour)


@given(links, visitors, hours)
def test_one_visitor_on_one_link_in_one_hour_has_one_id(link, visitor, hour):
    assert IDS.derive(link, visitor, hour) == ClickIds(KEY).derive(link, visitor, hour)


@given(links, visitors, hours, st.sampled_from(["link", "visitor", "hour"]))
def test_another_link_visitor_or_hour_has_another_id(link, visitor, hour, what):
    _, click_id = IDS.derive(link, visitor, hour)
    other = {
        "link": (link ^ 1, visitor, hour),
        "visitor": (link, visitor + b"x", hour),
        "hour": (link, visitor, hour ^ 1),
    }[what]
    assert IDS.derive(*other)[1] != click_id


@given(links, visitors, hours, links, visitors, hours)
def test_ids_sort_by_hour(link, visitor, hour, other_link, other_visitor, other_hour):
    if hour < other_hour:
        mine = IDS.derive(link, visitor, hour)[1]
        assert mine < IDS.derive(other_link, other_visitor, other_hour)[1]


@given(links, visitors, hours, st.integers(0, 31), st.sampled_from(ALPHABET))
def test_any_flipped_character_is_noticed(link, visitor, hour, place, character):
    _, click_id = IDS.derive(link, visitor, hour)
    flipped = click_id[:place] + character + click_id[place + 1 :]
    if flipped != click_id:
        assert IDS.read(flipped) is None


@given(links, visitors, hours, st.binary(min_size=32, max_size=32))
def test_an_id_made_under_another_key_is_refused(link, visitor, hour, key):
    if key != KEY:
        assert IDS.read(ClickIds(key).derive(link, visitor, hour)[1]) is None


@given(st.text(max_size=40) | st.text(ALPHABET, min_size=32, max_size=32))
def test_nobody_can_make_one_up(text):
    assert IDS.read(text) is None


@pytest.mark.parametrize("place", ["", " ", "\n", "="])
def test_a_longer_form_of_a_genuine_id_is_refused(place):
    _, click_id = IDS.derive(7, b"visitor", 480_000)
    assert IDS.read(click_id) is not None
    if place:
        assert IDS.read(click_id + place) is None
        assert IDS.read(place + click_id[1:]) is None
    assert IDS.read(click_id.lower()) is None


def test_the_visitor_behind_an_id_stays_hidden():
    ref, _ = IDS.derive(7, b"203.0.113.9|Mozilla", 480_000)
    other, _ = IDS.derive(8, b"203.0.113.9|Mozilla", 480_000)
    assert ref.visitor != other.visitor, "one visitor cannot be followed from link to link"


@given(links, hours, st.integers(0, 2**56 - 1))
def test_reading_is_the_opposite_of_encoding(link, hour, visitor):
    ref = ClickRef(link, hour, visitor)
    assert IDS.read(IDS.encode(ref)) == ref
