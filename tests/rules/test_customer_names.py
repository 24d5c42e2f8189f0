"""A name for everyone: the given one, else the e-mail, else a friendly one."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from headwater.customers import Customer, display_name

NAMELESS = Customer(
    id="cus_01",
    external_id="u1",
    name=None,
    email=None,
    avatar=None,
    sales=0,
    sale_amount=0,
    first_sale_at=None,
    created_at=0,
)


def test_the_given_name_first_then_the_address():
    named = replace(NAMELESS, name="Sam", email="sam@customer.test")
    assert display_name(named) == "Sam"
    assert display_name(replace(named, name=None)) == "sam@customer.test"


@given(st.text(min_size=1, max_size=40))
def test_a_friendly_name_has_three_words_and_stays(customer_id):
    nameless = replace(NAMELESS, id=customer_id)
    name = display_name(nameless)
    assert len(name.split()) == 3
    assert display_name(nameless) == name


def test_friendly_names_tell_people_apart():
    names = {display_name(replace(NAMELESS, id=f"cus_{number}")) for number in range(50)}
    assert len(names) > 40
