"""The guarded client against real servers; names resolve to what a test says."""

import asyncio
import socket
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver

from headwater.kit.egress import EgressClient
from headwater.kit.problems import Problem
from headwater.kit.targets import Cause, EgressError, check_url, is_private

PRIVATE = [
    *["127.0.0.1", "10.0.0.8", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1"],
    *["0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"],
    *["192.0.0.192", "168.63.129.16", "3fff::1"],
    *["::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1"],
    *["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1"],
    *["64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001:db8::1"],
]
PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


class Names(AbstractResolver):
    """Answers with each list of addresses in turn, the last one for ever."""

    def __init__(self, *answers):
        self.answers = list(answers)

    async def resolve(self, host, port=0, family=socket.AF_UNSPEC):  # noqa: ARG002 - its face
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if not found:
            raise OSError("no such name")
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
            for address in found
        ]

    async def close(self):
        pass


def client(*, allow_private=False, timeout_s=2.0, max_response_bytes=4096, names=None):
    return EgressClient(
        allow_private=allow_private,
        timeout_s=timeout_s,
        max_response_bytes=max_response_bytes,
        resolver=None if names is None else Names(*names),
    )


async def post(url, **options):
    async with client(**options) as egress:
        return await egress.post(url, {}, b"{}")


def refusal(url, **options):
    with pytest.raises(EgressError) as caught:
        asyncio.run(post(url, **options))
    return caught.value.cause


@asynccontextmanager
async def raw_server(handler):
    """A server below HTTP libraries, for answers no library would send."""
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_known_in_every_form(address):
    assert is_private(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_not_refused(address):
    assert not is_private(address)


@pytest.mark.parametrize("address", [a for a in PRIVATE if "%" not in a])
def test_a_literal_private_address_is_never_connected_to(address):
    host = f"[{address}]" if ":" in address else address
    assert refusal(f"http://{host}:9/") is Cause.PRIVATE_ADDRESS


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "017700000001", "0177.0.0.1"])
def test_old_numeric_forms_of_loopback_are_refused(host):
    assert refusal(f"http://{host}:9/") in {Cause.PRIVATE_ADDRESS, Cause.BAD_URL}


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "::1"])
def test_a_name_that_resolves_to_a_private_address_is_refused(address, receiver):
    async def attempt():
        async with receiver.open():
            url = f"http://hook.example.com:{receiver.port}/"
            with pytest.raises(EgressError) as caught:
                await post(url, names=[[address]])
            return caught.value.cause

    assert asyncio.run(attempt()) is Cause.PRIVATE_ADDRESS
    assert receiver.calls == []


def test_no_address_of_a_name_is_tried_if_all_are_private(receiver):
    async def attempt():
        async with receiver.open():
            url = f"http://hook.example.com:{receiver.port}/"
            with pytest.raises(EgressError) as caught:
                await post(url, names=[["10.255.255.1", "127.0.0.1", "::1"]])
            return caught.value.cause

    assert asyncio.run(attempt()) is Cause.PRIVATE_ADDRESS
    assert receiver.calls == []


def test_the_resolved_address_is_the_one_connected_to(receiver):
    """A second, different resolution between check and connection does not happen."""

    async def attempt():
        async with receiver.open():
            url = f"http://hook.example.com:{receiver.port}/"
            return await post(url, allow_private=True, names=[["127.0.0.1"], ["192.0.2.1"]])

    assert asyncio.run(attempt()).status == 200
    assert receiver.calls[0].headers["Host"].startswith("hook.example.com")


def test_a_redirect_is_an_answer_and_not_followed(receiver):
    receiver.will("/", (302, {"Location": "http://127.0.0.1:9/internal"}))

    async def attempt():
        async with receiver.open():
            return await post(receiver.url + "/", allow_private=True)

    assert asyncio.run(attempt()).status == 302
    assert [call.path for call in receiver.calls] == ["/"]


