"""The catalogue of problems: requests that cannot be served. Rendered by `http/envelope.py`."""

from enum import StrEnum


class Code(StrEnum):
    BAD_REQUEST = "bad_request"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    UNPROCESSABLE = "unprocessable_entity"
    RATE_LIMITED = "rate_limit_exceeded"
    INTERNAL = "internal_server_error"
    UNAVAILABLE = "unavailable"


STATUS = {
    Code.BAD_REQUEST: 400,
    Code.UNAUTHORIZED: 401,
    Code.FORBIDDEN: 403,
    Code.NOT_FOUND: 404,
    Code.CONFLICT: 409,
    Code.UNPROCESSABLE: 422,
    Code.RATE_LIMITED: 429,
    Code.INTERNAL: 500,
    Code.UNAVAILABLE: 503,
}


class Problem(Exception):  # noqa: N818 - a problem is an answer, not a crash
    """A request that cannot be served: code, what happened, what to do, and the field at fault."""

    def __init__(self, code: Code, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field

    @property
    def status(self) -> int:
        return STATUS[self.code]


def not_found(what: str, reference: str, field: str | None = None) -> Problem:
    return Problem(
        Code.NOT_FOUND,
        f"There is no {what} {reference!r} in this workspace."
        " Check the id and the key's workspace.",
        field,
    )


def invalid(field: str, message: str) -> Problem:
    return Problem(Code.UNPROCESSABLE, message, field)


def conflict(message: str, field: str | None = None) -> Problem:
    return Problem(Code.CONFLICT, message, field)


def unavailable() -> Problem:
    return Problem(
        Code.UNAVAILABLE,
        "The store did not confirm the write. Send the same request again later: under its"
        " invoiceId, event name, refund key or Idempotency-Key it counts once.",
    )


class StoreUnavailable(Exception):  # noqa: N818 - a state of the store, answered as 503
    """The store did not confirm the write; sent again under its key, it counts once."""


class Collision(Exception):  # noqa: N818 - two requests met; the later one is told so
    """A unique constraint refused a row because another request made the same thing first."""
