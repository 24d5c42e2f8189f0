"""The receiver of webhooks: a real server on loopback with a good, a bad and an absent side."""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from headwater.simulate.messages import Names, keys_of, signature_is_right
from headwater.simulate.moods import SUBSCRIPTIONS, Mood, Reaction

if TYPE_CHECKING:
    from headwater.simulate.trace import Trace

_SILENCE_S = 60


@dataclass(slots=True)
class Endpoint:
    """One address and all it has accepted: what, under which message id, in which order."""

    name: str
    webhook_id: str = ""
    secret: str = ""
    accepted: dict[str, tuple[str, int]] = field(default_factory=dict)
    told_twice: list[str] = field(default_factory=list)
    unsigned: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    def accept(self, key: str, message_id: str) -> None:
        """Keep the first acceptance; the same fact under another id is a second message."""
        first = self.accepted.setdefault(key, (message_id, len(self.accepted)))
        if first[0] != message_id:
            self.told_twice.append(key)


class Receiver:
    """Listens on a free port of its own, and keeps another port that nobody listens on."""

    def __init__(self, host: str, trace: Trace) -> None:
        self.endpoints = {name: Endpoint(name) for name in SUBSCRIPTIONS}
        self.names = Names(prefix="", links={}, partners={})
        self._moods = {name: Mood(name) for name in SUBSCRIPTIONS}
        self._host = host
        self._trace = trace
        self._closing = asyncio.Event()
        self._listening = _bound(host)
        # Bound but not listening: refuses every connection, and nobody else can take it.
        self._refusing = _bound(host)

    async def start(self) -> None:
        """Begin to listen."""
        app = web.Application(client_max_size=16 * 2**20)
        app.router.add_post("/{name}", self._receive)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.SockSite(self._runner, self._listening).start()

    async def close(self) -> None:
        """Stop listening and let go of those who still hang."""
        self._closing.set()
        await self._runner.cleanup()
        self._refusing.close()

    def url(self, name: str) -> str:
        """Say where an endpoint is reached."""
        bound = self._refusing if name == "absent" else self._listening
        return f"http://{self._host}:{bound.getsockname()[1]}/{name}"

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        endpoint = self.endpoints[request.match_info["name"]]
        body = await request.read()
        message_id = request.headers.get("webhook-id", "")
        reaction = self._moods[endpoint.name].react(message_id)
        signed = signature_is_right(endpoint.secret, request.headers, body)
        self._trace.write(
            "message",
            endpoint=endpoint.name,
            headers={n: v for n, v in request.headers.items() if n.lower().startswith("webhook-")},
            body=body.decode(errors="replace"),
            status=None if reaction.silent else reaction.status,
            signed=signed,
        )
        if not signed:
            endpoint.unsigned.append(message_id)
        return await self._answer(endpoint, message_id, body, reaction)

    async def _answer(
        self, endpoint: Endpoint, message_id: str, body: bytes, reaction: Reaction
    ) -> web.StreamResponse:
        if reaction.silent:
            await self._stay_silent()
        if reaction.wait_s:
            await asyncio.sleep(reaction.wait_s)
        if reaction.status == 200 and not reaction.silent:
            self._accept(endpoint, message_id, body)
        headers = {"Retry-After": reaction.retry_after} if reaction.retry_after else None
        return web.Response(status=reaction.status, headers=headers)

    async def _stay_silent(self) -> None:
        """Say nothing for longer than anybody waits, then hang up."""
        try:
            async with asyncio.timeout(_SILENCE_S):
                await self._closing.wait()
        except TimeoutError:
            pass
        raise web.HTTPServiceUnavailable

    def _accept(self, endpoint: Endpoint, message_id: str, body: bytes) -> None:
        try:
            message: dict[str, Any] = json.loads(body)
            keys = keys_of(message["event"], message["data"], self.names)
        except (ValueError, KeyError, TypeError) as problem:
            endpoint.unreadable.append(f"{message_id}: {problem!r}")
            return
        for key in keys:
            endpoint.accept(key, message_id)


def _bound(host: str) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.bind((host, 0))
    return bound
