"""Reading what a network has, page by page, within what it takes in an hour."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from headwater import delivery, reports
from headwater.cli.store import CannotStart
from headwater.delivery import Destination
from headwater.kit.clock import MINUTE_US, SECOND_US
from headwater.kit.egress import EgressClient
from headwater.kit.targets import Cause, EgressError, is_here
from headwater.reports import Action, Failed, Page, Throttled, Window
from headwater.runtime import App
from headwater.workspace import Workspace

PAGE_BYTES_MAX = 64 * 1024 * 1024
TIMEOUT_S = 60.0
PATIENCE_US = MINUTE_US  # for a turn; a network that wants to be left alone means longer
TRIES = 3
AGAIN_S = 1.0


def actions_there(
    app: App, own: Workspace, destination: Destination, windows: Iterable[Window]
) -> list[Action]:
    """Of all these windows, each action once; CannotStart where one cannot be read whole."""
    client = EgressClient(
        allow_private=app.config.egress.allow_private,
        timeout_s=TIMEOUT_S,
        max_response_bytes=PAGE_BYTES_MAX,
    )
    reader = Reader(app=app, client=client, own=own, destination=destination)
    return asyncio.run(reader.read(windows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    app: App
    client: EgressClient
    own: Workspace
    destination: Destination

    async def read(self, windows: Iterable[Window]) -> list[Action]:
        found: dict[str, Action] = {}
        left = list(windows)
        async with self.client:
            while left:
                window = left.pop(0)
                read = await self._window(window)
                if isinstance(read, Failed):
                    left = _narrower(window, read) + left
                else:
                    found |= read
        return list(found.values())

    async def _window(self, window: Window) -> dict[str, Action] | Failed:
        """Read again where it changed meanwhile: what slips between two pages is not missing."""
        for _ in range(TRIES):
            found: dict[str, Action] = {}
            number = pages = 1
            total = None
            while number <= pages:
                page = await self._page(window, number)
                if isinstance(page, Failed):
                    return page
                found |= {each.id: each for each in page.actions}
                number, pages, total = number + 1, page.pages, page.total
            if total is None or total == len(found):
                return found
        raise CannotStart("the network's list changed while it was read. Try again later.")

    async def _page(self, window: Window, number: int) -> Page | Failed:
        request = reports.request(
            self.destination.settings, self.destination.secret or "", window, number
        )
        self._refuse_outside(request.url)
        most_s, tries = self.app.config.delivery.retry_after_max_s, 0
        while True:
            await self._turn()
            try:
                answer = await self.client.get(request.url, request.headers)
            except EgressError as error:
                said = reports.hear(error.cause, self.app.clock.now_us(), most_s)
            else:
                said = reports.hear(answer, self.app.clock.now_us(), most_s)
            tries += 1
            if isinstance(said, Throttled):
                await self._leave_alone(said.wait_s)
                if tries == TRIES:
                    raise CannotStart("the network takes no more requests. Try again in an hour.")
                continue
            if isinstance(said, Page) and said.rest_s:
                await self._leave_alone(said.rest_s)
            if isinstance(said, Page) or not said.again or tries == TRIES:
                return said
            await asyncio.sleep(AGAIN_S)

    def _refuse_outside(self, url: str) -> None:
        """As the worker does: what a sandbox has to do with stays on this machine."""
        anywhere = self.app.config.egress.sandbox_anywhere or not self.own.sandbox
        if not (anywhere or is_here(url)):
            raise CannotStart(
                "a sandbox asks this machine alone, and apiUrl is another. Name an address here"
                " by PATCH /destinations/{id}, or set egress.sandbox_anywhere."
            )

    async def _turn(self) -> None:
        """Wait for one of the requests of this hour, of which reports and questions have theirs."""
        while True:
            ctx = self.app.context(self.own)
            args = (ctx, self.destination.id)
            wait_us = await self.app.db.write(delivery.take_turn, *args)
            if wait_us == 0:
                return
            if wait_us > PATIENCE_US:
                raise CannotStart(
                    f"the network takes no more requests for {-(-wait_us // MINUTE_US)} minutes."
                    " Try again then."
                )
            await asyncio.sleep(wait_us / SECOND_US)

    async def _leave_alone(self, wait_s: int) -> None:
        """Whoever else would ask it or tell it something waits too."""
        ctx = self.app.context(self.own)
        until_us = ctx.now_us + wait_s * SECOND_US
        await self.app.db.write(delivery.leave_alone, ctx, self.destination.id, until_us)


def _narrower(window: Window, failed: Failed) -> list[Window]:
    """In halves, where that may help."""
    if failed.reason == Cause.PRIVATE_ADDRESS:
        raise CannotStart(
            "apiUrl is a private address, and this command may not reach one. Set"
            " HEADWATER_EGRESS_ALLOW_PRIVATE=true for it too, as for the server."
        )
    halves = reports.halves(window) if failed.narrow else []
    if not halves:
        raise CannotStart(
            f"the network's actions cannot be read ({failed.reason}). Check apiUrl, accountSid, the"
            " token and what it may be used for, and programId; or try again later."
        )
    return halves
