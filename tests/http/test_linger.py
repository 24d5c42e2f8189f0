"""An answer arrives whole, even if it was given before the request was read to its end."""

import socket
import time

import pytest

from tests.http.world import World

ROUNDS = 10


def answered(world: World, head: str, body: bytes, *, key: str | None = None) -> bytes:
    """All that comes back for a body sent after its head, to somebody slow with small buffers."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", world.server.port))
        named = f"Authorization: Bearer {key or world.client.key}\r\nContent-Type: application/json"
        ends = f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall(f"{head}\r\nHost: 127.0.0.1\r\n{named}\r\n{ends}".encode())
        time.sleep(0.02)
        connection.sendall(body)
        time.sleep(0.02)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def length_of(answer: bytes) -> tuple[int, int]:
    """What was announced and what came."""
    head, _, body = answer.partition(b"\r\n\r\n")
    announced = head.lower().split(b"content-length:")[1].split(b"\r\n")[0]
    return int(announced), len(body)


def test_a_long_list_asked_for_with_a_body(world: World) -> None:
    for number in range(40):
        world.link(comments=f"{number} " * 500)
    for _ in range(ROUNDS):
        announced, came = length_of(answered(world, "GET /links HTTP/1.1", b"{}" * 2000))
        assert came == announced > 20_000


@pytest.mark.parametrize(
    ("head", "key", "status"),
    [
        ("POST /track/sale HTTP/1.1", "hw_sk_wrong", b"401"),
        ("POST /nowhere HTTP/1.1", None, b"404"),
        ("POST /track/sale HTTP/1.1", None, b"413"),
    ],
)
def test_a_refusal_of_a_large_body(world: World, head: str, key: str | None, status: bytes) -> None:
    for _ in range(ROUNDS):
        answer = answered(world, head, b"x" * 3_000_000, key=key)
        assert answer.split()[1] == status
        announced, came = length_of(answer)
        assert came == announced


@pytest.mark.parametrize(("announced", "within_s"), [(10**9, 0.9), (3_000_000, 3)])
def test_a_client_that_waits_for_its_answer_gets_it(
    world: World, announced: int, within_s: float
) -> None:
    """It sent the head and the first bytes, as one does that asks whether it may go on."""
    with socket.create_connection(("127.0.0.1", world.server.port), timeout=20) as connection:
        head = f"POST /links HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {announced}\r\n\r\n"
        begun = time.monotonic()
        connection.sendall(head.encode() + b'{"a": 1')
        assert connection.recv(4096).split()[1] == b"401"
        assert time.monotonic() - begun < within_s
