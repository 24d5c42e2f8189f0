"""Where a visit comes from: a proxy's word, else the file's, never a stranger's."""

from pathlib import Path
from typing import Any

import pytest

from headwater.attribution import NOWHERE, Place
from headwater.config import ConfigError, load
from headwater.http.address import network
from headwater.http.geo import GeoFile
from headwater.http.place import Places, place_said
from headwater.kit.continents import continent_of
from tests.http import mmdb

PROXY = "10.0.0.1"
TRUSTED = [network("10.0.0.0/8")]


def record(country: str, region: str | None = None, city: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"country": {"iso_code": country}}
    if region:
        found["subdivisions"] = [{"iso_code": region}]
    if city:
        found["city"] = {"names": {"en": city, "de": f"{city} (de)"}}
    return found


NETWORKS = {
    "203.0.113.0/25": record("DE", "BE", "Berlin"),
    "203.0.113.128/25": record("US", "CA", "San José"),
    "198.51.100.0/24": record("FR"),
    "192.0.2.0/24": {"country": "?", "city": []},
    "2001:db8:1::/48": record("BR", "SP", "São Paulo"),
}


def said(**headers: str) -> Place:
    named = {name.replace("_", "-").encode(): text.encode() for name, text in headers.items()}
    return place_said(PROXY, named, TRUSTED)


@pytest.mark.parametrize(
    ("headers", "place"),
    [
        ({"cf_ipcountry": "de"}, ("DE", None, None)),
        (
            {"cf_ipcountry": "US", "cf_region_code": "TX", "cf_ipcity": "Austin"},
            ("US", "US-TX", "Austin"),
        ),
        (
            {
                "cloudfront_viewer_country": "BR",
                "cloudfront_viewer_country_region": "SP",
                "cloudfront_viewer_city": "S%C3%A3o Paulo",
            },
            ("BR", "BR-SP", "São Paulo"),
        ),
        (
            {
                "x_vercel_ip_country": "FR",
                "x_vercel_ip_country_region": "IDF",
                "x_vercel_ip_city": "Le%20Kremlin-Bic%C3%AAtre",
            },
            ("FR", "FR-IDF", "Le Kremlin-Bicêtre"),
        ),
        ({"cf_ipcountry": "GB", "cf_region_code": "GB-ENG"}, ("GB", "GB-ENG", None)),
        ({"cf_ipcountry": "GB", "cf_region_code": "England"}, ("GB", None, None)),
        ({"cf_ipcountry": "PL", "cf_ipcity": "Łódź"}, ("PL", None, "Łódź")),
        ({"cf_ipcountry": "PL", "cf_ipcity": "a%00%0Ab"}, ("PL", None, "ab")),
        ({"cf_ipcountry": "PL", "cf_ipcity": "%FC"}, ("PL", None, "ü")),
        ({"cf_ipcountry": "PL", "cf_ipcity": "x" * 5000}, ("PL", None, "x" * 100)),
        ({"cf_ipcountry": "XX", "cf_ipcity": "Nowhere"}, NOWHERE),
        ({"cf_ipcountry": "T1"}, NOWHERE),
        ({"cf_ipcountry": "DEU"}, NOWHERE),
        ({"cf_ipcity": "Berlin"}, NOWHERE),
        ({"x_vercel_ip_country": "FR", "cf_ipcity": "Berlin"}, ("FR", None, None)),
    ],
)
def test_a_trusted_proxy_says_where(headers: dict[str, str], place: Place) -> None:
    assert said(**headers) == place


def test_a_stranger_is_not_believed() -> None:
    headers = {b"cf-ipcountry": b"DE"}
    assert place_said("203.0.113.9", headers, TRUSTED) == NOWHERE
    assert place_said(PROXY, headers, []) == NOWHERE


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "City.mmdb"
    mmdb.write(path, NETWORKS)
    return path


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("203.0.113.9", ("DE", "DE-BE", "Berlin")),
        ("203.0.113.200", ("US", "US-CA", "San José")),
        ("198.51.100.1", ("FR", None, None)),
        ("2001:db8:1:2::/64", ("BR", "BR-SP", "São Paulo")),
        ("192.0.2.1", NOWHERE),
        ("127.0.0.1", NOWHERE),
        ("", NOWHERE),
        ("unix:/run/x", NOWHERE),
    ],
)
def test_the_database_says_where_an_address_is(database: Path, address: str, place: Place) -> None:
    assert GeoFile(str(database)).place(address) == place


