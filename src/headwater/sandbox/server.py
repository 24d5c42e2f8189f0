"""The stand-in of impact.com over HTTP: its paths, answers and faults. What the network has nothing
like, its page and everything below `/sandbox/`, is in `board.py`.
"""

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from headwater.sandbox import faults, world
from headwater.sandbox.account import Account
from headwater.sandbox.board import Desk, ours_alone
from headwater.sandbox.checks import (
    Fields,
    conversion_faults,
    modification_faults,
    reversal_faults,
)
from headwater.sandbox.faults import Fault, next_fault
from headwater.sandbox.listing import Refused, listed
from headwater.sandbox.network import Network
from headwater.sandbox.seen import Seen

HOUR_S = 3600.0


@dataclass(slots=True)
class Standin:
    """`now`: seconds since 1970. Moved on by `POST /sandbox/clock {"seconds": 300}`."""

    account: Account = field(default_factory=Account)
    clock: Callable[[], float] = world.now
    seen: list[Seen] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    ahead: float = 0.0
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    network: Network = field(init=False)

    def __post_init__(self) -> None:
        self.network = Network(self.account, world.chance)

    def now(self) -> float:
        return self.clock() + self.ahead

    def app(self) -> web.Application:
        """To be served by whoever made it."""
        app = web.Application(middlewares=[ours_alone])
        Desk(self).add_to(app)
        app.router.add_route("*", "/Advertisers/{sid}/{rest:.*}", self._api)
        return app

    def let_go(self) -> None:
        """Back to normal: also whoever hangs is answered."""
        self.faults.clear()
        closing, self.closing = self.closing, asyncio.Event()
        closing.set()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        body = (await request.read()).decode()
        given, fields = _fields(request.content_type, body)
        seen = Seen(
            at=self.now(),
            method=request.method,
            path=request.path,
            content_type=request.content_type,
            fields=given,
            raw=body,
            query=dict(request.query),
        )
        self.seen.append(seen)
        self.network.age(self.now())
        fault = next_fault(self.faults, fields.get("orderid", ""))
        answer = await self._faulty(request, fields, fault) if fault else None
        answer = answer or self._answer(request, fields)
        seen.status = answer.status
        return answer

    async def _faulty(
        self, request: web.Request, fields: Fields, fault: Fault
    ) -> web.StreamResponse | None:
        """N-17; None for a mode that ends in the answer of the network."""
        match fault.mode:
            case faults.HANG:
                await self.closing.wait()
                return web.Response(status=503)
            case faults.SLOW:
                await self._wait(fault.seconds)
                return None
            case faults.ACCEPT_THEN_DROP:
                self._answer(request, fields)
                return faults.dropped(request)
            case faults.DROP:
                return faults.dropped(request)
            case faults.LIMITED:
                return self._full(request, self.now() - HOUR_S + faults.LIMITED_S)
            case status if status.isdecimal():
                echoed = {"Status": "ERROR", "Message": json.dumps(fields)}
                return web.json_response(echoed, status=int(status))
            case mode:
                return faults.canned(mode)

    async def _wait(self, seconds: float) -> None:
        """Unless it is told to end, or to be quick again."""
        try:
            async with asyncio.timeout(seconds):
                await self.closing.wait()
        except TimeoutError:
            return

    def _answer(self, request: web.Request, fields: Fields) -> web.Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        answer = self._judged(request, fields)
        if self.account.says_limits:
            lately = [*self._lately(), self.now()]
            self._limits(answer, self.account.per_hour - len(lately), lately[0])
        return answer

    def _judged(self, request: web.Request, fields: Fields) -> web.Response:
        path = request.match_info["rest"].strip("/")
        match request.method, path.split("/"):
            case "POST", ["Conversions"]:
                faults = conversion_faults(fields, self.account.campaign)
                return self._taken(request, "Conversion", fields, faults)
            case "DELETE", ["Actions"]:
                return self._taken(request, "Reversal", fields, reversal_faults(fields))
            case "PUT", ["Actions"]:
                return self._taken(request, "Modification", fields, modification_faults(fields))
            case "GET", parts:
                return self._read(request, parts)
            case _:
                return _nothing(request)

    def _read(self, request: web.Request, parts: list[str]) -> web.Response:
        match parts:
            case ["APISubmissions", name] if name in self.network.submissions:
                found = self.network.submissions[name]
                return _said(request, self.network.submission_object(found, self.now()))
            case ["Actions"]:
                return self._listed(request)
            case ["Actions", name]:
                for each in self.network.actions:
                    if each.id == name:
                        return _said(request, self.network.action_object(each))
        return _nothing(request)

    def _listed(self, request: web.Request) -> web.Response:
        query = {name.lower(): value for name, value in request.query.items()}
        account, actions = self.account, self.network.actions
        found = listed(actions, query, account, request.path, self.now())
        if isinstance(found, Refused):
            return _said(request, {"Status": "ERROR", "Message": found.message}, 400)
        told = [self.network.action_object(each) for each in found.actions]
        return _said(request, {**found.about, "Actions": told})

    def _taken(
        self, request: web.Request, kind: str, fields: Fields, faults: list[dict[str, str]]
    ) -> web.Response:
        if faults:
            return _said(request, {"Status": "ERROR", "errors": faults}, 400)
        made = self.network.accept(kind, fields, self.now())
        uri = f"/Advertisers/{self.account.sid}/APISubmissions/{made.id}"
        return _said(request, {"Status": "QUEUED", "QueuedUri": uri})

    def _refused(self, request: web.Request) -> web.Response | None:
        """Who asks (N-2), then how often (N-16)."""
        given = request.headers.get("Authorization", "")
        pair = f"{self.account.sid}:{self.account.token}".encode()
        if given != f"Basic {base64.b64encode(pair).decode()}":
            return _said(request, {"status": 401, "title": "Unauthorized"}, 401)
        endpoint = request.match_info["rest"].split("/")[0]
        allowed = self.account.endpoints
        if request.match_info["sid"] != self.account.sid or (
            allowed is not None and endpoint not in allowed
        ):
            return _said(request, {"status": 403, "title": "Access Denied"}, 403)
        return self._throttled(request)

    def _throttled(self, request: web.Request) -> web.Response | None:
        lately = self._lately()
        if len(lately) < self.account.per_hour:
            return None
        return self._full(request, lately[0])

    def _lately(self) -> list[float]:
        """When those were answered that count, oldest first."""
        since = self.now() - HOUR_S
        counted = (each for each in self.seen[:-1] if each.status not in (0, 401, 403, 429))
        return [each.at for each in counted if each.at > since]

    def _full(self, request: web.Request, since: float) -> web.Response:
        answer = _said(request, {"Status": "ERROR", "Message": "Too many requests"}, 429)
        self._limits(answer, 0, since)
        return answer

    def _limits(self, answer: web.Response, left: int, since: float) -> None:
        """As the network says them: what is left of the hour that began then."""
        answer.headers["X-RateLimit-Limit"] = str(self.account.per_hour)
        answer.headers["X-RateLimit-Remaining"] = str(left)
        answer.headers["X-RateLimit-Reset"] = str(max(1, round(since + HOUR_S - self.now())))


def _fields(content_type: str, body: str) -> tuple[dict[str, Any], Fields]:
    """As they were sent, and as texts under names in lower case."""
    given: dict[str, Any] = {}
    if content_type == "application/json":
        try:
            read = json.loads(body)
        except ValueError:
            read = None
        given = read if isinstance(read, dict) else {}
    elif body:
        given = dict(parse_qsl(body))
    return given, {name.lower(): str(value) for name, value in given.items()}


def _said(request: web.Request, content: dict[str, Any], status: int = 200) -> web.Response:
    """JSON where it is asked for, otherwise the least there is of XML (N-1)."""
    if "json" in request.headers.get("Accept", ""):
        return web.json_response(content, status=status)
    text = "".join(f"<{name}>{value}</{name}>" for name, value in content.items())
    xml = f"<ImpactRadiusResponse>{text}</ImpactRadiusResponse>"
    return web.Response(text=xml, status=status, content_type="application/xml")


def _nothing(request: web.Request) -> web.Response:
    return _said(request, {"Status": "ERROR", "Message": "Not found"}, 404)
