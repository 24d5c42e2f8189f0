"""What a visitor of a link with features gets, in the order in which it is checked."""

from typing import Any

import pytest
from msgspec.structs import replace

from headwater.links import (
    SHARES,
    Counters,
    Disabled,
    Empty,
    Expired,
    Features,
    Framed,
    Link,
    Locked,
    Previewed,
    Sent,
    Variant,
    Visit,
    is_special,
    outcome,
)

NOW = 1_000
OWN = "https://acme.test/own"
IOS, ANDROID, GERMAN = "https://acme.test/i", "https://acme.test/a", "https://acme.test/de"
LATE = "https://acme.test/late"
A, B = Variant(url="https://acme.test/A", percentage=30), Variant(url=OWN + "B", percentage=70)


def link(password: str | None = None, url: str = OWN, **features: Any) -> Link:
    return Link(
        number=1,
        id="link_1",
        workspace_id="ws_1",
        host="go.acme.test",
        key="k",
        url=url,
        external_id=None,
        tenant_id=None,
        program_id=None,
        partner_id=None,
        track_conversion=True,
        archived=False,
        title=None,
        description=None,
        comments=None,
        created_at=0,
        updated_at=0,
        folder_id=None,
        password=password,
        features=Features(**features),
        deleted_at=None,
        tags=(),
        counters=Counters(),
    )


PLAIN = Visit(now_us=NOW, share=0, system=None, country=None, bot=False, password=None)
EVERYTHING = {
    "disabled_at": NOW,
    "expires_at": NOW,
    "expired_url": LATE,
    "proxy": True,
    "rewrite": True,
    "ios": IOS,
    "android": ANDROID,
    "geo": {"DE": GERMAN},
}
BUSY = replace(PLAIN, bot=True, system="ios", country="DE", password="secret")
# Each line takes away what the line before it was decided by.
ORDER = [
    ("password", {"password": "other"}, [], Locked(True)),
    ("disabled", {"password": "secret"}, [], Disabled()),
    ("expired", {}, ["disabled_at"], Expired(LATE)),
    ("preview", {}, ["disabled_at", "expires_at"], Previewed()),
    ("frame", {}, ["disabled_at", "expires_at", "proxy"], Framed(OWN)),
    ("ios", {}, ["disabled_at", "expires_at", "proxy", "rewrite"], Sent(IOS)),
    ("country", {}, ["disabled_at", "expires_at", "proxy", "rewrite", "ios"], Sent(GERMAN)),
    ("own", {}, list(EVERYTHING), Sent(OWN)),
]


@pytest.mark.parametrize(("name", "more", "without", "expected"), ORDER, ids=[o[0] for o in ORDER])
def test_the_order_of_checks(name: str, more: Any, without: list[str], expected: Any) -> None:
    given = {key: value for key, value in EVERYTHING.items() if key not in without}
    assert outcome(link(**given, **more), BUSY) == expected


@pytest.mark.parametrize(
    ("features", "visit", "expected"),
    [
        ({"password": "p"}, {}, Locked(False)),
        ({"password": "p"}, {"password": ""}, Locked(True)),
        ({"password": "p"}, {"password": "p"}, Sent(OWN)),
        ({"password": "ž"}, {"password": "ž"}, Sent(OWN)),
        ({"disabled_at": NOW + 1}, {}, Sent(OWN)),
        ({"expires_at": NOW + 1}, {}, Sent(OWN)),
        ({"expires_at": NOW}, {}, Expired(None)),
        ({"proxy": True}, {}, Sent(OWN)),
        ({"android": ANDROID}, {"system": "android"}, Sent(ANDROID)),
        ({"android": ANDROID, "ios": IOS}, {}, Sent(OWN)),
        ({"geo": {"DE": GERMAN}}, {"country": "FR"}, Sent(OWN)),
        ({"geo": {"DE": GERMAN}}, {"country": None}, Sent(OWN)),
        ({"url": ""}, {}, Empty()),
    ],
)
def test_each_feature_alone(features: Any, visit: Any, expected: Any) -> None:
    assert outcome(link(**features), replace(PLAIN, **visit)) == expected


def sent(share: int, **features: Any) -> str:
    found = outcome(link(test_variants=(A, B), **features), replace(PLAIN, share=share))
    assert isinstance(found, Sent)
    return found.url


def test_a_split_test_shares_visitors_by_weight_and_keeps_each_with_one() -> None:
    given = [sent(share) for share in range(SHARES)]
    assert (given.count(A.url), given.count(B.url)) == (3000, 7000)
    assert sent(17) == sent(17)


def test_a_split_test_runs_from_its_start_to_its_end() -> None:
    assert sent(0, test_started_at=NOW) == A.url
    assert sent(0, test_started_at=NOW + 1) == OWN
    assert sent(0, test_completed_at=NOW) == OWN
    assert sent(0, test_completed_at=NOW + 1) == A.url


def test_a_plain_link_is_not_special() -> None:
    assert not is_special(link())
    for name in Features.__struct_fields__:
        assert is_special(link(**{name: 1})), name
    assert is_special(link(password="p"))
    assert is_special(link(url=""))
