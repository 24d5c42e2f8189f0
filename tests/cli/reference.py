"""A server that answers lists as the reference does: its paging, its limits, its moods."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "dub_secret"
DAY = "2026-03-01T10:00:00.000Z"


@dataclass(slots=True)
class Reference:
    """`lists`: rows by path, those of `/events` by kind of event. `moods`: what is answered before
    the first good answer, once each: a status and a Retry-After.
    """

    lists: dict[str, list[dict[str, Any]]]
    moods: list[tuple[int, str | None]] = field(default_factory=list)
    url: str = ""
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, given: dict[str, str]) -> list[dict[str, Any]] | None:
        rows = self.lists.get(f"/events {given['event']}" if path == "/events" else path)
        if rows is None:
            return None
        if path == "/links":
            folder = None if given["folderId"] == "unsorted" else given["folderId"]
            rows = [row for row in rows if row["folderId"] == folder]
        if path == "/events":
            inside = [row for row in rows if given["start"] <= row["timestamp"] <= given["end"]]
            return _page(inside, given, int(given["limit"]))
        if path == "/domains":
            rows = [row for row in rows if row["archived"] == (given["archived"] == "true")]
        if "page" in given:
            return _page(rows, given, int(given["pageSize"]))
        rows = sorted(rows, key=lambda row: row["id"], reverse=True)
        below = [row for row in rows if row["id"] < given.get("startingAfter", "~")]
        return below[: int(given["pageSize"])]


def _page(rows: list[dict[str, Any]], given: dict[str, str], size: int) -> list[dict[str, Any]]:
    start = (int(given["page"]) - 1) * size
    return rows[start : start + size]


@contextmanager
def running(reference: Reference) -> Iterator[Reference]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            given = {name: values[0] for name, values in parse_qs(parts.query).items()}
            reference.asked.append(self.path)
            if self.headers["Authorization"] != f"Bearer {KEY}":
                self._say(401, {"error": {"code": "unauthorized", "message": "No."}})
            elif reference.moods:
                status, retry_after = reference.moods.pop(0)
                self._say(status, {"error": {"code": "x", "message": "Later."}}, retry_after)
            else:
                rows = reference.answer(parts.path, given)
                self._say(404 if rows is None else 200, {"error": {}} if rows is None else rows)

        def _say(self, status: int, body: Any, retry_after: str | None = None) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            if retry_after:
                self.send_header("Retry-After", retry_after)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    reference.url = f"http://127.0.0.1:{server.server_port}"
    yield reference
    server.shutdown()
    server.server_close()


def in_a_moment() -> str:
    """As the reference says when to come back: milliseconds since 1970."""
    return str(int(time.time() * 1000) + 200)


def link(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"link_{number:04d}",
        "domain": "go.moved.test",
        "key": f"k{number}",
        "url": f"https://moved.test/{number}",
        "shortLink": f"https://go.moved.test/k{number}",
        "trackConversion": True,
        "externalId": None,
        "tenantId": None,
        "programId": None,
        "partnerId": None,
        "archived": False,
        "folderId": None,
        "tags": [],
        "clicks": 0,
        "leads": 0,
        "sales": 0,
        "saleAmount": 0,
        "createdAt": DAY,
        "updatedAt": DAY,
        "publicStats": False,
        "userId": "user_1",
        "webhookIds": [],
    } | fields


def click(click_id: str, timestamp: str = DAY) -> dict[str, Any]:
    return {
        "id": click_id,
        "timestamp": timestamp,
        "url": "https://moved.test/?dub_id=x",
        "country": "US",
        "city": "Ames",
        "region": "US-IA",
        "continent": "NA",
        "device": "Desktop",
        "browser": "Chrome",
        "os": "Linux",
        "referer": "(direct)",
        "refererUrl": "(direct)",
        "qr": False,
        "ip": "",
        "ua": "Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0",
        "trigger": "link",
    }


def commission(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"cm_{number:04d}",
        "type": "sale",
        "status": "pending",
        "amount": 0,
        "earnings": 1000,
        "currency": "usd",
        "quantity": 1,
        "invoiceId": None,
        "description": None,
        "metadata": None,
        "createdAt": DAY,
        "updatedAt": DAY,
        "paidAt": None,
        "partner": {"id": "pn_one", "name": "Pat", "email": "pat@moved.test"},
        "customer": None,
    } | fields


def moved() -> Reference:
    """A workspace with 130 links, a partner's among them, one customer who bought twice."""
    ours = {"programId": "prog_one", "partnerId": "pn_one", "folderId": "fold_one"}
    counted = {"clicks": 2, "leads": 1, "sales": 2, "saleAmount": 7000, "lastClicked": DAY}
    owned = link(1, **ours, **counted, tags=[{"id": "tag_one", "name": "Fan", "color": "blue"}])
    customer = {
        "id": "cus_one",
        "externalId": "u1",
        "name": "Uma",
        "email": "uma@moved.test",
        "createdAt": DAY,
    }
    lead = {
        "event": "lead",
        "timestamp": "2026-03-01T10:05:00.000Z",
        "eventId": "leadlead1",
        "eventName": "Sign up",
        "click": click("clickclick000001"),
        "link": owned,
        "customer": customer,
        "metadata": {"plan": "pro"},
    }
    sales = [
        lead
        | {
            "event": "sale",
            "timestamp": f"2026-0{3 + number}-02T10:00:00.000Z",
            "eventId": f"salesale{number}",
            "eventName": "Paid",
            "sale": {
                "amount": amount,
                "currency": "usd",
                "invoiceId": f"in_{number}",
                "paymentProcessor": "stripe",
            },
        }
        for number, amount in ((1, 5000), (2, 2000))
    ]
    clicks = [
        {"event": "click", "timestamp": DAY, "click": click(name), "link": owned}
        for name in ("clickclick000001", "clickclick000002")
    ]
    return Reference(
        lists={
            "/folders": [{"id": "fold_one", "name": "Ours", "type": "default", "createdAt": DAY}],
            "/tags": [{"id": "tag_one", "name": "Fan", "color": "blue"}],
            "/domains": [
                {"id": "dom_one", "slug": "go.moved.test", "archived": False, "createdAt": DAY}
            ],
            "/partners": [
                {
                    "id": "pn_one",
                    "programId": "prog_one",
                    "name": "Pat",
                    "email": "pat@moved.test",
                    "status": "approved",
                    "createdAt": DAY,
                },
                {"id": "pn_two", "programId": "prog_one", "status": "pending", "createdAt": DAY},
            ],
            "/links": [owned, *(link(number) for number in range(2, 131))],
            "/customers": [customer],
            "/events clicks": clicks,
            "/events leads": [lead],
            "/events sales": sales,
            "/commissions": [
                commission(1, amount=5000, earnings=500, invoiceId="in_1", customer=customer),
                commission(
                    2, amount=2000, earnings=200, customer=customer, status="paid", paidAt=DAY
                ),
                commission(3, type="custom", earnings=4000, status="hold"),
                commission(4, type="custom", earnings=-700),
                commission(6, type="referral", earnings=900, status="paid", paidAt=DAY),
                commission(5, type="lead", status="fraud", earnings=9000, customer=customer),
            ],
        },
        moods=[(429, in_a_moment()), (500, None)],
    )