@pytest.mark.parametrize(
    "url",
    [
        *["ftp://example.com/", "file:///etc/passwd", "example.com/hook", "//example.com", ""],
        *["http://", "http:///path", "https://user:secret@example.com/", "https://u@example.com"],
        *["http://example.com:99999/", "http://exa mple.com/", "http://[::1/", "http://a\nb.com/"],
        "https://example.com/" + "a" * 3000,
    ],
)
def test_urls_that_cannot_be_right_are_refused_at_creation_and_at_use(url):
    with pytest.raises(Problem) as caught:
        check_url(url, True)
    assert (caught.value.status, caught.value.field) == (422, "url")
    assert refusal(url, allow_private=True) is Cause.BAD_URL


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "app.localhost", "10.1.2.3", "[::1]"])
def test_private_hosts_are_refused_at_creation_unless_allowed(host):
    with pytest.raises(Problem, match="private"):
        check_url(f"http://{host}/hook", False)
    check_url(f"http://{host}/hook", True)


def test_ordinary_urls_are_accepted():
    for url in [
        "https://example.com/hook?x=1",
        "http://hooks.example.com:8080",
        "https://bücher.de/",
    ]:
        check_url(url, False)


def test_an_answer_is_read_up_to_the_cap_only():
    async def endless(_reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        except ConnectionError:
            writer.close()

    async def attempt():
        async with raw_server(endless) as url:
            return await post(url, allow_private=True, max_response_bytes=1000)

    answer = asyncio.run(attempt())
    assert (answer.status, len(answer.body_excerpt)) == (200, 1000)


def test_a_slow_drip_ends_at_the_time_cap():
    async def drip(_reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            writer.close()

    async def attempt():
        loop = asyncio.get_running_loop()
        async with raw_server(drip) as url:
            started = loop.time()
            with pytest.raises(EgressError) as caught:
                await post(url, allow_private=True, timeout_s=0.4)
            return caught.value.cause, loop.time() - started

    cause, took = asyncio.run(attempt())
    assert cause is Cause.TIMEOUT
    assert took < 1.5


def test_headers_without_end_are_too_large():
    async def long_header(_reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n")
        await writer.drain()
        writer.close()

    async def attempt():
        async with raw_server(long_header) as url:
            with pytest.raises(EgressError) as caught:
                await post(url, allow_private=True)
            return caught.value.cause

    assert asyncio.run(attempt()) is Cause.TOO_LARGE


def test_no_listener_no_name_and_no_tls_are_told_apart(receiver):
    async def plain_as_tls():
        async with receiver.open():
            with pytest.raises(EgressError) as caught:
                await post(receiver.url.replace("http", "https"), allow_private=True)
            return caught.value.cause

    assert refusal("http://127.0.0.1:9/", allow_private=True) is Cause.REFUSED
    assert refusal("http://nowhere.example/", names=[[]]) is Cause.DNS
    assert asyncio.run(plain_as_tls()) is Cause.TLS


def test_neither_proxies_of_the_environment_nor_cookies_are_used(receiver, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")

    async def set_cookie(_request):
        return web.Response(headers={"Set-Cookie": "id=1; Path=/"})

    receiver.will("/", set_cookie)

    async def attempt():
        async with receiver.open(), client(allow_private=True) as egress:
            for _ in range(2):
                await egress.post(receiver.url + "/", {}, b"")

    asyncio.run(attempt())
    assert [call.headers.get("Cookie") for call in receiver.calls] == [None, None]


def test_an_answer_shows_no_body_when_printed(receiver):
    async def echo(_request):
        return web.Response(text="ann@example.com")

    receiver.will("/", echo)

    async def attempt():
        async with receiver.open():
            return await post(receiver.url + "/", allow_private=True)

    answer = asyncio.run(attempt())
    assert answer.body_excerpt == b"ann@example.com"
    assert "ann" not in repr(answer)
