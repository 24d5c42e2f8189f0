"""What browsers ask of the stand-in: links of partners (N-19), and the script of a page (N-20),
`utt.js`.
"""

import asyncio
from pathlib import Path
from typing import Protocol

from aiohttp import web

from headwater.sandbox.account import Account
from headwater.sandbox.faults import SLOW_S
from headwater.sandbox.network import Network
from headwater.sandbox.page import HEADERS
from headwater.sandbox.seen import Seen
from headwater.sandbox.trail import LINKS, landing_of, told_by

SCRIPT = Path(__file__).with_name("utt.js")
SCRIPTS = "/utt/"
NO_LANDING = "Name the page a partner's link leads to, with http:// or https://."


class Visited(Protocol):
    account: Account
    network: Network
    seen: list[Seen]

    def now(self) -> float: ...


class Visits:
    def __init__(self, standin: Visited) -> None:
        self._standin = standin

    def add_to(self, app: web.Application) -> None:
        app.router.add_get(f"{LINKS}{{partner}}", self._click)
        app.router.add_get(f"{SCRIPTS}A{{name}}.js", self._script)
        app.router.add_post(f"{SCRIPTS}said", self._said)

    async def _click(self, request: web.Request) -> web.Response:
        """To the landing page it names."""
        landing, standin = landing_of(request.query.get("u", "")), self._standin
        if landing is None:
            return web.Response(status=400, text=f"{NO_LANDING}\n")
        referrer, partner = request.headers.get("Referer", ""), request.match_info["partner"]
        click = standin.network.click(partner, standin.now(), landing.geturl(), referrer)
        place = told_by(landing, click, standin.account.parameter)
        return web.Response(status=302, headers={"Location": place, **HEADERS})

    async def _script(self, request: web.Request) -> web.Response:
        """`?load=404` and `?load=slow`: for pages that have to do without it, or for a while."""
        load = request.query.get("load", "")
        if load == "slow":
            await asyncio.sleep(SLOW_S)
        if load == "404":
            return web.Response(status=404, text="Not found\n")
        text, headers = SCRIPT.read_text(), {"Cache-Control": "no-store"}
        return web.Response(text=text, content_type="text/javascript", headers=headers)

    async def _said(self, request: web.Request) -> web.Response:
        """A call on a page, where the script's address asks to be told of it."""
        raw = (await request.read()).decode(errors="replace")
        seen = Seen(
            at=self._standin.now(),
            method=request.method,
            path=request.path,
            content_type=request.content_type,
            fields={},
            raw=raw,
            status=204,
        )
        self._standin.seen.append(seen)
        return web.Response(status=204)
