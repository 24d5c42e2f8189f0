"""What tests share: a store on either engine, a real server, and a client that speaks HTTP."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from headwater import links
from headwater.config import Overrides, load
from headwater.db import open_database
from headwater.runtime import open_app
from headwater.workspace import Setup
from tests.forked import Forked

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"
DOMAIN = "go.acme.test"


@dataclass(frozen=True, slots=True)
class Store:
    """Where a store is: a directory (SQLite) or a URL (PostgreSQL)."""

    data: Path
    url: str = ""

    @property
    def arguments(self) -> list[str]:
        return ["--database", self.url] if self.url else ["--data", str(self.data)]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def click_id(self) -> str:
        """The id in a redirect's Location."""
        return self.headers["location"].split("hw_id=")[1].split("&")[0].split("#")[0]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def _sent(request: urllib.request.Request) -> Answer:
    try:
        with _opener.open(request, timeout=30) as answer:
            return Answer(answer.status, _lower(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _lower(error.headers), error.read())


@dataclass(slots=True)
class Client:
    """Plain HTTP to one server, as one workspace."""

    url: str
    key: str | None

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        sent = {"content-type": "application/json"} | (headers or {})
        if self.key is not None:
            sent = {"authorization": f"Bearer {self.key}"} | sent
        request = urllib.request.Request(self.url + path, data=data, headers=sent, method=method)
        return _sent(request)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        """The JSON of a 2xx; anything else fails the test with what the server said."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.call("POST", path, body, headers=named)
        assert answer.status in (200, 201), (answer.status, answer.body)
        return answer.json

    def get(self, path: str) -> Any:
        answer = self.call("GET", path)
        assert answer.status == 200, (answer.status, answer.body)
        return answer.json

    def click(
        self, key: str, *, agent: str = BROWSER, domain: str = DOMAIN, **headers: str
    ) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("GET", f"/{key}", headers={"host": domain, "user-agent": agent} | named)


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def begin(store: Store) -> None:
    """The directory, and for SQLite a copy of a database without a row: that is four times as quick
    as all the migrations.
    """
    store.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not store.url and not any(store.data.iterdir()):
        (store.data / "headwater.db").write_bytes(_migrated())


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        open_database(data=Path(folder), url="", now_us=0).close()
        return (Path(folder) / "headwater.db").read_bytes()


def initialise(
    store: Store, *, slug: str = "acme", domain: str = DOMAIN, sandbox: bool = False
) -> dict[str, Any]:
    """As `headwater init` does, in this process: the command is tested in tests/cli/test_init.py,
    and here its start would cost more than all it does.
    """
    begin(store)
    app = open_app(load(Overrides(data=str(store.data), database=store.url)), owner=False)
    try:
        setup = Setup(slug=slug, domain=domain, sandbox=sandbox)
        made = app.db.write_now(links.initialise, setup, app.clock.now_us(), app.entropy)
    finally:
        app.close()
    return {
        "workspace": {"id": made.workspace.id, "slug": made.workspace.slug},
        "secret_key": made.secret_key,
        "publishable_key": made.publishable_key,
    }


def run(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """A command, to its end."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        process = Forked(arguments, os.environ | (env or {}), out=out, err=err)
        try:
            status = process.wait(120)
        finally:
            process.kill()
        return subprocess.CompletedProcess(arguments, status, out.read_text(), err.read_text())


@dataclass(slots=True)
class Server:
    """A running server (or one role of it), stopped at the end of the test. `alone`: as
    `headwater serve` starts it, in processes of their own, supervised.
    """

    store: Store
    env: dict[str, str] = field(default_factory=dict)
    role: str = "serve"
    key: str | None = None
    port: int = field(default_factory=free_port)
    alone: bool = False
    processes: "list[subprocess.Popen[bytes] | Forked]" = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def client(self) -> Client:
        return Client(self.url, self.key)

    @property
    def pid(self) -> int:
        """Of what was started first: the supervisor, or the core."""
        return self.processes[0].pid

    def start(self) -> "Server":
        log = self.store.data.parent / f"{self.role}-{self.port}.log"
        env = os.environ | self.env
        arguments = [*self.store.arguments, "--port", str(self.port)]
        self.processes.clear()
        if self.alone:
            command = [sys.executable, "-m", "headwater", self.role, *arguments]
            with log.open("ab") as lines:
                self.processes.append(
                    subprocess.Popen(command, env=env, stdout=lines, stderr=lines)
                )
        else:
            for role in ("core", "worker") if self.role == "serve" else (self.role,):
                self.processes.append(Forked([role, *arguments], env, out=log, err=log))
        wait_until(self.is_ready, timeout_s=30)
        return self

    def is_ready(self) -> bool:
        assert self.runs, "the server ended; see its log"
        with suppress(OSError):
            return Client(self.url, None).call("GET", "/readyz").status == 200
        return False

    @property
    def runs(self) -> bool:
        return all(each.poll() is None for each in self.processes)

    def stop(self) -> int:
        for each in self.processes:
            each.terminate()
        return max(each.wait(15) for each in self.processes)

    def kill(self) -> None:
        for each in self.processes:
            each.kill()
            each.wait()


def wait_until(
    condition: Callable[[], Any], *, timeout_s: float = 15, pause_s: float = 0.05
) -> Any:
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(pause_s)


def in_loop(main: Callable[[], Any]) -> Any:
    return asyncio.run(main())
