"""One mailbox under many spellings."""

import pytest

from headwater.kit.mailbox import same_mailbox


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("ann@shop.test", "ann@shop.test"),
        (" Ann@Shop.TEST ", "ann@shop.test"),
        ("ann+vip@shop.test", "ann@shop.test"),
        ("ann+vip@shop.test", "ANN+other+more@shop.test"),
        ("a.n.n@gmail.com", "ann@gmail.com"),
        ("A.nn+x@googlemail.com", "ann@gmail.com"),
        ("straße@shop.test", "STRASSE@shop.test"),
        ('"ann@home"@shop.test', '"Ann@Home"@shop.test'),
        ("ann@b\u00fccher.test", "ann@xn--bcher-kva.test"),
        ("ann@\uff47mail.com", "a.nn@gmail.com"),
        ("ann@gmail.com.", "ann@gmail.com"),
        ("ren\u00e9@shop.test", "rene\u0301@shop.test"),
        ("ann@" + "x" * 64 + ".test", "Ann@" + "x" * 64 + ".test"),
    ],
)
def test_one_mailbox(a: str, b: str) -> None:
    assert same_mailbox(a, b)
    assert same_mailbox(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("ann@shop.test", "bob@shop.test"),
        ("ann@shop.test", "ann@store.test"),
        ("a.nn@shop.test", "ann@shop.test"),
        ("ann-vip@shop.test", "ann@shop.test"),
        ("ann@gmail.com", "ann@gmail.com.test"),
        ("+ann@shop.test", "+bob@shop.test"),
        ("ann", "ann@shop.test"),
        (None, "ann@shop.test"),
        (None, None),
        ("", ""),
        (" ", None),
    ],
)
def test_two_mailboxes_or_none(a: str | None, b: str | None) -> None:
    assert not same_mailbox(a, b)
    assert not same_mailbox(b, a)
