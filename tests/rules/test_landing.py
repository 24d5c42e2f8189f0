"""What an address says, and what is left of it."""

import time
import tomllib
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.landing import LONGEST, OWN, Kind, cleaned, table


def read(query, click_param="hw_id", enabled=None):
    return table().read(query, click_param, enabled)


def test_d13_several_networks_on_one_address_are_all_kept():
    found = read("?gclid=G&im_ref=I&utm_source=mail&via=ada&hw_id=C&coupon=SAVE")
    assert found.ids == {
        "google": {"parameter": "gclid", "value": "G"},
        "impact": {"parameter": "im_ref", "value": "I"},
    }
    assert (found.click_id, found.partner, found.coupon) == ("C", "ada", "SAVE")
    assert found.touch() == {
        "clickId": "C",
        "partner": "ada",
        "coupon": "SAVE",
        "utm": {"source": "mail"},
        "ids": {"gclid": "G", "im_ref": "I"},
    }


def test_of_several_ids_of_one_provider_the_first_of_the_table_names_it_and_all_are_kept():
    found = read("wbraid=W&gbraid=B&gclid=G")
    assert found.ids == {"google": {"parameter": "gclid", "value": "G"}}
    assert found.parameters == {"gclid": "G", "gbraid": "B", "wbraid": "W"}


@pytest.mark.parametrize(
    ("query", "name"),
    [("ScCid=a", "ScCid"), ("sccid=a", "ScCid"), ("CJEVENT=a", "cjevent"), ("SSCID=a", "sscid")],
)
def test_d11_names_in_several_cases_are_kept_under_one(query, name):
    assert read(query).parameters == {name: "a"}


def test_d11_other_names_are_read_in_their_own_case_only():
    assert not read("GCLID=a&Utm_source=b&VIA=c")


def test_d11_values_keep_their_case():
    assert read("sccid=aBc").parameters == {"ScCid": "aBc"}


@pytest.mark.parametrize("name", ["partner", "clickid", "transaction_id", "oid", "promo"])
def test_d12_common_names_are_read_only_where_they_are_asked_for(name):
    assert not read(f"{name}=x")
    assert read(f"{name}=x", enabled=[name])


def test_d12_via_and_ref_are_read_unless_the_workspace_says_otherwise():
    assert read("via=ada").partner == "ada"
    assert read("ref=ada").partner == "ada"
    assert read("ref=ada&via=bob").partner == "bob"
    assert not read("via=ada", enabled=[])


def test_a_name_only_a_workspace_knows_is_a_partner_parameter():
    assert read("friend=ada", enabled=["friend"]).partner == "ada"


@pytest.mark.parametrize("name", ["mc_eid", "_kx", "vero_id", "access_token", "email", "Password"])
def test_d14_recipients_and_secrets_cannot_be_asked_for(name):
    assert not table().may_be_enabled(name)
    assert not read(f"{name}=x", enabled=[name])


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("im_ref=a%25b", "a%b"),
        ("im_ref=a:b", "a:b"),
        ("im_ref=a%2Bb", "a+b"),
        ("im_ref=a+b", "a b"),
        ("im_ref=%C5%BElu%C5%A5", "žluť"),
        (f"im_ref={'x' * 300}", "x" * 300),
        ("im_ref=%20a%20", "a"),
        ("im_ref=a%00%1Fb", "ab"),
    ],
)
def test_a5_values_are_opaque(query, value):
    assert read(query).parameters == {"im_ref": value}


def test_a6_a_value_of_512_is_kept_and_one_of_513_is_left_out_whole():
    assert read(f"im_ref={'x' * LONGEST}").parameters
    found = read(f"im_ref={'x' * (LONGEST + 1)}&gclid=G")
    assert found.parameters == {"gclid": "G"}
    assert found.too_long == {"im_ref": LONGEST + 1}


def test_t28_the_first_of_a_repeated_name_counts_and_an_empty_one_is_none():
    assert read("gclid=A&gclid=B").parameters == {"gclid": "A"}
    assert not read("gclid=&gclid=B")


def test_t40_impact_click_id_means_nothing():
    assert not read("impact_click_id=x")


def test_a13_a_referral_token_is_told_apart_from_the_click_id_beside_it():
    found = read("rsCode=ABC&im_ref=I")
    assert (found.referral, found.parameters) == ("ABC", {"im_ref": "I"})


def test_the_workspaces_own_parameter_is_its_own_also_where_a_network_has_the_name():
    found = read("dub_id=C", click_param="dub_id")
    assert (found.click_id, found.ids) == ("C", {})
    assert read("dub_id=C").ids == {"dub": {"parameter": "dub_id", "value": "C"}}


def test_marks_are_no_evidence():
    assert not read("gad_source=1&utm_id=2&irgwc=1")


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://a.example/p?gclid=A&x=1#f", "https://a.example/p?gclid=A"),
        ("https://u:p@a.example", "https://a.example/"),
        ("https://a.example:8443/?mc_eid=1&email=a@b.example", "https://a.example:8443/"),
        ("https://a.example/?utm_source=a%20b&gad_source=1",
         "https://a.example/?utm_source=a%20b&gad_source=1"),
        ("https://a.example/?hw_id=C&code=oauth", "https://a.example/?hw_id=C"),
        (f"https://a.example/?gclid={'x' * 600}", "https://a.example/"),
        (f"https://a.example/{'p' * 3000}?gclid=A", "https://a.example/"),
        ("javascript:alert(1)", ""),
        ("//a.example/", ""),
        ("https://[bad/", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_t121_addresses_keep_only_what_the_table_names(url, kept):
    assert table().clean(url, "hw_id") == kept


@given(st.text())
def test_any_text_is_read_and_cleaned_without_failing(text):
    read(text)
    kept = table().clean("https://a.example/?" + text, "hw_id")
    assert table().clean(kept, "hw_id") == kept


def test_what_strangers_write_costs_no_more_than_its_length():
    began = time.monotonic()
    blank = f"x{' ' * 30_000}x"
    assert cleaned(blank) == blank
    many = "gclid=1&" * 100_000
    assert read(f"im_ref=I&{many}via=ada").touch() == {"ids": {"im_ref": "I", "gclid": "1"}}
    assert len(table().clean(f"https://a.test/?{many}")) < 2048
    assert time.monotonic() - began < 2, "it took 25 s where each blank was tried as an end"


@given(st.text(max_size=600))
def test_cleaning_twice_is_cleaning_once(text):
    assert cleaned(cleaned(text)) == cleaned(text)


def test_the_page_is_handed_what_is_read():
    rows = {row[0]: row[1:] for row in table().compact()}
    assert rows["gclid"] == ["click", "google", 90]
    assert rows["ScCid"] == ["click", "snap", 28, 1]
    assert "partner" not in rows
    assert rows["via"] == ["partner", OWN, 60]
    more = {row[0]: row[1:] for row in table().compact(["friend", "partner"])}
    assert "via" not in more
    assert more["friend"] == more["partner"] == ["partner", OWN, 60]


def test_every_name_stands_in_the_table_once_and_every_note_names_a_row():
    text = (resources.files("headwater.landing") / "parameters.toml").read_text()
    shape = tomllib.loads(text)
    names = [row.name for row in table().rows]
    assert len(names) == len({name.lower() for name in names})
    for block in shape["provider"]:
        own = {name for kind in Kind for name in block.get(kind.value, [])}
        assert {*block.get("fold", []), *block.get("optional", [])} <= own
    assert not {name.lower() for name in names} & {name.lower() for name in shape["never"]}
