"""The stand-in of impact.com over HTTP: its paths, answers and faults. What the network has nothing
like, its page and everything below `/sandbox/`, is in `board.py`.
"""

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from headwater.sandbox import faults, world
from headwater.sandbox.account import Account, Kind
from headwater.sandbox.answers import as_text, not_found, read_fields, said
from headwater.sandbox.board import NETWORK, Desk, ours_alone
from headwater.sandbox.checks import (
    FaultList,
    conversion_faults,
    modification_faults,
    reversal_faults,
)
from headwater.sandbox.faults import Fault, next_fault
from headwater.sandbox.model import Fields
from headwater.sandbox.network import Network
from headwater.sandbox.notices import Notice, Teller
from headwater.sandbox.reading import read
from headwater.sandbox.seen import Seen
from headwater.sandbox.trail import PAGE_LOAD, landing_of, link, page_load, page_load_faults
from headwater.sandbox.visits import Visits

HOUR_S = 3600.0
SENT = web.RequestKey("sent", dict[str, Any])


@dataclass(slots=True)
class Standin:
    """`now`: seconds since 1970. Moved on by `POST /sandbox/clock {"seconds": 300}`."""

    account: Account = field(default_factory=Account)
    clock: Callable[[], float] = world.now
    seen: list[Seen] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    ahead: float = 0.0
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    network: Network = field(init=False)

    def __post_init__(self) -> None:
        self.network = Network(self.account, world.chance)

    def now(self) -> float:
        return self.clock() + self.ahead

    def app(self) -> web.Application:
        """To be served by whoever made it; `run.listen` also leaves for a while (N-17)."""
        teller = Teller(self)
        app = web.Application(middlewares=[ours_alone, teller.after])
        app.cleanup_ctx.append(teller.running)
        Desk(self).add_to(app)
        Visits(self).add_to(app)
        app.router.add_route("*", f"{PAGE_LOAD}{{slash:/?}}", self._api)
        app.router.add_route("*", "/Advertisers/{sid}/{rest:.*}", self._api)
        return app

    def let_go(self) -> None:
        """Back to normal: also whoever hangs is answered."""
        self.faults.clear()
        closing, self.closing = self.closing, asyncio.Event()
        closing.set()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        body = (await request.read()).decode(errors="replace")
        given, fields = read_fields(request.content_type, body)
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
        request[SENT] = given
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
            case faults.ACTION:
                return self._at_once(request, fields)
            case status if status.isdecimal():
                echoed = {"Status": "ERROR", "Message": json.dumps(fields)}
                return web.json_response(echoed, status=int(status))
            case mode:
                return faults.canned(mode)

    def _at_once(self, request: web.Request, fields: Fields) -> web.Response | None:
        """None for what is no conversion, or comes to nothing: that is answered as ever."""
        conversion = request.match_info.get("rest", "").strip("/") == "Conversions"
        if not conversion or conversion_faults(fields, self.account.campaign):
            return None
        made = self._refused(request) or self.network.at_once(fields, self.now())
        if not isinstance(made, str):
            return made
        uri = f"/Advertisers/{self.account.sid}/Actions/{made}"
        return said(request, {"ActionId": made, "ActionUri": uri}) if made else None

    async def _wait(self, seconds: float) -> None:
        """Unless it is told to end, or to be quick again."""
        try:
            async with asyncio.timeout(seconds):
                await self.closing.wait()
        except TimeoutError:
            return

    def _answer(self, request: web.Request, fields: Fields) -> web.Response:
        if "sid" not in request.match_info:
            return self._page_load(request, fields)
        refused = self._refused(request)
        if refused is not None:
            return refused
        answer = self._judged(request, fields)
        if self.account.says_limits:
            lately = [*self._lately(), self.now()]
            self._limits(answer, self.account.per_hour - len(lately), lately[0])
        return answer

    def _judged(self, request: web.Request, fields: Fields) -> web.Response:
        account, codes = self.account, self.account.codes
        match request.method, request.match_info["rest"].strip("/").split("/"):
            case "POST", ["Conversions"]:
                faults = conversion_faults(fields, account.campaign)
                return self._taken(request, "Conversion", fields, faults)
            case "DELETE", ["Actions"]:
                faults = reversal_faults(fields, codes)
                return self._taken(request, "Reversal", fields, faults)
            case "PUT", ["Actions"]:
                faults = modification_faults(fields, codes)
                return self._taken(request, "Modification", fields, faults)
            case "POST", ["Programs" | "Campaigns", program, "TrackingLinks"]:
                if program == str(account.campaign):
                    return self._linked(request, fields)
            case "GET", parts:
                query = {name.lower(): value for name, value in request.query.items()}
                found = read(parts, query, self.network, request.path, self.now())
                if found is not None:
                    return said(request, found, 400 if found.get("Status") == "ERROR" else 200)
        return not_found(request)

    def _page_load(self, request: web.Request, fields: Fields) -> web.Response:
        """N-19: nobody says who they are here."""
        if request.method != "POST":
            return said(request, {"Status": "ERROR", "Message": "Send a POST"}, 405)
        faults = page_load_faults(fields, self.account.campaign)
        if faults:
            return said(request, {"errors": faults, "warnings": []}, 400)
        found = page_load(fields, self.network, self.account, self.now())
        return said(request, found.told(world.chance().replace("-", "")))

    def _linked(self, request: web.Request, fields: Fields) -> web.Response:
        query = {name.lower(): value for name, value in request.query.items()}
        landing = landing_of(fields.get("deeplink", ""))
        partner = query.get("mediapartnerid", "")
        if landing is None or not partner:
            message = "MediaPartnerId and DeepLink, an address of a page, are required"
            return said(request, {"Status": "ERROR", "Message": message}, 400)
        place = f"{request.url.origin()}{link(partner, landing.geturl())}"
        return said(request, {"TrackingURL": place})

    def _taken(
        self, request: web.Request, kind: Kind, fields: Fields, faults: FaultList
    ) -> web.Response:
        """Names are those it was sent."""
        given = {name: as_text(each) for name, each in request[SENT].items() if each is not None}
        if faults:
            sent = {name.lower(): name for name in given}
            named = [each | {"field": sent.get(each["field"], each["field"])} for each in faults]
            return said(request, {"Status": "ERROR", "errors": named}, 400)
        made = self.network.accept(kind, fields, self.now(), given)
        uri = f"/Advertisers/{self.account.sid}/APISubmissions/{made.id}"
        return said(request, {"Status": "QUEUED", "QueuedUri": uri})

    def _refused(self, request: web.Request) -> web.Response | None:
        """Who asks (N-2), then how often (N-16)."""
        given = request.headers.get("Authorization", "")
        pair = f"{self.account.sid}:{self.account.token}".encode()
        if given != f"Basic {base64.b64encode(pair).decode()}":
            return said(request, {"status": 401, "title": "Unauthorized"}, 401)
        endpoint = request.match_info["rest"].split("/")[0]
        allowed = self.account.endpoints
        if request.match_info["sid"] != self.account.sid or (
            allowed is not None and endpoint not in allowed
        ):
            return said(request, {"status": 403, "title": "Access Denied"}, 403)
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
        return [e.at for e in counted if e.at > since and e.path.startswith(NETWORK)]

    def _full(self, request: web.Request, since: float) -> web.Response:
        answer = said(request, {"Status": "ERROR", "Message": "Too many requests"}, 429)
        self._limits(answer, 0, since)
        return answer

    def _limits(self, answer: web.Response, left: int, since: float) -> None:
        """As the network says them: what is left of the hour that began then."""
        answer.headers["X-RateLimit-Limit"] = str(self.account.per_hour)
        answer.headers["X-RateLimit-Remaining"] = str(left)
        answer.headers["X-RateLimit-Reset"] = str(max(1, round(since + HOUR_S - self.now())))
