"""The bare handler: what a call costs that is read, parsed and answered, and nothing else.

Run as `python -m headwater.bench.frozen.bare_api PORT`. It stands in the same server program as the
API, on the same kind of event loop, and knows nothing of it.
"""

import sys
from typing import Any

import msgspec
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops

ANSWER = msgspec.json.encode({"id": "x" * 30, "said": ["y" * 40] * 20})
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(ANSWER))]


async def app(scope: Any, receive: Any, send: Any) -> None:
    body = b""
    while scope["method"] != "GET":
        message = await receive()
        body += message["body"]
        if not message.get("more_body"):
            break
    if body:
        msgspec.json.decode(body)
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": ANSWER})


if __name__ == "__main__":
    Granian(
        "headwater.bench.frozen.bare_api:app",
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        loop=Loops.uvloop,
        websockets=False,
        log_enabled=False,
    ).serve()
