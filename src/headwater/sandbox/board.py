"""Asking the stand-in, and telling it what to do: its page, and the same for programs."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol, TypeVar

import msgspec
from aiohttp import web

from headwater.sandbox.account import SLOW_S as SLOW_PROFILE_S
from headwater.sandbox.account import Account
from headwater.sandbox.faults import NORMAL, REFUSE, SLOW_S, Fault, is_mode, told
from headwater.sandbox.model import Action
from headwater.sandbox.network import Network
from headwater.sandbox.notices import Notice
from headwater.sandbox.objects import action_object, update_object
from headwater.sandbox.page import HEADERS, SHOWN, STEPS, Board, Shown, render
from headwater.sandbox.seen import Seen
from headwater.sandbox.settings import Unusable, changed, shown
from headwater.sandbox.trail import PAGE_LOAD, PARTNER, landing_of, link
from headwater.sandbox.visits import NO_LANDING, SCRIPTS

HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
COUNT_MAX = 100_000
SECONDS_MAX = 600.0
AHEAD_MAX_S = 7300 * 86_400.0
NETWORK = "/Advertisers/"
OPEN = (NETWORK, PAGE_LOAD, SCRIPTS)
One = TypeVar("One")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# How long it is to leave for, None: for good; heard by whoever listens.
LEAVE = web.AppKey("leave", asyncio.Queue[float | None])


@web.middleware
async def ours_alone(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What is not the network's is for people at this machine: no other site's page may ask for it,
    whatever name it gives itself. Servers and pages of anybody use the rest.
    """
    if not request.path.startswith(OPEN):
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
    notices: list[Notice]
    ahead: float

    def now(self) -> float: ...

    def let_go(self) -> None:
        """Back to normal."""


