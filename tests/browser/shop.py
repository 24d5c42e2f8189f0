"""A shop with the tag on its pages, and in place of our server one that answers `/t` as agreed and
remembers what it was sent. Every `*.test` name leads here.
"""

import json
import threading
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import headwater
from headwater.landing import table

BUILT = Path(headwater.__file__).parent / "http/tag"
STUB = (BUILT / "stub.js").read_text() if BUILT.exists() else ""
SITE = "www.shop.test"
TRACK = "track.shop.test"
NO_ANSWER = 0
VISITOR = "made-by-the-server-0123456789"


@dataclass(slots=True)
class Received:
    method: str
    host: str
    path: str
    headers: dict[str, str]
    body: Any = None


@dataclass(slots=True)
class Shop:
    """`statuses` are what `POST /t` gets, one after the other; `missing` the beginnings of names of
    files that are not there.
    """

    port: int = 0
    pages: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    scripts: dict[str, str] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    config_status: int = 200
    answer: dict[str, Any] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)
    received: list[Received] = field(default_factory=list)

    def reset(self) -> None:
        self.pages, self.headers, self.scripts, self.missing = {}, {}, {}, set()
        self.config = {
            "clickParam": "hw_id",
            "table": table().compact(),
            "partnerParams": ["via", "ref"],
            "consentDefault": "granted",
            "ignoreReferrers": ["pay.test"],
            "referrals": False,
        }
        self.config_status, self.statuses = 200, []
        self.answer = {"visitor": VISITOR, "partner": None, "clickId": None}
        self.received = []

    def at(self, path: str, host: str = SITE) -> str:
        return f"http://{host}:{self.port}{path}"

    def page(
        self, body: str = "", *, path: str = "/", src: str = "", before: str = STUB, **data: str
    ) -> str:
        """A page with the tag; its path. `data` are attributes of the script element."""
        given = {"key": "hw_pk_x"} | data
        attributes = "".join(f' data-{name}="{value}"' for name, value in given.items())
        src = src or self.at("/t.js", TRACK)
        self.pages[path] = (
            f"<!doctype html><title>Shop</title><link rel=icon href=data:,>"
            f"<script>{before}</script><script async src='{src}'{attributes}></script>{body}"
        )
        return path

    def asked(self, path: str) -> list[Received]:
        return [each for each in self.received if each.path.startswith(path)]

    @property
    def posts(self) -> list[Received]:
        return [each for each in self.received if each.method == "POST"]

    @property
    def touches(self) -> list[dict[str, Any]]:
        events = [event for post in self.posts for event in post.body["events"]]
        return [event for event in events if event["type"] == "touch"]


def serve(shop: Shop) -> ThreadingHTTPServer:
    """Running; its port is the shop's."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, shop))
    server.daemon_threads = True
    shop.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


class Handler(BaseHTTPRequestHandler):
    def __init__(self, shop: Shop, *given: Any) -> None:
        self.shop = shop
        super().__init__(*given)

    def do_GET(self) -> None:
        shop, path = self.shop, self._note()
        if path.endswith("/config"):
            said = shop.config if shop.config_status == 200 else {"error": {"code": "internal"}}
            self._say(shop.config_status, "application/json", json.dumps(said))
        elif path in shop.scripts:
            self._say(200, "text/javascript", shop.scripts[path])
        elif (file := _file(path, shop)) is not None:
            self._say(200, "text/javascript", file.read_text())
        elif path in shop.pages:
            self._say(200, "text/html; charset=utf-8", shop.pages[path], shop.headers)
        else:
            self._say(404, "text/plain", "")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self._note(json.loads(body))
        status = self.shop.statuses.pop(0) if self.shop.statuses else 200
        if status == NO_ANSWER:
            return
        self._say(status, "application/json", json.dumps(self.shop.answer))

    def do_OPTIONS(self) -> None:
        self._note()
        self._say(204, "text/plain", "")

    def _note(self, body: Any = None) -> str:
        path = urlsplit(self.path).path
        headers = {name.lower(): value for name, value in self.headers.items()}
        host = headers["host"].partition(":")[0]
        self.shop.received.append(Received(self.command, host, path, headers, body))
        return path

    def _say(self, status: int, kind: str, body: str, more: dict[str, str] | None = None) -> None:
        origin = self.headers.get("origin")
        cors = {"access-control-allow-origin": origin} if origin else {}
        credentials = {"access-control-allow-credentials": "true"} if origin else {}
        self.send_response(status)
        for name, value in (cors | credentials | (more or {})).items():
            self.send_header(name, value)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


def _file(path: str, shop: Shop) -> Path | None:
    """`/t.js` and `/t/…`, also where a site serves them below another path."""
    name = path.rpartition("/")[2]
    rolling = path in {"/t.js", "/abc/x.js"}
    file = BUILT / ("t.js" if rolling else name)
    if any(name.startswith(each) for each in shop.missing) or not file.is_file():
        return None
    return file if rolling or path.startswith(("/t/", "/abc/x/")) else None
