"""A real web server on loopback that behaves as sites do: each host has its own pages."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Reply = tuple[int, dict[str, str], str | bytes | list[bytes]]
HTML = {"Content-Type": "text/html; charset=utf-8"}


@dataclass(slots=True)
class Web:
    """What each (host, path) answers to (path with query, Cookie header); all else is 404."""

    port: int = 0
    replies: dict[tuple[str, str], Callable[[str, str], Reply]] = field(default_factory=dict)

    def at(self, host: str, path: str) -> str:
        return f"http://{host}:{self.port}{path}"

    def page(self, host: str, path: str, html: str | bytes | list[bytes], **headers: str) -> None:
        """Of a list each part is sent when it is its turn."""
        said = HTML | {name.replace("_", "-"): value for name, value in headers.items()}
        self.replies[host, path] = lambda _path, _cookie: (200, said, html)

    def redirect(
        self, host: str, path: str, to: str, *, keep: bool = True, status: int = 302, **headers: str
    ) -> None:
        said = {name.replace("_", "-"): value for name, value in headers.items()}

        def reply(asked: str, _cookie: str) -> Reply:
            _, mark, query = asked.partition("?")
            return status, {"Location": to + (mark + query if keep else "")} | said, ""

        self.replies[host, path] = reply

    def text(self, host: str, path: str, body: str, kind: str, status: int = 200) -> None:
        """For pages of all sites, as the tag's files are."""
        said = {"Content-Type": kind, "Access-Control-Allow-Origin": "*"}
        self.replies[host, path] = lambda _path, _cookie: (status, said, body)


@contextmanager
def serving() -> Iterator[Web]:
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = (self.headers["Host"] or "").rpartition(":")[0]
            found = web.replies.get((host, self.path.partition("?")[0]))
            cookie = self.headers.get("Cookie") or ""
            status, headers, body = found(self.path, cookie) if found else (404, HTML, "none")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            raw = body.encode() if isinstance(body, str) else body
            parts = [raw] if isinstance(raw, bytes) else raw
            self.send_header("Content-Length", str(sum(map(len, parts))))
            self.end_headers()
            with suppress(OSError):  # the visitor has seen enough
                for part in parts:
                    self.wfile.write(part)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
