"""GET /t.js and /t/…: the browser tag as it was built from `web/`, and its chunks."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import Parameter

from headwater.kit.problems import Code, Problem

_NAME_MAX = 64
_ROLLING = "public, max-age=3600"
_FOR_EVER = "public, max-age=31536000, immutable"
# A chunk's name without the hash of its build: a page may have the core of the build before.
_CHUNK = re.compile(r"([a-z-]+)-[0-9a-f]{8}\.js")
_HASHED = re.compile(r"(?:[a-z-]+-[0-9a-f]{8}|[0-9a-f]{20})\.js")
_HEADERS = {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "vary": "accept-encoding",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class _File:
    plain: bytes
    packed: bytes
    etag: str
    media_type: str


@get("/t.js", include_in_schema=False, security=[], sync_to_thread=False)
def tag(request: Request[Any, Any, Any]) -> Response[bytes]:
    return _answer(request, _found("t.js"), _ROLLING)


@get("/t/{name:str}", include_in_schema=False, security=[], sync_to_thread=False)
def tag_file(
    request: Request[Any, Any, Any], name: Annotated[str, Parameter(max_length=_NAME_MAX)]
) -> Response[bytes]:
    """What stands under its own hash never changes; a chunk of another build is this build's."""
    if name in _built():
        return _answer(request, _found(name), _FOR_EVER if _HASHED.fullmatch(name) else _ROLLING)
    chunk = _CHUNK.fullmatch(name)
    return _answer(request, _found(_today(chunk[1]) if chunk else name), _ROLLING)


def _today(chunk: str) -> str:
    """The name of the chunk as this build has it."""
    alike = (name for name in _built() if (found := _CHUNK.fullmatch(name)) and found[1] == chunk)
    return next(alike, chunk)


def _found(name: str) -> _File:
    if not _built():
        message = "The browser tag is not built here. Install the package, or run: make tag"
        raise Problem(Code.NOT_FOUND, message)
    if name not in _built():
        raise Problem(Code.NOT_FOUND, f"The browser tag has no file {name!r}. It starts at /t.js.")
    return _built()[name]


@cache
def _built() -> dict[str, _File]:
    """Empty where the package was neither installed nor built."""
    folder = files("headwater.http") / "tag"
    if not folder.is_dir():
        return {}
    served = [each for each in folder.iterdir() if each.name.endswith((".js", ".json"))]
    return {each.name: _file(each.name, each.read_bytes()) for each in served}


def _file(name: str, plain: bytes) -> _File:
    script = name.endswith(".js")
    return _File(
        plain=plain,
        packed=gzip.compress(plain, 9, mtime=0),
        etag=hashlib.sha256(plain).hexdigest()[:20],
        media_type="text/javascript; charset=utf-8" if script else "application/json",
    )


def _answer(request: Request[Any, Any, Any], file: _File, kept: str) -> Response[bytes]:
    packs = "gzip" in request.headers.get("accept-encoding", "")
    etag = f'"{file.etag}-gz"' if packs else f'"{file.etag}"'
    headers = _HEADERS | {"cache-control": kept, "etag": etag}
    if etag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    if packs:
        headers["content-encoding"] = "gzip"
    body = file.packed if packs else file.plain
    return Response(body, media_type=file.media_type, headers=headers)
