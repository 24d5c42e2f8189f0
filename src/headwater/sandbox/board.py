"""Asking the stand-in, and telling it what to do: its page, and the same for programs."""

import json
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol
from urllib.parse import SplitResult, urlencode, urlsplit

from aiohttp import web

from headwater.sandbox.account import Account
from headwater.sandbox.faults import NORMAL, SLOW_S, Fault, is_mode, told
from headwater.sandbox.network import Network
from headwater.sandbox.page import HEADERS, SHOWN, STEPS, Board, Shown, render
from headwater.sandbox.seen import Seen

HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
COUNT_MAX = 100_000
SECONDS_MAX = 600.0
NETWORK = "/Advertisers/"
LINKS, PARTNER = "/c/", "101"
NO_LANDING = "Name the page a partner's link leads to, with http:// or https://."
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class _Refused(Exception):  # noqa: N818 - said to whoever asked
    pass


@web.middleware
async def ours_alone(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What is not the network's is for people at this machine: no other site's page may ask for it,
    whatever name it gives itself.
    """
    if not request.path.startswith(NETWORK):
        elsewhere = request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
        if request.url.host not in HOSTS or (elsewhere and request.method != "GET"):
            return web.Response(status=403, text="Only pages of this stand-in may ask for this.\n")
    return await handler(request)


class Behaving(Protocol):
    """A stand-in, as far as it is looked at and told what to do."""

    account: Account
    network: Network
    seen: list[Seen]
    faults: list[Fault]
    ahead: float

    def now(self) -> float: ...

    def let_go(self) -> None:
        """Back to normal."""


class Desk:
    """What people and programs ask of one stand-in."""

    def __init__(self, standin: Behaving) -> None:
        self._standin = standin

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/", self._page)
        app.router.add_post("/", self._asked)
        app.router.add_get(f"{LINKS}{{partner}}", self._click)
        app.router.add_get("/sandbox/requests", self._requests)
        app.router.add_get("/sandbox/actions", self._actions)
        app.router.add_post("/sandbox/clock", self._advance)
        app.router.add_post("/sandbox/faults", self._will_fail)

    async def _page(self, request: web.Request) -> web.Response:
        landing = request.query.get("landing", "").strip()
        if landing and _landing(landing) is None:
            return self._shown(NO_LANDING)
        link = f"{LINKS}{PARTNER}?{urlencode({'u': landing})}" if landing else ""
        return self._shown(link=link)

    async def _click(self, request: web.Request) -> web.Response:
        """N-19: a partner's link, to the landing page it names."""
        landing = _landing(request.query.get("u", ""))
        if landing is None:
            return web.Response(status=400, text=f"{NO_LANDING}\n")
        click = self._standin.network.click(request.match_info["partner"])
        named = f"{self._standin.account.parameter}={click}"
        query = f"{landing.query}&{named}" if landing.query else named
        place = landing._replace(query=query).geturl()
        return web.Response(status=302, headers={"Location": place, **HEADERS})

    def _shown(self, alert: str = "", link: str = "") -> web.Response:
        status = 400 if alert else 200
        page = render(self._board(), alert, link)
        return web.Response(text=page, content_type="text/html", headers=HEADERS, status=status)

    def _board(self) -> Board:
        standin = self._standin
        account, now = standin.account, standin.now()
        standin.network.age(now)
        trackers = ", ".join(f"{number} {kind}" for number, kind in account.trackers.items())
        newest = standin.seen[-SHOWN:][::-1]
        return Board(
            account=f"Account {account.sid}, program {account.campaign}, trackers {trackers}",
            secret=account.token,
            trackers=account.trackers,
            now=now,
            faults=told(standin.faults),
            requests=[
                Shown(
                    at=each.at,
                    method=each.method,
                    path=each.path,
                    status=each.status,
                    fields=each.query | each.fields,
                    raw="" if each.fields else each.raw,
                )
                for each in newest
            ],
            received=len(standin.seen),
            actions=[
                standin.network.action_object(each) for each in standin.network.actions[-SHOWN:]
            ][::-1],
        )

    async def _asked(self, request: web.Request) -> web.Response:
        """A form of the page; back to it, so that looking again asks for nothing twice."""
        said = {name: str(value).strip() for name, value in (await request.post()).items()}
        try:
            if said.get("do") == "clock":
                if said.get("ahead") not in STEPS:
                    raise _Refused("Choose how far its clock is to move.")
                self._move({"seconds": said["ahead"]})
            else:
                self._behave({name: text for name, text in said.items() if text}, once=False)
        except _Refused as refused:
            return self._shown(str(refused))
        return web.Response(status=303, headers={"Location": "/"})

    async def _requests(self, _: web.Request) -> web.Response:
        return web.json_response([asdict(each) for each in self._standin.seen])

    async def _actions(self, _: web.Request) -> web.Response:
        network = self._standin.network
        network.age(self._standin.now())
        return web.json_response([network.action_object(each) for each in network.actions])

    async def _advance(self, request: web.Request) -> web.Response:
        try:
            self._move(await _said(request))
        except _Refused as refused:
            return _no(refused)
        return web.json_response({"now": self._standin.now()})

    async def _will_fail(self, request: web.Request) -> web.Response:
        try:
            self._behave(await _said(request), once=True)
        except _Refused as refused:
            return _no(refused)
        return web.json_response({"waiting": len(self._standin.faults)})

    def _move(self, said: Mapping[str, Any]) -> None:
        """Only forward."""
        seconds = _number(said, "seconds", None)
        if seconds is None or seconds < 0:
            raise _Refused("seconds is how far the clock moves on: a number, not below zero.")
        self._standin.ahead += seconds

    def _behave(self, said: Mapping[str, Any], *, once: bool) -> None:
        """`once`: where no count is given; otherwise until something else is asked for. A mode that
        holds until it is changed takes the place of all before it.
        """
        mode = str(said.get("mode", ""))
        if not is_mode(mode):
            raise _Refused(f"There is no way to answer called {mode!r}.")
        count = _number(said, "count", 1 if once else None)
        if count is not None and not (1 <= count <= COUNT_MAX and count == int(count)):
            raise _Refused(f"count is 1..{COUNT_MAX}: how many requests are answered so.")
        seconds = _number(said, "seconds", SLOW_S)
        if seconds is None or not 0 <= seconds <= SECONDS_MAX:
            raise _Refused(f"seconds is 0..{SECONDS_MAX:g}: what a slow answer takes.")
        order_id = str(said.get("orderId", ""))
        if mode == NORMAL or (count is None and not order_id):
            self._standin.let_go()
        if mode != NORMAL:
            often = None if count is None else int(count)
            self._standin.faults.append(Fault(mode, often, order_id, seconds))


def _landing(text: str) -> SplitResult | None:
    try:
        url = urlsplit(text)
    except ValueError:
        return None
    return url if url.scheme in ("http", "https") and url.netloc and text.isprintable() else None


async def _said(request: web.Request) -> Mapping[str, Any]:
    try:
        said = json.loads(await request.text())
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise _Refused("Send a JSON object.")
    return said


def _number(said: Mapping[str, Any], name: str, otherwise: float | None) -> float | None:
    if said.get(name) is None:
        return otherwise
    try:
        value = float(said[name])
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise _Refused(f"{name} is a number.")
    return value


def _no(refused: _Refused) -> web.Response:
    return web.json_response({"error": str(refused)}, status=400)
