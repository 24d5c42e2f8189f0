"""HTTP towards the server: every request traced, some given up, none followed."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import aiohttp

from headwater.simulate.trace import without_secret

if TYPE_CHECKING:
    from headwater.simulate.options import Options
    from headwater.simulate.trace import Trace

_ATTEMPTS = 8
_TRY_AGAIN = {0, 429, 503}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to make; `host` sends it to the edge, otherwise it carries the secret key."""

    method: str
    path: str
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    host: str | None = None
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; status 0 stands for no answer at all."""

    status: int
    body: Any = None
    location: str | None = None
    request: int = 0


class Client:
    """Sends calls and remembers how long the tracking calls took."""

    def __init__(self, options: Options, trace: Trace) -> None:
        self.latencies_s: list[float] = []
        self._options = options
        self._trace = trace
        self._clock_offset_s = 0.0
        # A visitor is an address and an agent here: cookies would make all of them one.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=options.concurrency * 4),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=["User-Agent"],
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def ask(self, call: Call) -> Answer:
        """Send until there is an answer that is not a plea to come back later."""
        for attempt in range(_ATTEMPTS):
            answer = await self.send(call, self._options.request_timeout_s)
            if answer.status not in _TRY_AGAIN:
                return answer
            await asyncio.sleep(0.1 * 2**attempt)
        return answer

    async def send(self, call: Call, patience_s: float) -> Answer:
        """Send once and wait no longer than `patience_s`; the connection is closed by then."""
        url = self._options.url.rstrip("/") + call.path
        headers = self._headers(call)
        number = self._trace.write(
            "request",
            method=call.method,
            url=url,
            host=call.host,
            headers=without_secret(headers),
            body=call.body,
        )
        started = time.monotonic()
        try:
            async with asyncio.timeout(patience_s):
                answer = await self._exchange(call, url, headers, number)
        except (TimeoutError, aiohttp.ClientError, OSError) as problem:
            self._trace.write("gave_up", request=number, reason=type(problem).__name__)
            return Answer(status=0, request=number)
        if call.path.startswith("/track/"):
            self.latencies_s.append(time.monotonic() - started)
        return answer

    async def away_from_the_hour(self, margin_s: int = 20) -> None:
        """Wait for the next UTC hour if the server's clock is about to enter it.

        Unique clicks are counted by hour. The requests of one visitor to one link follow each
        other at once and give up after at most half the margin each, so started here they all
        fall into one hour, and the truth stays one click whenever the run is made.
        """
        await asyncio.sleep(seconds_to_wait(time.time() + self._clock_offset_s, margin_s))

    async def _exchange(self, call: Call, url: str, headers: dict[str, str], number: int) -> Answer:
        data = None if call.body is None else json.dumps(call.body).encode()
        async with self._session.request(
            call.method, url, data=data, headers=headers, allow_redirects=False
        ) as response:
            text = await response.text(errors="replace")
            self._learn_clock(response.headers.get("Date"))
            location = response.headers.get("Location")
            body = _parsed(text)
            self._trace.write(
                "answer", request=number, status=response.status, location=location, body=body
            )
            return Answer(status=response.status, body=body, location=location, request=number)

    def _headers(self, call: Call) -> dict[str, str]:
        headers = dict(call.headers)
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if call.host:
            headers["Host"] = call.host
        elif not call.public:
            headers["Authorization"] = f"Bearer {self._options.secret}"
        return headers

    def _learn_clock(self, date: str | None) -> None:
        if date:
            self._clock_offset_s = parsedate_to_datetime(date).timestamp() - time.time()


def seconds_to_wait(now_s: float, margin_s: int) -> float:
    """Say how long to wait so that the hour does not turn within the margin.

    The `Date` header a clock is read from is cut to whole seconds, hence a little beyond the turn.
    """
    left_s = 3600 - now_s % 3600
    return left_s + 1.5 if left_s < margin_s else 0.0


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text or None
