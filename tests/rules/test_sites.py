"""Which site a host belongs to: T-90, the domain of the visitor's cookie."""

import pytest

from headwater.kit.sites import is_local, site_of


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("go.example.com", "example.com"),
        ("EXAMPLE.com.", "example.com"),
        ("a.b.example.co.uk", "example.co.uk"),
        ("shop.github.io", "shop.github.io"),
        ("app.shop.localhost", "shop.localhost"),
        ("shop.localhost", "shop.localhost"),
        ("www.xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
    ],
)
def test_t90_a_cookie_is_for_the_registrable_domain(host, site):
    assert site_of(host) == site


@pytest.mark.parametrize(
    "host",
    [
        "co.uk",
        "github.io",
        "localhost",
        "intranet",
        "127.0.0.1",
        "[::1]",
        "::1",
        "",
        ".",
        "a..b",
        "..localhost",
        "a;b.com",
    ],
)
def test_t90_there_is_no_domain_where_nobody_could_set_one(host):
    assert site_of(host) == ""


def test_local_names_are_safe_without_tls():
    assert is_local("localhost")
    assert is_local("app.shop.localhost")
    assert not is_local("localhost.example.com")
