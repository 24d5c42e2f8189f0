"""A server of the public API as a source: asked politely, page by page."""

from collections.abc import AsyncIterator, Callable
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from headwater.cli.asking import Asking
from headwater.cli.store import CannotStart
from headwater.kit.clock import Clock, from_iso, iso_ms
from headwater.kit.egress import EgressClient
from headwater.kit.targets import Answer
from headwater.moving import UNREADABLE, Came, Kind, read, windows

TIMEOUT_S = 60.0
ANSWER_MAX = 64 * 1024 * 1024
PAGE, FEW = 100, 50
EVENTS = 1000
DEEP = 20  # pages; deeper ones cost a server more, and ours has none beyond 50
# Before this day the reference has no analytics.
EARLIEST = "2022-09-22T00:00:00Z"
_rows = msgspec.json.Decoder(list[msgspec.Raw]).decode
# Who asks a server for what its plan does not sell, or what it does not have.
_NOT_THERE = {403, 404}
T = TypeVar("T")


class _Named(msgspec.Struct):
    id: str


class _Timed(msgspec.Struct):
    timestamp: str | None = None


_named = msgspec.json.Decoder(_Named).decode
_timed = msgspec.json.Decoder(_Timed).decode


class RemoteSource:
    """`not_available` names what the server would not tell. Use within its client."""

    def __init__(self, client: EgressClient, url: str, key: str, clock: Clock) -> None:
        self._asking = Asking(
            client=client,
            url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {key}", "Accept": "application/json"},
            clock=clock,
            words=_words,
            stopped=_stopped,
        )
        self._clock = clock
        self._folders: list[str] = []
        self._oldest = clock.now_us()
        self.not_available: list[str] = []

    async def rows(self) -> AsyncIterator[Came]:
        """In the order in which rows refer to each other."""
        plan: tuple[tuple[Kind, Callable[[], AsyncIterator[Came]]], ...] = (
            (Kind.FOLDER, self._all_folders),
            (Kind.TAG, lambda: self._pages(Kind.TAG, "/tags", PAGE)),
            (Kind.DOMAIN, self._domains),
            (Kind.PROGRAM, lambda: self._pages(Kind.PROGRAM, "/programs", PAGE, ours=True)),
            (Kind.PARTNER, lambda: self._pages(Kind.PARTNER, "/partners", PAGE)),
            (Kind.LINK, self._links),
            (Kind.CUSTOMER, lambda: self._after(Kind.CUSTOMER, "/customers", {})),
            (Kind.RATE, lambda: self._once(Kind.RATE, "/rates")),
            (Kind.CLICK, lambda: self._events(Kind.CLICK, "clicks")),
            (Kind.LEAD, lambda: self._events(Kind.LEAD, "leads")),
            (Kind.SALE, lambda: self._events(Kind.SALE, "sales")),
            (Kind.COMMISSION, lambda: self._after(Kind.COMMISSION, "/commissions", {})),
        )
        for _, rows in plan:
            async for came in rows():
                yield came

    async def _all_folders(self) -> AsyncIterator[Came]:
        async for came in self._pages(Kind.FOLDER, "/folders", FEW):
            named = getattr(came.row, "id", None)
            self._folders += [named] if named else []
            yield came

    async def _domains(self) -> AsyncIterator[Came]:
        for archived in ("false", "true"):
            async for came in self._pages(Kind.DOMAIN, "/domains", FEW, archived=archived):
                yield came

    async def _links(self) -> AsyncIterator[Came]:
        """Folder by folder: without one the reference lists only the links in none."""
        for folder_id in ("unsorted", *self._folders):
            wanted = {"folderId": folder_id, "showArchived": "true"}
            async for came in self._after(Kind.LINK, "/links", wanted):
                made = getattr(came.row, "created_at", None)
                self._oldest = min(self._oldest, _moment(made) or self._oldest)
                yield came

    async def _once(self, kind: Kind, path: str) -> AsyncIterator[Came]:
        for row in await self._page(path, {}) or ():
            yield read(kind, path, row)

    async def _pages(
        self, kind: Kind, path: str, size: int, *, ours: bool = False, **filters: str
    ) -> AsyncIterator[Came]:
        """By number, as the lists without a cursor are. `ours`: the reference has no such list."""
        page = 1
        while True:
            wanted = filters | {"page": str(page), "pageSize": str(size)}
            found = await self._page(path, wanted)
            if found is None:
                self._missing(path, ours=ours)
                return
            for row in found:
                yield read(kind, f"{path} page {page}", row)
            if len(found) < size:
                return
            page += 1

    async def _after(self, kind: Kind, path: str, filters: dict[str, str]) -> AsyncIterator[Came]:
        """By cursor: what is made meanwhile moves no row to another page."""
        last: str | None = None
        while True:
            wanted = filters | {"pageSize": str(PAGE)}
            found = await self._page(path, wanted | ({"startingAfter": last} if last else {}))
            if found is None and kind is Kind.LINK:
                raise _stopped(path, "this key may not list links")
            if found is None:
                self._missing(path)
                return
            for row in found:
                yield read(kind, f"{path} after {last or 'the start'}", row)
            if not found:
                return
            before, last = last, _told(_named, path, found[-1]).id
            if last == before:
                raise _stopped(path, f"the same rows after {last} as before it")

    async def _events(self, kind: Kind, event: str) -> AsyncIterator[Came]:
        """Stretch by stretch and oldest first, up to now: so pages do not move under us."""
        start = max(from_iso(EARLIEST), self._oldest)
        for since, until in windows(start, self._clock.now_us()):
            async for came in self._stretch(kind, event, since, until):
                yield came
            if _list_of(event) in self.not_available:
                return

    async def _stretch(self, kind: Kind, event: str, since: int, until: int) -> AsyncIterator[Came]:
        """After some pages it goes on from the last row's time: `edge` is what comes again then."""
        page, edge = 1, set[bytes]()
        while True:
            wanted = {
                "event": event,
                "start": iso_ms(since),
                "end": iso_ms(until),
                "sortOrder": "asc",
                "page": str(page),
                "limit": str(EVENTS),
            }
            found = await self._page("/events", wanted)
            if found is None:
                self._missing(_list_of(event))
                return
            where = f"/events {event} of {iso_ms(since)} page {page}"
            rows = [read(kind, where, row) for row in found if bytes(row) not in edge]
            for came in rows:
                yield came
            if len(found) < EVENTS:
                return
            last = _moment(_told(_timed, "/events", found[-1]).timestamp)
            page += 1
            if page > DEEP and last is not None and last > since:
                since, page, edge = last, 1, {bytes(row) for row in found}

    def _missing(self, path: str, *, ours: bool = False) -> None:
        if not ours:
            self.not_available.append(path)

    async def _page(self, path: str, wanted: dict[str, str]) -> list[msgspec.Raw] | None:
        """The rows; None where the server has no such list for this key."""
        answer = await self._asking.answer(f"{path}?{urlencode(wanted)}" if wanted else path)
        if answer.status in _NOT_THERE:
            return None
        if answer.status != 200:
            raise _stopped(path, f"{answer.status} {_words(answer)}")
        try:
            return _rows(answer.body_excerpt)
        except UNREADABLE as error:
            raise _stopped(path, f"no list: {error}") from error


def _list_of(event: str) -> str:
    return f"/events?event={event}"


def _told(decode: Callable[[msgspec.Raw], T], path: str, row: msgspec.Raw) -> T:
    try:
        return decode(row)
    except UNREADABLE as error:
        raise _stopped(path, f"a row that cannot be read: {error}") from error


def _words(answer: Answer) -> str:
    return " ".join(answer.body_excerpt[:200].decode(errors="replace").split())


def _stopped(path: str, said: str) -> CannotStart:
    return CannotStart(
        f"the source answered GET {path.partition('?')[0]} with: {said}. Check its address and key;"
        " what came before stands, and another run goes on."
    )


def _moment(given: str | None) -> int | None:
    try:
        return None if given is None else from_iso(given)
    except (ValueError, OverflowError):
        return None
