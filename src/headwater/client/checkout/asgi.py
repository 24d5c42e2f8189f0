"""The desk for Starlette, FastAPI, Litestar and every other ASGI application.

`CheckoutApp(desk)` answers at both `PATHS`. A mount that redirects to a path with a slash would
lose what was posted: give it its own routes.
"""

import json

from headwater.client.checkout.desk import Answer, Desk
from headwater.client.checkout.fields import BODY_MAX
from headwater.client.middleware.asgi import KEY, Receive, Scope, Send, request_of

PLACE = "/cloud-subscription-checkout"
PATHS = (f"/customers{PLACE}", f"/customers{PLACE}/{{tier}}")


class CheckoutApp:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = request_of(scope)
        if request.method != "POST":
            answer = Answer(405, {"message": "A checkout is opened with POST."})
        else:
            body = await _body(receive)
            tier = tier_of(request.path)
            seen = scope.get(KEY)
            answer = await self._desk.answer_async(request, tier, body, seen)
        await _give(answer, send)


def tier_of(path: str) -> str | None:
    """What stands behind the place, wherever that is mounted; None where nothing does."""
    _, place, behind_it = path.rpartition(PLACE)
    return (behind_it if place else path).strip("/") or None


async def _body(receive: Receive) -> bytes:
    """What is too much is as nothing: it must not cost the purchase."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if size <= BODY_MAX:
            parts.append(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return b"".join(parts) if size <= BODY_MAX else b""


async def _give(answer: Answer, send: Send) -> None:
    body = json.dumps(answer.body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
