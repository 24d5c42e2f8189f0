"""Problems to answers: one envelope for every endpoint, and never an internal detail."""

import re
from typing import Any

import msgspec
import msgspec.inspect
import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import (
    ClientException,
    HTTPException,
    SerializationException,
    ValidationException,
)

from headwater.db import Collision, StoreUnavailable
from headwater.http.asgi import Send, respond
from headwater.kit import problems
from headwater.kit.problems import Code, Problem

log = structlog.get_logger(__name__)
_BY_STATUS = {
    400: Code.BAD_REQUEST,
    401: Code.UNAUTHORIZED,
    403: Code.FORBIDDEN,
    404: Code.NOT_FOUND,
    409: Code.CONFLICT,
    413: Code.BAD_REQUEST,
    422: Code.UNPROCESSABLE,
}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    code: Code
    message: str
    field: str | msgspec.UnsetType = msgspec.UNSET


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """The one form of an error; what each code asks for is in docs/reference/errors.md."""

    error: Told


# What /openapi.json says of each status.
DESCRIBED = {
    400: "The request has not got the documented form",
    401: "No key, or one that opens no workspace",
    403: "Not for this workspace, or reserved",
    404: "There is no such thing in this workspace",
    409: "Taken by something else, or made by another request at the same moment",
    413: "The body is too large",
    422: "A field has a value that cannot be",
    429: "Too many calls in a minute, where the operator set a limit",
    503: "The store did not confirm the write: send the same request again",
}


def body_of(problem: Problem) -> ErrorBody:
    field = msgspec.UNSET if problem.field is None else problem.field
    return ErrorBody(error=Told(code=problem.code, message=problem.message, field=field))


async def error_response(send: Send, problem: Problem) -> None:
    """For answers given in front of the framework."""
    payload = msgspec.json.encode(body_of(problem))
    await respond(send, problem.status, [(b"content-type", b"application/json")], payload)


def _answer(problem: Problem, status: int | None = None, **headers: str) -> Response[Any]:
    return Response(
        body_of(problem),
        status_code=status or problem.status,
        media_type=MediaType.JSON,
        headers=headers,
    )


def on_problem(_: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    assert isinstance(error, Problem)
    return _answer(error)


def on_validation(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A query parameter of the wrong form, by the name it has in the address."""
    extra = getattr(error, "extra", None)
    first = extra[0] if isinstance(extra, list) and extra else {}
    name, what = str(first.get("key") or ""), str(first.get("message") or "")
    if (left_out := _LEFT_OUT.match(str(getattr(error, "detail", "")))) is not None:
        return _unfit(f"{left_out[1]} is missing: the address must give it", left_out[1])
    if what == "'data'":
        return _unfit("The request has no body: send a JSON object", "")
    declared = request.route_handler.parsed_fn_signature.parameters.get(name)
    called = getattr(declared.kwarg_definition, "name", None) if declared else None
    if declared:
        what = _with_choices(what, declared.annotation, "")
    return _unfit(what, called or name)


def on_unfit_body(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Wrong types and values: the first offending field, with the whole way to it."""
    what, _at, place = str(error).partition(" - at `$")
    missing = _MISSING.search(what)
    known = place.rstrip("`").partition("[...]")[0]  # a name of the caller's: its object
    form = request.route_handler.parsed_data_field
    if form is not None:
        what = _with_choices(what, form.annotation, known)
    return _unfit(what, f"{known}.{missing[1]}".lstrip(".") if missing else known.lstrip("."))


def _with_choices(what: str, form: Any, place: str) -> str:
    """A word that is none of a closed list: with those that are."""
    if not what.startswith("Invalid enum value"):
        return what
    found = [msgspec.inspect.type_info(form)]
    for step in _STEP.findall(place):
        found = [inner for kind in _apart(found) for inner in _within(kind, step)]
    words = [word for kind in _apart(found) for word in _words(kind)]
    return f"{what.rstrip('.')}: it is one of {', '.join(words)}" if words else what


def _within(kind: Any, step: str) -> list[Any]:
    """What a field, or an item of a list, may be."""
    if step.startswith("["):
        return [kind.item_type] if hasattr(kind, "item_type") else []
    return [each.type for each in getattr(kind, "fields", ()) if each.encode_name == step]


def _apart(kinds: list[Any]) -> list[Any]:
    """Members of unions, each on its own."""
    return [member for kind in kinds for member in getattr(kind, "types", (kind,))]


def _words(kind: Any) -> list[str]:
    if isinstance(kind, msgspec.inspect.EnumType):
        return [str(member.value) for member in kind.cls]
    if isinstance(kind, msgspec.inspect.LiteralType):
        return [str(value) for value in kind.values]
    return []


def _unfit(what: str, field: str) -> Response[Any]:
    what = (what or "The request does not have the documented form").rstrip(".")
    return _answer(Problem(Code.UNPROCESSABLE, f"{what}. See /openapi.json.", field or None))


_MISSING = re.compile(r"missing required field `(.+)`")
_LEFT_OUT = re.compile(r"Missing required query parameter '([^']+)'")
_STEP = re.compile(r"\[\d+\]|[^.\[]+")


def on_malformed(_: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    log.info("malformed_body", error=type(error).__name__)
    message = "The body is not valid JSON (UTF-8, no half characters). Check what is sent."
    return _answer(Problem(Code.BAD_REQUEST, message))


def on_too_deep(_: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    log.info("too_deep", error=type(error).__name__)
    message = "The body is nested too deeply. Send objects within objects a few levels deep."
    return _answer(Problem(Code.BAD_REQUEST, message))


def on_http(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    assert isinstance(error, HTTPException)
    if isinstance(error, ClientException) and isinstance(error.__cause__, SerializationException):
        return on_malformed(request, error)
    code = _BY_STATUS.get(error.status_code, Code.BAD_REQUEST)
    if error.status_code >= 500:
        return on_bug(request, error)
    message = _MESSAGES.get(error.status_code, error.detail)
    return _answer(Problem(code, message), error.status_code, **(error.headers or {}))


_MESSAGES = {
    404: "There is nothing at this address. See /openapi.json for what there is."
    " Short links answer under their own domain (Host header).",
    405: "This address does not take that method. See /openapi.json.",
    413: "The body is larger than this server takes (server.max_body_bytes).",
}


def on_unavailable(_: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    log.error("store_unavailable", error=str(error))
    return _answer(problems.unavailable(), None, **{"retry-after": "1"})


def on_collision(_: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    log.info("collision", error=type(error).__name__)
    message = "Another request made the same thing at the same moment. Send this one again."
    return _answer(problems.conflict(message))


def on_unencodable(_: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    log.info("unencodable_text", error=type(error).__name__)
    message = "A text contains half of a surrogate pair and cannot be stored. Remove it."
    return _answer(Problem(Code.UNPROCESSABLE, message))


def on_bug(_: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    log.error("unexpected_error", exc_info=error)
    message = "Something went wrong on our side. The log of the server has the details."
    return _answer(Problem(Code.INTERNAL, message))


HANDLERS: dict[Any, Any] = {
    Problem: on_problem,
    ValidationException: on_validation,
    SerializationException: on_malformed,
    msgspec.ValidationError: on_unfit_body,
    msgspec.DecodeError: on_malformed,
    UnicodeDecodeError: on_malformed,
    RecursionError: on_too_deep,
    HTTPException: on_http,
    StoreUnavailable: on_unavailable,
    Collision: on_collision,
    UnicodeEncodeError: on_unencodable,
    Exception: on_bug,
}
