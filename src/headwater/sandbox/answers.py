"""What is read of a request, and the forms of an answer: JSON where it is asked for, otherwise the
least there is of XML (N-1).
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape, quoteattr

from aiohttp import web

from headwater.sandbox.model import Fields

ROOT = "ImpactRadiusResponse"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_fields(content_type: str, body: str) -> tuple[dict[str, Any], Fields]:
    """As they were sent, and as texts under names in lower case, without what is null."""
    given: dict[str, Any] = {}
    if content_type == "application/json":
        try:
            read = json.loads(body, parse_constant=str)
        except (ValueError, RecursionError):
            read = None
        given = read if isinstance(read, dict) else {}
    elif body:
        given = dict(parse_qsl(body))
    given = {_clean(name): value for name, value in given.items()}
    return given, {name.lower(): as_text(each) for name, each in given.items() if each is not None}


def as_text(value: object) -> str:
    """As a form would say it."""
    return _clean(value) if isinstance(value, str) else json.dumps(value)


def _clean(text: str) -> str:
    """Half a character can be sent in JSON, and written nowhere."""
    return text.encode("utf-8", "replace").decode()


def said(request: web.Request, content: Mapping[str, Any], status: int = 200) -> web.Response:
    if "json" in request.headers.get("Accept", ""):
        return web.json_response(content, status=status)
    return web.Response(text=xml(content), status=status, content_type="application/xml")


def not_found(request: web.Request) -> web.Response:
    return said(request, {"Status": "ERROR", "Message": "Not found"}, 404)


def xml(content: Mapping[str, Any]) -> str:
    """What begins with `@` becomes attributes of the root; of a list `Actions` each is an
    `Action`.
    """
    named = {name[1:]: value for name, value in content.items() if name.startswith("@")}
    attributes = "".join(f" {name}={quoteattr(_legal(value))}" for name, value in named.items())
    inside = "".join(_element(name, value) for name, value in content.items() if name[0] != "@")
    return f"<{ROOT}{attributes}>{inside}</{ROOT}>"


def _element(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        inside = "".join(_element(each, what) for each, what in value.items())
    elif isinstance(value, list):
        inside = "".join(_element(name.removesuffix("s"), each) for each in value)
    else:
        inside = "" if value is None else escape(_legal(as_text(value)))
    return f"<{name}>{inside}</{name}>"


def _legal(text: str) -> str:
    return _NO_XML.sub("", text)