def test_a_database_damaged_within_costs_the_place_and_not_the_visit(database: Path) -> None:
    file = GeoFile(str(database))
    damaged = bytearray(database.read_bytes())
    start = damaged.index(b"Berlin") - 40
    damaged[start : start + 60] = b"\xff" * 60
    changed = database.with_suffix(".new")
    changed.write_bytes(damaged)
    changed.replace(database)
    file.refresh()
    assert file.place("203.0.113.9") == NOWHERE
    assert file.place("2001:db8:1::").country == "BR"


def places(monkeypatch: pytest.MonkeyPatch, database: Path) -> Places:
    monkeypatch.setenv("HEADWATER_GEO_FILE", str(database))
    monkeypatch.setenv("HEADWATER_SERVER_TRUSTED_PROXIES", "10.0.0.0/8")
    return Places(load())


@pytest.mark.parametrize(
    ("headers", "place"),
    [
        ({}, ("DE", "DE-BE", "Berlin")),
        ({"cf-ipcountry": "DE"}, ("DE", "DE-BE", "Berlin")),
        ({"cf-ipcountry": "FR"}, ("FR", None, None)),
        ({"cf-ipcountry": "DE", "cf-region-code": "BY"}, ("DE", "DE-BY", None)),
        ({"cf-ipcountry": "DE", "cf-ipcity": "Bonn"}, ("DE", None, "Bonn")),
        ({"cf-ipcountry": "XX"}, ("DE", "DE-BE", "Berlin")),
    ],
)
def test_the_proxy_wins_over_the_file_which_adds_nothing_that_contradicts(
    monkeypatch: pytest.MonkeyPatch, database: Path, headers: dict[str, str], place: Place
) -> None:
    named = {name.encode(): text.encode() for name, text in headers.items()}
    named[b"x-forwarded-for"] = b"1.2.3.4, 203.0.113.9"
    assert places(monkeypatch, database).of(PROXY, named) == place


def test_a_database_put_in_its_place_is_taken_and_a_broken_one_is_not(database: Path) -> None:
    file = GeoFile(str(database))
    mmdb.write(database, {"203.0.113.0/24": record("AT", "9", "Vienna")})
    assert file.place("203.0.113.9").country == "DE"
    file.refresh()
    assert file.place("203.0.113.9") == ("AT", "AT-9", "Vienna")
    broken = database.with_suffix(".new")
    broken.write_bytes(b"not a database")
    broken.replace(database)
    file.refresh()
    assert file.place("203.0.113.9").country == "AT"
    database.unlink()
    file.refresh()
    assert file.place("203.0.113.9").country == "AT"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: path.with_name("other").touch(), "cannot be read"),
        (lambda path: path.mkdir(), "no MaxMind DB file"),
        (lambda path: path.write_bytes(b""), "no MaxMind DB file"),
        (lambda path: path.write_bytes(b"x" * 5000), "no MaxMind DB file"),
        (lambda path: mmdb.write(path, {}, kind="Test-ASN"), "tells no places"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_at_the_start(
    tmp_path: Path, make: Any, sentence: str
) -> None:
    path = tmp_path / "x.mmdb"
    make(path)
    with pytest.raises(ConfigError, match=sentence) as refused:
        GeoFile(str(path))
    assert str(refused.value).startswith(f"geo.file names {path}")
    assert str(refused.value).endswith(".")


def test_every_country_has_one_continent() -> None:
    found = {code: continent_of(code) for code in ("DE", "US", "BR", "KE", "JP", "NZ", "AQ")}
    expected = {"DE": "EU", "US": "NA", "BR": "SA", "KE": "AF", "JP": "AS", "NZ": "OC", "AQ": "AN"}
    assert found == expected
    assert continent_of(None) is continent_of("XX") is None
