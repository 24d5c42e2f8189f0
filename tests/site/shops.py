"""The examples of the manual, each running as its readers run it: over real HTTP, in a thread."""

import asyncio
import importlib.util
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from granian.constants import Interfaces
from granian.server.embed import Server as Embedded
from werkzeug.serving import make_server

from tests.site.standin import PUBLIC, SECRET, Standin, soon
from tests.support import free_port

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@dataclass
class Shop:
    name: str
    port: int
    module: Any

    @property
    def client(self) -> Any:
        return self.module.client


def loaded(name: str, url: str, secret: str = SECRET, public: str = PUBLIC) -> Any:
    """An example, told where its server is."""
    os.environ |= {
        "TRACK_URL": url,
        "TRACK_SECRET_KEY": secret,
        "TRACK_PUBLISHABLE_KEY": public,
        "SECRET": "session-secret",
    }
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@contextmanager
def by_asgi(app: Any) -> Iterator[int]:
    config = uvicorn.Config(app, port=0, log_level="error", lifespan="auto", proxy_headers=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    soon(lambda: server.started)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def by_granian(app: Any) -> Iterator[int]:
    """Another server, with another idea of ASGI."""
    port, loop = free_port(), asyncio.new_event_loop()
    server = Embedded(
        app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False
    )
    thread = threading.Thread(target=loop.run_until_complete, args=(server.serve(),), daemon=True)
    thread.start()
    soon(lambda: _answers(port))
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(10)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def by_wsgi(app: Any) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


# By name: the example, its application in there, and what serves that.
SHOPS: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "starlette": ("starlette_shop", "app", by_asgi),
    "fastapi": ("fastapi_shop", "app", by_asgi),
    "litestar": ("litestar_shop", "app", by_granian),
    "flask": ("flask_shop", "app", by_wsgi),
    "django-wsgi": ("django_shop", "wsgi", by_wsgi),
    "django-asgi": ("django_shop", "asgi", by_asgi),
}


@contextmanager
def running(name: str, standin: Standin) -> Iterator[Shop]:
    module_name, attribute, serve = SHOPS[name]
    module = sys.modules.get(module_name) if module_name == "django_shop" else None
    module = module or loaded(module_name, standin.url)
    with serve(getattr(module, attribute)) as port:
        shop = Shop(name, port, module)
        shop.client.start()
        yield shop
        shop.client.close()
