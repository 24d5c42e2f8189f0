"""What is said of a link."""

from urllib.parse import parse_qs, urlsplit

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from headwater.shapes import link_object
from tests.rules.test_link_visits import link

A_KEY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(A_KEY)
@example("summer-sale_2/a.b~c:d")
@example("a%2Fb")
@example("100%?x=1&y=#z +\n")
def test_the_address_of_a_qr_code_names_the_link_whatever_its_key(key: str) -> None:
    made = replace(link(), key=key)
    address = urlsplit(link_object(made, "https://api.acme.test")["qrCode"])
    assert address.fragment == ""
    assert parse_qs(address.query) == {"url": [f"{made.short_link}?qr=1"]}
