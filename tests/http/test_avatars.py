"""Pictures of customers: fetched behind the call, cut to one size, shown to anybody, erased."""

import base64
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from dub import Dub
from PIL import Image

from tests.http.world import World, ask, problem
from tests.support import Answer, wait_until

WHERE = b"taken at home"


def picture(side: tuple[int, int] = (300, 200), kind: str = "JPEG") -> bytes:
    """A red one, that says where it was taken."""
    written = io.BytesIO()
    image = Image.new("RGB", side, (200, 10, 10))
    exif = Image.Exif()
    exif[0x010E] = WHERE.decode()
    image.save(written, kind, exif=exif)
    return written.getvalue()


def bomb() -> bytes:
    """A few kilobytes that say they are 400 million pixels."""
    written = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(written, "PNG")
    return written.getvalue()


@dataclass
class Album:
    """A real server with pictures, and with what is none."""

    answers: dict[str, tuple[int, dict[str, str], bytes]]
    asked: list[str] = field(default_factory=list)
    url: str = ""

    @contextmanager
    def running(self) -> Iterator["Album"]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield self
        server.shutdown()
        server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        album = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                album.asked.append(self.path)
                status, headers, body = album.answers.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        return Handler


@pytest.fixture(scope="module")
def album() -> Iterator[Album]:
    answers = {
        "/sam.jpg": (200, {}, picture()),
        "/moved": (302, {"location": "/sam.jpg"}, b""),
        "/circle": (302, {"location": "/circle"}, b""),
        "/page": (200, {"content-type": "image/png"}, b"<html>not a picture</html>"),
        "/bomb": (200, {}, bomb()),
        "/large": (200, {}, bytes(3_000_000)),
        "/busy": (503, {}, b""),
        "/file": (302, {"location": "file:///etc/passwd"}, b""),
    }
    with Album(answers).running() as running:
        yield running


def signed_up(world: World, avatar: str, **fields: Any) -> Any:
    """The answer to a lead of a new customer with this picture."""
    click_id = world.click(world.link())
    return world.lead(click_id, world.name("u"), customerAvatar=avatar, **fields)


def of(world: World, lead: Any) -> Any:
    return world.client.get(f"/customers/ext_{lead['customer']['externalId']}")


def shown(world: World, address: str) -> Answer:
    return ask(world.server, urlsplit(address).path)


def there(world: World, address: str) -> Answer:
    def found() -> Answer | None:
        answer = shown(world, address)
        return answer if answer.status == 200 else None

    answer: Answer = wait_until(found)
    return answer


def failed(world: World, lead: Any) -> str:
    """Why the customer has no picture, once that is final."""

    def given_up() -> Any:
        told = of(world, lead)
        return told if told["avatarState"] == "failed" else None

    told = wait_until(given_up)
    assert told["avatar"] is None
    return str(told["avatarReason"])


