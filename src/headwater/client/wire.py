"""One request to the server over HTTP/1.1: bounded in time and size, no redirect followed."""

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from headwater.client.errors import HeadwaterError, SetupError
from headwater.client.world import ticks_ms

ANSWER_MAX = 4 * 1024 * 1024
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """`headers` have lower-case names; of several lines of one name only `cookies` keeps all."""

    status: int
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    body: bytes


class Wire:
    """Where the server is. Safe to use from many threads: each request has its own connection."""

    def __init__(self, url: str, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url.rstrip("/"))
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise SetupError(
                f"{url!r} is no address of a server. Write it as https://track.example.com."
            )
        if parts.username or parts.password:
            raise SetupError("The server's address must not hold a name or password.")
        self._host, self._port, self._base = parts.hostname, parts.port, parts.path
        self._tls = None if parts.scheme == "http" else tls or ssl.create_default_context()

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        timeout_s: float,
    ) -> Reply:
        """Raises HeadwaterError with status 0 where no whole answer came in time."""
        deadline = ticks_ms() + round(timeout_s * 1000)
        connection = self._connection(timeout_s)
        try:
            _ask(connection, method, self._base + path, body, headers)
            answer = connection.getresponse()
            return _reply(answer, _read(connection, answer, deadline))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise HeadwaterError(
                "no_answer",
                f"Headwater did not answer {method} {path.partition('?')[0]}"
                f" ({type(error).__name__}). Check its address, or try again later.",
            ) from error
        finally:
            connection.close()

    def _connection(self, timeout_s: float) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=timeout_s)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=timeout_s, context=self._tls
        )


def _ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | None,
    headers: Mapping[str, str],
) -> None:
    """What no request may hold is told apart from a server that is away: it will never go."""
    try:
        connection.request(method, path, body=body, headers=dict(headers))
    except OSError:  # a certificate that is not good is a ValueError too
        raise
    except (ValueError, http.client.InvalidURL):
        raise HeadwaterError(
            "cannot_be_sent", "A header or the address has characters HTTP forbids.", status=400
        ) from None


def _read(
    connection: http.client.HTTPConnection, answer: http.client.HTTPResponse, deadline: int
) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        left_ms = deadline - ticks_ms()
        if left_ms <= 0:
            raise TimeoutError
        if connection.sock is not None:
            connection.sock.settimeout(left_ms / 1000)
        part = answer.read1(_CHUNK)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
        if size > ANSWER_MAX:
            raise http.client.HTTPException


def _reply(answer: http.client.HTTPResponse, body: bytes) -> Reply:
    given = answer.getheaders()
    cookies = tuple(value for name, value in given if name.lower() == "set-cookie")
    named = {name.lower(): value for name, value in given if name.lower() != "set-cookie"}
    if answer.length:
        raise http.client.IncompleteRead(body)
    return Reply(answer.status, named, cookies, body)