class Desk:
    """What people and programs ask of one stand-in."""

    def __init__(self, standin: Behaving) -> None:
        self._standin = standin

    def add_to(self, app: web.Application) -> None:
        app[LEAVE] = asyncio.Queue()
        app.router.add_get("/", self._page)
        app.router.add_post("/", self._asked)
        app.router.add_get("/sandbox/account", self._account)
        app.router.add_post("/sandbox/account", self._set)
        app.router.add_get("/sandbox/notices", self._notices)
        app.router.add_get("/sandbox/requests", self._requests)
        app.router.add_get("/sandbox/actions", self._actions)
        app.router.add_post("/sandbox/clock", self._advance)
        app.router.add_post("/sandbox/faults", self._will_fail)

    async def _page(self, request: web.Request) -> web.Response:
        landing = request.query.get("landing", "").strip()
        if landing and landing_of(landing) is None:
            return self._shown(NO_LANDING)
        return self._shown(link=link(PARTNER, landing) if landing else "")

    def _shown(self, alert: str = "", link: str = "") -> web.Response:
        status = 400 if alert else 200
        page = render(self._board(), alert, link).encode("utf-8", "replace")
        headers = {**HEADERS, "Content-Type": "text/html; charset=utf-8"}
        return web.Response(body=page, headers=headers, status=status)

    def _board(self) -> Board:
        standin = self._standin
        account, now = standin.account, standin.now()
        standin.network.age(now)
        trackers = ", ".join(f"{number} {kind}" for number, kind in account.trackers.items())
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
                for each in _newest(standin.seen)
            ],
            received=len(standin.seen),
            actions=self._told_actions(_newest(standin.network.actions)),
            updates=[update_object(each, account) for each in _newest(standin.network.updates)],
            notices=_newest(standin.notices),
            notify=account.notify.url if account.notify else "",
            method=account.notify.method if account.notify else "POST",
            profile="slow" if account.processing_s >= SLOW_PROFILE_S else "normal",
        )

    async def _asked(self, request: web.Request) -> web.Response:
        """A form of the page; back to it, so that looking again asks for nothing twice."""
        said = {name: str(value).strip() for name, value in (await request.post()).items()}
        try:
            match said.get("do"):
                case "clock":
                    if said.get("ahead") not in STEPS:
                        raise Unusable("Choose how far its clock is to move.")
                    self._move({"seconds": said["ahead"]})
                case "account":
                    url = said.get("notify")
                    notify = {"url": url, "method": said.get("method", "POST")} if url else None
                    wanted = {"profile": said.get("profile", "normal"), "notify": notify}
                    changed(self._standin.account, wanted)
                case _:
                    given = {name: text for name, text in said.items() if text}
                    self._behave(request, given, once=False)
        except Unusable as refused:
            return self._shown(str(refused))
        return web.Response(status=303, headers={"Location": "/"})

    async def _requests(self, _: web.Request) -> web.Response:
        return web.json_response([asdict(each) for each in self._standin.seen])

    async def _notices(self, _: web.Request) -> web.Response:
        return web.json_response([asdict(each) for each in self._standin.notices])

    async def _actions(self, _: web.Request) -> web.Response:
        network = self._standin.network
        network.age(self._standin.now())
        return web.json_response(self._told_actions(network.actions))

    def _told_actions(self, actions: Sequence[Action]) -> list[dict[str, Any]]:
        account, now = self._standin.account, self._standin.now()
        return [action_object(each, account, now) for each in actions]

    async def _account(self, _: web.Request) -> web.Response:
        return web.json_response(shown(self._standin.account))

    async def _set(self, request: web.Request) -> web.Response:
        try:
            changed(self._standin.account, await _said(request))
        except Unusable as refused:
            return _no(refused)
        return web.json_response(shown(self._standin.account))

    async def _advance(self, request: web.Request) -> web.Response:
        try:
            self._move(await _said(request))
        except Unusable as refused:
            return _no(refused)
        return web.json_response({"now": self._standin.now()})

    async def _will_fail(self, request: web.Request) -> web.Response:
        try:
            self._behave(request, await _said(request), once=True)
        except Unusable as refused:
            return _no(refused)
        return web.json_response({"waiting": len(self._standin.faults)})

    def _move(self, said: Mapping[str, Any]) -> None:
        """Only forward."""
        seconds = _number(said, "seconds", None)
        if seconds is None or seconds < 0:
            raise Unusable("seconds is how far the clock moves on: a number, not below zero.")
        if self._standin.ahead + seconds > AHEAD_MAX_S:
            raise Unusable(f"Its clock is at most {AHEAD_MAX_S:g} seconds ahead.")
        self._standin.ahead += seconds

    def _behave(self, request: web.Request, said: Mapping[str, Any], *, once: bool) -> None:
        """`once`: where no count is given; otherwise until something else is asked for. A mode that
        holds until it is changed takes the place of all before it.
        """
        mode = str(said.get("mode", ""))
        if mode == REFUSE:
            request.app[LEAVE].put_nowait(_seconds(said))
            return
        if not is_mode(mode):
            raise Unusable(f"There is no way to answer called {mode!r}.")
        count = _number(said, "count", 1 if once else None)
        if count is not None and not (1 <= count <= COUNT_MAX and count == int(count)):
            raise Unusable(f"count is 1..{COUNT_MAX}: how many requests are answered so.")
        seconds = _seconds(said)
        order_id = str(said.get("orderId", ""))
        if mode == NORMAL or (count is None and not order_id):
            self._standin.let_go()
        if mode != NORMAL:
            often = None if count is None else int(count)
            self._standin.faults.append(Fault(mode, often, order_id, seconds))


async def _said(request: web.Request) -> Mapping[str, Any]:
    try:
        said = msgspec.json.decode(await request.read())
    except (msgspec.DecodeError, ValueError):
        said = None
    if not isinstance(said, dict):
        raise Unusable("Send a JSON object.")
    return said


def _newest(known: Sequence[One]) -> Sequence[One]:
    return known[-SHOWN:][::-1]


def _seconds(said: Mapping[str, Any]) -> float:
    seconds = _number(said, "seconds", SLOW_S)
    if seconds is None or not 0 <= seconds <= SECONDS_MAX:
        raise Unusable(f"seconds is 0..{SECONDS_MAX:g}: what a slow answer takes.")
    return seconds


def _number(said: Mapping[str, Any], name: str, otherwise: float | None) -> float | None:
    if said.get(name) is None:
        return otherwise
    try:
        value = float(said[name])
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise Unusable(f"{name} is a number.")
    return value


def _no(refused: Unusable) -> web.Response:
    return web.json_response({"error": str(refused)}, status=400)
