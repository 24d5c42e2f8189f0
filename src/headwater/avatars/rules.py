"""What can be a picture, and when a failed one is tried again."""

import binascii
import re
from collections.abc import Sequence

from headwater.avatars.model import Avatar, State
from headwater.kit.clock import SECOND_US

NOT_A_PICTURE = "not_a_picture"
NO_SOURCE = "neither_an_address_nor_base64"
_DATA = re.compile(r"data:[\w.+/-]*(;[\w=.+-]+)*;base64,", re.ASCII | re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{64,}={0,2}\s*", re.ASCII)
_RETRIED = frozenset({408, 425, 429})
_FINAL = frozenset({"bad_url", "private_address", "too_large", "redirects", NOT_A_PICTURE})


class SourceError(ValueError):
    """Base64 that cannot be decoded."""


def is_address(source: str) -> bool:
    """Whether the picture is to be fetched; otherwise its text is the picture."""
    return source[:8].lower().startswith(("http://", "https://"))


def usable(source: str) -> bool:
    """An address, a data URL in base64, or base64 alone."""
    return is_address(source) or bool(_DATA.match(source)) or bool(_BASE64.fullmatch(source))


def decoded(source: str) -> bytes:
    """The picture a text holds; SourceError where it holds none."""
    text = _DATA.sub("", source, count=1)
    try:
        return binascii.a2b_base64(text)
    except ValueError as error:
        raise SourceError(NOT_A_PICTURE) from error


def after_failure(
    avatar: Avatar, reason: str, schedule_s: Sequence[float], now_us: int
) -> tuple[State, int]:
    """Its state, and when it is tried again: at once final where another try cannot help."""
    if _is_final(reason) or avatar.attempts >= len(schedule_s):
        return State.FAILED, now_us
    return State.WAITING, now_us + round(schedule_s[avatar.attempts] * SECOND_US)


def _is_final(reason: str) -> bool:
    if not reason.startswith("http_"):
        return reason in _FINAL
    status = int(reason.removeprefix("http_"))
    return status < 500 and status not in _RETRIED
