"""Real Chromium, and sites for it to visit: every `*.test` name is this machine."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.ebb import ebb, person  # noqa: F401 - fixtures
from tests.browser.shop import BUILT, Shop, serve
from tests.http.conftest import world, world_on_postgres, world_on_sqlite  # noqa: F401 - fixtures

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
LOADER = Path(__file__).parents[1] / "clients/js/node_modules/@dub/analytics/dist/index.js"
# As a person's: headless Chromium calls itself a robot.
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36"
ARGUMENTS = [
    "--host-resolver-rules=MAP *.test 127.0.0.1",
    "--no-sandbox",
    # The tag leaves robots alone; these pages are visited by people.
    "--disable-blink-features=AutomationControlled",
]

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="apt-get install chromium")
needs_tag = pytest.mark.skipif(not BUILT.exists(), reason="make tag")
needs_loader = pytest.mark.skipif(not LOADER.exists(), reason="npm ci --prefix tests/clients/js")


@dataclass(slots=True)
class Site:
    """Pages by path, the same under every name; `/loader.js` is the npm package."""

    port: int
    pages: dict[str, str] = field(default_factory=dict)

    def at(self, host: str, path: str) -> str:
        return f"http://{host}:{self.port}{path}"


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    made = Site(0)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            script = path == "/loader.js"
            body = LOADER.read_bytes() if script else made.pages.get(path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/javascript" if script else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def shop() -> Iterator[Shop]:
    """At a port of its own: what a page of the test before says as it goes does not come here."""
    made = Shop()
    made.reset()
    server = serve(made)
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Gone before other tests begin: while it is there, an event loop runs in this thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=ARGUMENTS,
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A visitor who was never anywhere."""
    context = chromium.new_context(user_agent=AGENT)
    yield context.new_page()
    context.close()
