"""Our check of a signature says what the official package says."""

import pytest
import stripe
from hypothesis import given, settings
from hypothesis import strategies as st
from stripe import SignatureVerificationError, WebhookSignature

from headwater.billing.stripe.shape import API_VERSION
from headwater.billing.stripe.signature import TOLERANCE_US, refusal
from headwater.kit.clock import SECOND_US

NOW_S = 1_800_000_000
KEY = "whsec_test"


def official(header: str | None, body: bytes, key: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr("time.time", lambda: float(NOW_S))
    try:
        return bool(WebhookSignature.verify_header(body, header, key, TOLERANCE_US // SECOND_US))
    except (SignatureVerificationError, TypeError):  # the latter for what is not ASCII
        return False


def signed(body: bytes, at_s: int = NOW_S, key: str = KEY) -> str:
    return str(WebhookSignature.generate_signature_header(body.decode(), key, at_s))


def ours(header: str | None, body: bytes, *keys: str) -> bool:
    return refusal(header, body, keys or (KEY,), NOW_S * SECOND_US) is None


GOOD = signed(b"{}")
OTHER = signed(b"{}", key="whsec_other")


@pytest.mark.parametrize(
    ("header", "believed"),
    [
        (GOOD, True),
        (f"{OTHER},{GOOD.split(',')[1]}", True),  # while a secret is rolled there are two
        (f"{GOOD},v0=anything", True),
        (OTHER, False),
        (signed(b"{} "), False),
        (signed(b"{}", NOW_S - 300), True),
        (signed(b"{}", NOW_S - 301), False),
        (signed(b"{}", NOW_S + 10_000), True),
        (GOOD.replace("t=", "t=1"), False),
        (GOOD.replace("v1=", "v0="), False),
        (GOOD.split(",")[1], False),
        (GOOD.split(",")[0], False),
        ("t=,v1=", False),
        ("t=soon,v1=aa", False),
        ("t=-1,v1=aa", False),
        ("", False),
        (None, False),
        ("v1=é,t=1", False),
    ],
)
def test_it_says_what_the_official_package_says(header, believed, monkeypatch):
    assert ours(header, b"{}") is believed
    assert official(header, b"{}", KEY, monkeypatch) is believed


@settings(max_examples=50, deadline=None, derandomize=True)
@given(text=st.text(max_size=50), age=st.integers(-1000, 1000), change=st.integers(0, 80))
def test_it_agrees_on_whatever_is_sent(text, age, change):
    body = text.encode("utf-8", "replace")
    header = list(signed(body, NOW_S - age))
    if change < len(header):
        header[change] = "0"
    with pytest.MonkeyPatch.context() as patch:
        said = official("".join(header), body, KEY, patch)
    assert ours("".join(header), body) is said


def test_the_old_secret_counts_beside_the_new_one():
    assert ours(OTHER, b"{}", KEY, "whsec_other")
    assert not ours(OTHER, b"{}")


def test_the_version_we_name_is_that_of_the_package():
    assert stripe.api_version == API_VERSION
