"""What a key and a destination may look like, and where the click id goes."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from headwater.kit.problems import Problem
from headwater.links import around_click_id, checked_url, key_folded, with_deep_link
from headwater.links.rules import KEY_MAX, RESERVED, URL_MAX, checked_key


@pytest.mark.parametrize(
    ("given_key", "key"),
    [
        ("sale", "sale"),
        ("/sale/", "sale"),
        ("Summer/Sale-2_0.x", "Summer/Sale-2_0.x"),
        ("žluťoučký", "žluťoučký"),
        ("東京", "東京"),
        ("🎉", "🎉"),
        ("_root", "_root"),
        ("k" * KEY_MAX, "k" * KEY_MAX),
    ],
)
def test_keys_that_are_taken(given_key, key):
    assert checked_key(given_key) == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "a b",
        "a?b",
        "a#b",
        "a%b",
        "a&b",
        "a\\b",
        "a\nb",
        "a\r",
        "a\x00b",
        "sale\n",
        "_hidden",
        ".well-known/x",
        ".WELL-KNOWN",
        "index.php",
        "index.PHP7",
        "..",
        "a/./b",
        "../a",
        "k" * (KEY_MAX + 1),
    ],
)
def test_keys_that_cannot_be_served(key):
    with pytest.raises(Problem) as refused:
        checked_key(key)
    assert (refused.value.status, refused.value.field) == (422, "key")


@pytest.mark.parametrize("key", [*sorted(RESERVED), "Robots.TXT", "/favicon.ico"])
def test_reserved_keys_are_forbidden(key):
    with pytest.raises(Problem) as refused:
        checked_key(key)
    assert refused.value.status == 403


@given(st.text(max_size=KEY_MAX))
def test_a_key_that_was_taken_is_taken_again_as_it_is(text):
    try:
        key = checked_key(text)
    except Problem:
        return
    assert checked_key(key) == key
    assert key_folded(key_folded(key)) == key_folded(key)


def test_keys_are_looked_up_without_regard_to_case():
    assert key_folded("Summer-SALE") == key_folded("summer-Sale")


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://acme.test/pricing", "https://acme.test/pricing"),
        ("  https://acme.test  ", "https://acme.test"),
        ("acme.test/pricing", "https://acme.test/pricing"),
        ("acme.test:8080", "https://acme.test:8080"),
        ("acme.test?a=1", "https://acme.test?a=1"),
        ("HTTP://Acme.test/", "http://Acme.test/"),
        ("https://bücher.test/ß?q=ü#ä", "https://xn--bcher-kva.test/%C3%9F?q=%C3%BC#%C3%A4"),
        ("https://bücher.test:444/", "https://xn--bcher-kva.test:444/"),
        ("https://ada:pw@bücher.test/", "https://ada:pw@xn--bcher-kva.test/"),
        ("https://straße.test/", "https://xn--strae-oqa.test/"),
        ("https://ΟΔΟΣ.test/", "https://xn--pxavbq.test/"),
        ("https://\u0928\u0940\u200d\u0926\u093f.test/", "https://xn--j2bd4ec9920a.test/"),
        ("https://i❤.test/", "https://xn--i-7iq.test/"),
        ("https://acme.test/a%20b?x=%2F", "https://acme.test/a%20b?x=%2F"),
        ("https://acme.test/?a=1&a=2#top", "https://acme.test/?a=1&a=2#top"),
        ("http://127.0.0.1:3000/", "http://127.0.0.1:3000/"),
        ("http://[::1]:3000/", "http://[::1]:3000/"),
    ],
)
def test_destinations_that_are_taken(url, stored):
    assert checked_url(url) == stored


@pytest.mark.parametrize(
    "url",
    [
        "",
        "   ",
        "/pricing",
        "pricing",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://acme.test/",
        "mailto:a@acme.test",
        "https://",
        "https:///path",
        "https://acme.test/a b",
        "https://acme.test/\r\nSet-Cookie: x=1",
        "https://acme.test/\nx",
        "https://acme.test/\tx",
        "https://acme.test/\x7f",
        "https://acme.test/\x00",
        "https://acme.test:99999/",
        "https://acme.test:port/",
        "https://[::1/",
        "https://acme.test/\ud800",
        "https://" + "ü" * 300 + ".test/",
        "https://ü..test/",
        "https://ü\u0378.test/",
        "https://acme.test/" + "a" * URL_MAX,
    ],
)
def test_destinations_that_are_refused(url):
    with pytest.raises(Problem) as refused:
        checked_url(url)
    assert (refused.value.status, refused.value.field) == (422, "url")


@given(st.text(max_size=60), st.sampled_from(["", "https://acme.test/", "https://acme.test/?q="]))
def test_whatever_is_taken_can_stand_in_a_header(text, start):
    try:
        url = checked_url(start + text)
    except Problem:
        return
    assert url.isascii()
    assert not any(ord(character) <= 32 or ord(character) == 127 for character in url)
    assert checked_url(url) == url


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("https://acme.test", "https://acme.test?hw_id=ID"),
        ("https://acme.test/", "https://acme.test/?hw_id=ID"),
        ("https://acme.test/p?a=1", "https://acme.test/p?a=1&hw_id=ID"),
        ("https://acme.test/p?a=1&a=2&b=", "https://acme.test/p?a=1&a=2&b=&hw_id=ID"),
        ("https://acme.test/p#top", "https://acme.test/p?hw_id=ID#top"),
        ("https://acme.test/p?a=1#top?x", "https://acme.test/p?a=1&hw_id=ID#top?x"),
        ("https://acme.test/p?hw_id=old&a=1", "https://acme.test/p?a=1&hw_id=ID"),
        ("https://acme.test/p?hw_id=old", "https://acme.test/p?hw_id=ID"),
        ("https://acme.test/p?hw_id", "https://acme.test/p?hw_id=ID"),
        ("https://acme.test/p?not_hw_id=1", "https://acme.test/p?not_hw_id=1&hw_id=ID"),
        ("https://acme.test/p?x=hw_id", "https://acme.test/p?x=hw_id&hw_id=ID"),
        ("https://acme.test/p?q=a%26b+c", "https://acme.test/p?q=a%26b+c&hw_id=ID"),
        (
            "https://buy.test/p?dub_client_reference_id=1&client_reference_id=x&hw_id=old&a=1#top",
            "https://buy.test/p?a=1&client_reference_id=dub_id_ID#top",
        ),
        (
            "https://buy.test/p?dub_client_reference_id=0",
            "https://buy.test/p?dub_client_reference_id=0&hw_id=ID",
        ),
    ],
)
def test_where_the_click_id_goes(url, location):
    before, after = around_click_id(url, "hw_id")
    assert before + "ID" + after == location


STORE = "https://play.google.com/store/apps/details"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{STORE}?id=a", f"{STORE}?id=a&referrer=deepLink%3Dhttps%253A%252F%252Fgo.test%252Fk"),
        (
            f"{STORE}?referrer=utm_source%3Dx%26deepLink%3Dold&id=a#top",
            f"{STORE}?id=a&referrer=utm_source%3Dx%26deepLink%3Dhttps%253A%252F%252Fgo.test%252Fk#top",
        ),
        ("https://play.google.com/about", "https://play.google.com/about"),
        ("https://acme.test/store/apps/details?id=a", "https://acme.test/store/apps/details?id=a"),
    ],
)
def test_a_store_hands_the_short_link_to_the_app(url, expected):
    assert with_deep_link(url, "https://go.test/k") == expected


words = st.text("abcdefghij+%20&=", min_size=1, max_size=8)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "hw_id"]), words), max_size=4), st.booleans())
def test_the_destination_keeps_everything_but_an_older_click_id(pairs, fragment):
    assume(all("&" not in value and "=" not in value and "%" not in value for _, value in pairs))
    query = "&".join(f"{name}={value}" for name, value in pairs)
    url = "https://acme.test/p" + (f"?{query}" if query else "") + ("#part" if fragment else "")
    before, after = around_click_id(url, "hw_id")
    landed = urlsplit(before + "ID" + after)
    assert parse_qsl(landed.query) == [pair for pair in parse_qsl(query) if pair[0] != "hw_id"] + [
        ("hw_id", "ID")
    ]
    assert landed.fragment == ("part" if fragment else "")
