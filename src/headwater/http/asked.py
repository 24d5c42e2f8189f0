"""What a visitor of a short link asks with: the query, a form, the device."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from headwater.http.asgi import Receive, Scope, Send
from headwater.http.visitor import Headers

FORM_MAX = 4096
FORM_TIMEOUT_S = 10.0
_IOS = re.compile(r"\b(iPhone|iPad|iPod)\b")
_ANDROID = re.compile(r"\bAndroid\b")


@dataclass(frozen=True, slots=True)
class Request:
    """One visit, as it came."""

    scope: Scope
    receive: Receive
    send: Send
    host: str
    headers: Headers

    @property
    def client(self) -> str:
        return self.scope["client"][0] if self.scope.get("client") else ""

    @property
    def query(self) -> str:
        """Letters that were not percent-encoded are UTF-8, as in the path."""
        return str(self.scope["query_string"].decode("utf-8", "replace"))


async def password_of(request: Request) -> str | None:
    """From the form of the password page, or from the address."""
    if request.scope["method"] != "POST":
        return names_of(request.query).get("pw")
    form = parse_qs((await _body(request.receive)).decode("utf-8", "replace"))
    return form.get("pw", [""])[0]


async def _body(receive: Receive) -> bytes:
    """As much of a form as ours could have; nothing where it does not arrive."""
    body = b""
    try:
        async with asyncio.timeout(FORM_TIMEOUT_S):
            while len(body) <= FORM_MAX:
                message: dict[str, Any] = await receive()
                body += message.get("body", b"")
                if message["type"] != "http.request" or not message.get("more_body"):
                    break
    except TimeoutError:
        return b""
    return body[:FORM_MAX]


def names_of(query: str) -> dict[str, str]:
    """The last value of each parameter."""
    found = parse_qs(query, keep_blank_values=True, encoding="utf-8", errors="replace")
    return {name: values[-1] for name, values in found.items()}


def system_of(agent: str) -> str | None:
    """The system of a phone or tablet that links may have a destination for; None of any other."""
    if _IOS.search(agent):
        return "ios"
    return "android" if _ANDROID.search(agent) else None
