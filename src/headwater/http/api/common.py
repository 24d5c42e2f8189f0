"""What every resource file needs: the caller, one write with its Idempotency-Key, page limits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request
from litestar.params import Parameter, QueryParameter

from headwater.db import Read, Write
from headwater.http.auth import idempotent
from headwater.idempotency import once
from headwater.kit.clock import MINUTE_US, from_iso
from headwater.kit.context import Context
from headwater.kit.money import AMOUNT_MAX
from headwater.kit.problems import Problem, invalid
from headwater.runtime import App

T = TypeVar("T")
HttpRequest = Request[Any, Any, Any]

PAGE_MAX = 1000
PAGE_SIZE_MAX = 100
METADATA_MAX = 10_000
AHEAD_US = 5 * MINUTE_US

Page = Annotated[int, Parameter(ge=1, le=PAGE_MAX)]
PageSize = Annotated[int, QueryParameter(name="pageSize", ge=1, le=PAGE_SIZE_MAX)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=190)]
Text = Annotated[str, msgspec.Meta(max_length=2000)]
Short = Annotated[str, msgspec.Meta(max_length=255)]
# What is said of a customer: their id, name and e-mail.
Given = Annotated[str, msgspec.Meta(max_length=100)]
Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
# The text of a picture in base64 among them, so long that a body can still hold the rest of a call.
Pictured = Annotated[str, msgspec.Meta(max_length=700_000)]
Amount = Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MAX)]
# The length because `$` also stands before a line's end.
Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]{3}$", min_length=3, max_length=3)]


class Body(msgspec.Struct, kw_only=True, rename="camel"):
    """A request body; unknown fields are ignored, as clients of the reference expect."""


async def write_once(
    app: App,
    request: HttpRequest,
    ctx: Context,
    run: Callable[[Write], T],
    refer: Callable[[T], tuple[str, str]],
    load: Callable[[Read, str, tuple[str, str]], T],
    tell: Callable[[Write, T], None] | None = None,
) -> T:
    """One transaction; under an Idempotency-Key the first result again. `tell` speaks of each."""
    key = await idempotent(request)

    def script(tx: Write) -> T:
        result = once(tx, ctx, key, lambda: run(tx), refer, load)
        if tell is not None:
            tell(tx, result)
        return result

    return await app.db.write(script)


@contextmanager
def naming(field: str) -> Iterator[None]:
    """Problems within are about this field, unless they name one: what lies below does not know
    how an id is called in the request.
    """
    try:
        yield
    except Problem as problem:
        problem.field = problem.field or field
        raise


@contextmanager
def within(place: str) -> Iterator[None]:
    """Problems within are about a field of what stands at this place of the body."""
    try:
        yield
    except Problem as problem:
        problem.field = f"{place}.{problem.field}" if problem.field else place
        raise


def metadata_text(metadata: dict[str, Any] | None) -> str | None:
    """As JSON, within the limit of the reference."""
    if metadata is None:
        return None
    encoded = msgspec.json.encode(metadata).decode()
    if len(encoded) > METADATA_MAX:
        raise invalid("metadata", f"metadata may be {METADATA_MAX} characters of JSON at most.")
    return encoded


def moment(text: str | None, field: str, now_us: int) -> int | None:
    """When something happened, in microseconds; None where nothing is said. What is to come has not
    happened, clocks that differ a little aside.
    """
    if tidy(text) is None:
        return None
    try:
        at = from_iso(text or "")
    except (ValueError, OverflowError) as error:
        message = f"{field} is a time such as 2026-01-31T12:00:00Z."
        raise invalid(field, message) from error
    if not 0 <= at <= now_us + AHEAD_US:
        raise invalid(field, f"{field} lies in the future, or before 1970: say when it happened.")
    return min(at, now_us)


def checked_email(email: str | None, field: str) -> str | None:
    """Trimmed; refuses what no message could be sent to."""
    email = tidy(email)
    if email is not None and ("@" not in email[1:-1] or any(c.isspace() for c in email)):
        raise invalid(field, f"{field} is not an e-mail address.")
    return email


def one_cursor(after: str | None, before: str | None) -> tuple[str | None, str | None]:
    """Of `startingAfter` and `endingBefore` one or none; an empty one is none."""
    if after and before:
        message = "A page starts after one id or ends before one. Leave one of the two out."
        raise invalid("endingBefore", message)
    return after or None, before or None


def offset(page: int, page_size: int) -> int:
    return (page - 1) * page_size


def tidy(text: str | None) -> str | None:
    """Trimmed; empty means not given."""
    return (text.strip() or None) if text else None
