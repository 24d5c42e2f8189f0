"""A stand-in of the lists of Stripe's API: its paging, its limits, its moods."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "rk_live_of_the_tests"
PAGE = 2  # no page is longer, whatever is asked for


@dataclass(slots=True)
class Stripe:
    """`lists`: objects by path, newest first. `moods`: what is answered before the first good
    answer, once each: a status and a Retry-After.
    """

    lists: dict[str, list[dict[str, Any]]]
    moods: list[tuple[int, str | None]] = field(default_factory=list)
    url: str = ""
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def answer(self, path: str, given: dict[str, str]) -> dict[str, Any]:
        rows = [row for row in self.lists.get(path, []) if _wanted(row, given)]
        ids = [row["id"] for row in rows]
        after = given.get("starting_after")
        start = 0 if after is None else ids.index(after) + 1
        page = rows[start : start + PAGE]
        return {"object": "list", "data": page, "has_more": start + PAGE < len(rows)}

    def named(self, path: str) -> dict[str, Any] | None:
        above, _, own = path.rpartition("/")
        return next((row for row in self.lists.get(above, []) if row["id"] == own), None)


def _wanted(row: dict[str, Any], given: dict[str, str]) -> bool:
    made = row.get("created", 0)
    if not int(given.get("created[gte]", 0)) <= made < int(given.get("created[lt]", 10**11)):
        return False
    charge = row.get("charge")
    own = {
        "status": row.get("status"),
        "payment_intent": row.get("payment_intent"),
        "charge": charge["id"] if isinstance(charge, dict) else charge,
        "payment[payment_intent]": row.get("payment", {}).get("payment_intent"),
    }
    return all(given.get(name) in (None, value) for name, value in own.items())


@contextmanager
def running(stripe: Stripe) -> Iterator[Stripe]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            given = {name: values[0] for name, values in parse_qs(parts.query).items()}
            stripe.asked.append((self.path, self.headers["Stripe-Version"]))
            if self.headers["Authorization"] != f"Bearer {KEY}":
                wrong = {"type": "invalid_request_error", "message": f"Invalid API Key {KEY}"}
                self._say(401, {"error": wrong})
            elif stripe.moods:
                status, retry_after = stripe.moods.pop(0)
                error = {"code": "rate_limit", "message": "Later."}
                self._say(status, {"error": error}, retry_after)
            elif parts.path.startswith("/v1/invoices/"):
                own = stripe.named(parts.path)
                self._say(200 if own else 404, own or {"error": {"code": "resource_missing"}})
            else:
                self._say(200, stripe.answer(parts.path, given))

        def _say(self, status: int, body: Any, retry_after: str | None = None) -> None:
            said = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            if retry_after:
                self.send_header("Retry-After", retry_after)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    stripe.url = f"http://127.0.0.1:{server.server_port}"
    yield stripe
    server.shutdown()
    server.server_close()
    thread.join()