@pytest.mark.parametrize("source", ["/sam.jpg", "/moved", "data", "base64"])
def test_a_picture_is_hosted_under_the_address_that_was_answered_at_once(
    world: World, album: Album, source: str
) -> None:
    encoded = base64.b64encode(picture(kind="PNG")).decode()
    given = {"data": f"data:image/png;base64,{encoded}", "base64": encoded}
    lead = signed_up(world, given.get(source, album.url + source))
    address = lead["customer"]["avatar"]
    assert address.startswith(f"{world.server.url}/avatars/")
    answer = there(world, address)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "public, max-age=86400, immutable"
    with Image.open(io.BytesIO(answer.body)) as image:
        assert (image.size, image.format, dict(image.getexif())) == ((128, 128), "PNG", {})
        assert image.convert("RGB").getpixel((64, 64))[0] > 150
    assert WHERE not in answer.body
    told = of(world, lead)
    assert (told["avatar"], told["avatarState"], told["avatarReason"]) == (address, "stored", None)
    assert told["id"].removeprefix("cus_")[:8] not in address


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/nothing", "http_404"),
        ("/busy", "http_503"),
        ("/page", "not_a_picture"),
        ("/bomb", "not_a_picture"),
        ("/large", "too_large"),
        ("/circle", "redirects"),
        ("/file", "bad_url"),
    ],
)
def test_a_picture_that_cannot_be_had_is_null_with_its_reason_and_the_lead_stands(
    world: World, album: Album, path: str, reason: str
) -> None:
    lead = signed_up(world, album.url + path)
    assert lead["lead"]["id"]
    assert failed(world, lead) == reason
    problem(shown(world, lead["customer"]["avatar"]), 404, "not_found", "avatar_id")
    tries = album.asked.count(path)
    again = {"customerAvatar": album.url + path, "eventName": "Trial"}
    body = {"clickId": "", "customerExternalId": lead["customer"]["externalId"]} | again
    assert world.client.post("/track/lead", body)["customer"]["avatar"] is None
    assert of(world, lead)["avatarReason"] == reason
    assert album.asked.count(path) == tries
    assert tries % 2 == 0 or path != "/busy"  # tried again as often as the schedule says


@pytest.mark.parametrize(
    "given", ["not an address", "data:image/png;base64,!!!!", "A" * 101, "ftp://127.0.0.1/x"]
)
def test_what_is_neither_address_nor_picture_is_null(world: World, given: str) -> None:
    lead = signed_up(world, given)
    assert failed(world, lead) in {"neither_an_address_nor_base64", "not_a_picture"}


def test_a_later_call_fills_it_in_and_what_is_known_stays(world: World, album: Album) -> None:
    customer = world.customer()
    body = {"customerExternalId": customer, "amount": 100}
    sale = world.client.post("/track/sale", body | {"customerAvatar": f"{album.url}/sam.jpg"})
    address = sale["customer"]["avatar"]
    there(world, address)
    again = world.client.post("/track/sale", body | {"customerAvatar": f"{album.url}/page"})
    assert again["customer"]["avatar"] == address


def test_it_is_changed_taken_away_and_erased_with_its_file(world: World, album: Album) -> None:
    lead = signed_up(world, f"{album.url}/sam.jpg")
    first = lead["customer"]["avatar"]
    there(world, first)
    path = f"/customers/{of(world, lead)['id']}"
    same = world.client.call("PATCH", path, {"avatar": first, "name": "Kim"}).json
    assert (same["avatar"], same["avatarState"]) == (first, "stored")
    with Dub(token=str(world.client.key), server_url=world.server.url) as sdk:
        change = {"avatar": f"{album.url}/moved"}
        second = sdk.customers.update(request={"id": of(world, lead)["id"], "request_body": change})
    assert second.avatar is not None
    assert second.avatar != first
    there(world, second.avatar)
    assert shown(world, first).status == 404
    wait_until(lambda: not kept(world, first))
    assert kept(world, second.avatar)
    assert world.client.call("DELETE", path).status == 200
    assert shown(world, second.avatar).status == 404
    wait_until(lambda: not kept(world, second.avatar))


def test_null_takes_it_away(world: World, album: Album) -> None:
    lead = signed_up(world, f"{album.url}/sam.jpg")
    there(world, lead["customer"]["avatar"])
    path = f"/customers/{of(world, lead)['id']}"
    told = world.client.call("PATCH", path, {"avatar": None}).json
    assert (told["avatar"], told["avatarState"]) == (None, None)
    assert shown(world, lead["customer"]["avatar"]).status == 404


def kept(world: World, address: str) -> bool:
    bare = address.rpartition("_")[2]
    return (Path(world.server.store.data) / "avatars" / bare[:2] / f"{bare}.png").exists()


def test_an_address_nobody_was_given_shows_nothing(world: World) -> None:
    for name in ("avt_none", "..%2Fheadwater.db", "%00"):
        assert ask(world.server, f"/avatars/{name}").status in {404, 422}
