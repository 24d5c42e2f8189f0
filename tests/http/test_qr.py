"""GET /qr: what is drawn can be read, by anybody, and nobody draws the server to a halt."""

import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import segno
from dub import Dub
from dub.models import errors

from tests.http.world import World, ask, problem
from tests.support import Answer


def drawn(world: World, **query: Any) -> Answer:
    return ask(world.server, "/qr?" + urlencode({"url": "https://go.acme.test/k"} | query))


def pixels(picture: bytes) -> tuple[int, list[str], bytes]:
    """Size, lines of 0 and 1, and the palette."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, at = {}, 8
    while at < len(picture):
        (length,) = struct.unpack(">I", picture[at : at + 4])
        kind, data = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + length]
        (told,) = struct.unpack(">I", picture[at + 8 + length : at + 12 + length])
        assert told == zlib.crc32(kind + data)
        chunks[kind], at = data, at + 12 + length
    width, height, depth, colors = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (width, depth, colors) == (height, 1, 3)
    raw, line = zlib.decompress(chunks[b"IDAT"]), -(-width // 8) + 1
    rows = [raw[start + 1 : start + line] for start in range(0, len(raw), line)]
    bits = ["".join(f"{byte:08b}" for byte in row)[:width] for row in rows]
    return width, bits, chunks[b"PLTE"]


@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
@pytest.mark.parametrize(("size", "margin"), [(600, 2), (601, 0), (97, 5)])
def test_the_modules_of_the_code_are_in_the_picture(
    world: World, level: str, size: int, margin: int
) -> None:
    text = "https://go.acme.test/é?qr=1"
    answer = drawn(world, url=text, level=level, size=size, margin=margin)
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/png"
    width, lines, palette = pixels(answer.body)
    assert (width, palette) == (size, bytes.fromhex("ffffff000000"))
    code = segno.make_qr(text, error=level, boost_error=False)
    count = len(code.matrix)
    scale = size // (count + 2 * margin)
    start = (size - scale * count) // 2
    assert start >= scale * margin
    middle = [start + scale * number + scale // 2 for number in range(count)]
    assert [[int(lines[y][x]) for x in middle] for y in middle] == [list(r) for r in code.matrix]


def test_colors_are_as_asked_for(world: World) -> None:
    palette = pixels(drawn(world, fgColor="#1A2b3c", bgColor="fed").body)[2]
    assert palette == bytes.fromhex("ffeedd1a2b3c")


def test_it_is_open_to_every_page_and_may_be_kept(world: World) -> None:
    good, bad = drawn(world), drawn(world, size=1)
    asked = ask(world.server, "/qr", method="OPTIONS")
    assert [good.status, bad.status, asked.status] == [200, 422, 204]
    for answer in (good, bad, asked):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-allow-methods"] == "GET, OPTIONS"
    assert good.headers["cache-control"] == "public, max-age=86400"


def test_the_address_in_a_link_draws_it(world: World) -> None:
    link = world.link()
    path = link["qrCode"].removeprefix(world.server.url)
    assert path == f"/qr?url={quote(link['shortLink'] + '?qr=1', safe='')}"
    expected = drawn(world, url=link["shortLink"] + "?qr=1").body
    assert ask(world.server, path).body == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"url": ""}, "url"),
        ({"url": "x" * 2954}, "url"),
        ({"url": "x" * 2900, "level": "H"}, "url"),
        ({"url": "x" * 2900, "size": 100}, "url"),
        ({"size": 15}, "size"),
        ({"size": 2049}, "size"),
        ({"size": "nan"}, "size"),
        ({"size": "big"}, "size"),
        ({"margin": -1}, "margin"),
        ({"margin": 33}, "margin"),
        ({"level": "X"}, "level"),
        ({"fgColor": "red"}, "fgColor"),
        ({"bgColor": "#12345"}, "bgColor"),
        ({"logo": "https://acme.test/logo.png"}, "logo"),
    ],
)
def test_what_cannot_be_drawn_is_told(world: World, query: Any, field: str) -> None:
    problem(drawn(world, **query), 422, "unprocessable_entity", field)


def test_a_parameter_that_is_missing_is_named(world: World) -> None:
    problem(ask(world.server, "/qr?size=100"), 422, "unprocessable_entity", "url")
    answer = world.client.call("GET", "/links/exists?domain=go.acme.test")
    problem(answer, 422, "unprocessable_entity", "key")


def test_redirects_do_not_wait_for_pictures(world: World) -> None:
    link = world.link()
    world.visit(link)
    with ThreadPoolExecutor(8) as pool:
        big = [pool.submit(drawn, world, url=f"{n}" + "x" * 2900, size=2048) for n in range(16)]
        begun = time.monotonic()
        assert all(world.visit(link).status == 302 for _ in range(10))
        took = time.monotonic() - begun
        unfinished = sum(not each.done() for each in big)
        assert {each.result().status for each in big} == {200}
    assert unfinished, "the pictures were drawn before the visits were over: draw more of them"
    assert took < 5


def test_the_sdk_gets_a_picture(world: World) -> None:
    with Dub(token="anything", server_url=world.server.url) as sdk:
        answer = sdk.qr_codes.get(request={"url": "https://acme.test", "size": 300, "margin": 1})
        assert answer
        with pytest.raises(errors.UnprocessableEntity):
            sdk.qr_codes.get(request={"url": "https://acme.test", "size": 1})
