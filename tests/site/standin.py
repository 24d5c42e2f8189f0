"""A server that answers as agreed and remembers what it was asked; it can be slow, ill or away."""

import json
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from headwater import landing
from tests.support import wait_until

SECRET, PUBLIC = "hw_sk_standin", "hw_pk_standin"
TAG = b"/* the tag */"
VISITOR = "V" * 24
soon = partial(wait_until, pause_s=0.004)


@dataclass(slots=True)
class Call:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Standin:
    """`ill` answers with a status, `slow_s` waits first; `config` is what the workspace has set."""

    ill: int = 0
    slow_s: float = 0.0
    config: dict[str, Any] = field(default_factory=lambda: {"clickParam": "hw_id"})
    calls: list[Call] = field(default_factory=list)
    touches: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    held: dict[str, dict[str, str]] = field(default_factory=dict)
    checkouts: dict[str, Any] = field(default_factory=dict)
    port: int = 0

    def start(self) -> "Standin":
        standin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                standin.answer(self)

            do_GET = do_POST = do_OPTIONS = do_HEAD = do_PUT = answer  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            allow_reuse_address = True
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """Who gave up waiting has closed the connection."""

        self.server = Server(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def to(self, path: str) -> list[Call]:
        return [call for call in self.calls if urlsplit(call.path).path == path]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        call = Call(handler.command, handler.path, headers, body)
        self.calls.append(call)
        time.sleep(self.slow_s)
        status, given, extra = self.given(call)
        raw = given if isinstance(given, bytes) else json.dumps(given).encode()
        handler.send_response(status)
        handler.send_header("content-length", str(len(raw)))
        for name, value in extra:
            handler.send_header(name, value)
        handler.end_headers()
        if call.method != "HEAD":
            handler.wfile.write(raw)

    def given(self, call: Call) -> tuple[int, Any, list[tuple[str, str]]]:
        path = urlsplit(call.path).path
        if self.ill:
            return self.ill, {"error": {"code": "ill", "message": "Not now."}}, []
        if path == "/t" and call.method == "POST":
            return self.heard(call)
        if path.startswith(("/track/", "/checkout/", "/sales/", "/customers/")):
            if call.headers.get("authorization") != f"Bearer {SECRET}":
                return 401, {"error": {"code": "unauthorized", "message": "Send the key."}}, []
            return self.backend(path, call)
        return self.file(path, call)

    def file(self, path: str, call: Call) -> tuple[int, Any, list[tuple[str, str]]]:
        if path == "/t/config":
            if call.headers.get("if-none-match") == '"c"':
                return 304, b"", [("etag", '"c"')]
            return 200, self.config, [("etag", '"c"'), ("cache-control", "max-age=300")]
        if path == "/t/away.js":
            return 302, b"", [("location", "http://169.254.169.254/")]
        if path in {"/t.js", "/t/abc.js"}:
            return (
                200,
                TAG,
                [
                    ("content-type", "text/javascript"),
                    ("etag", '"t"'),
                    ("cross-origin-resource-policy", "cross-origin"),
                    ("set-cookie", "other=1; Path=/"),
                    ("x-powered-by", "standin"),
                    ("connection", "keep-alive, x-hop"),
                    ("x-hop", "1"),
                ],
            )
        return 404, {"error": {"code": "not_found", "message": "There is no such page."}}, []

    def heard(self, call: Call) -> tuple[int, Any, list[tuple[str, str]]]:
        """A touch kept under its visitor, once."""
        body = call.json
        if body.get("key") != PUBLIC:
            return 401, {"error": {"code": "unauthorized", "message": "Send the key."}}, []
        visitor = (body.get("visitor") or VISITOR).partition(".")[0]
        for event in body["events"]:
            kept = self.touches.setdefault(visitor, [])
            if event["type"] == "withdraw":
                kept.clear()
            elif event["id"] not in [each["id"] for each in kept]:
                kept.append(event)
        cookie = f"hw_visitor={visitor}; Path=/; Domain=track.test; Max-Age=34560000; HttpOnly"
        answer = {"visitor": visitor, "partner": None, "clickId": None}
        return 200, answer, [("set-cookie", cookie), ("set-cookie", "x=1")]

    def backend(self, path: str, call: Call) -> tuple[int, Any, list[tuple[str, str]]]:
        if path == "/track/signup":
            return 200, self.signed_up(call.json), []
        if path == "/checkout/attribution":
            body = call.json
            metadata = {"hw": body["checkoutId"]} | body.get("attribution", {})
            slot = body.get("attribution", {}).get("rewardful_referral")
            first = {"id": "x", "metadata": metadata, "clientReferenceId": slot}
            return 200, self.checkouts.setdefault(body["checkoutId"], first), []
        if path.endswith("/attributions"):
            customer = path.split("/")[2]
            held = self.held.get(customer, {})
            return 200, [{"provider": p, "identifier": v} for p, v in held.items()], []
        return 200, {"heard": call.json}, []

    def signed_up(self, body: dict[str, Any]) -> dict[str, Any]:
        """First touch by provider, for ever; the address that signs up goes before what is kept."""
        held = self.held.setdefault(body["customerExternalId"], {})
        visitor = str(body.get("visitorId", "")).partition(".")[0]
        kept = [*self.touches.pop(visitor, []), *body.get("touches", [])]
        kept.sort(key=lambda touch: -touch["age"])
        new = []
        for touch in [*filter(None, [body.get("landing")]), *kept]:
            ids = landing.table().by_provider(touch.get("ids", {}))
            found = {provider: each["value"] for provider, each in ids.items()}
            found |= {"headwater": touch["clickId"]} if "clickId" in touch else {}
            for provider, value in found.items():
                if provider not in held:
                    held[provider] = value
                    new.append(provider)
        return {"customer": {"externalId": body["customerExternalId"]}, "signup": new}
