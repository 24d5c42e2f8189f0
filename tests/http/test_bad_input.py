"""Input no caller should send: every endpoint answers with the one envelope and stays well."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest

from headwater.programs import Model, SelfReferral
from tests.http.test_contract import GOOD, GUARDED, ROUTES, WITH_BODY, Made, asking, having, names
from tests.http.world import World, problem
from tests.support import Answer

KEYS_TO_TRY = ["", "Bearer", "bearer x", "Bearer " + "k" * 5000, "Bearer \xff\xfe", "Token x"]


@pytest.fixture(scope="module")
def world(battered: World) -> World:
    return battered


@pytest.fixture(scope="module")
def made(world: World) -> Iterator[Made]:
    yield from having(world)


@pytest.fixture(autouse=True)
def still_healthy(world: World) -> Any:
    """Whatever the cases of a test sent: afterwards the server reads and writes."""
    yield
    assert world.client.call("GET", "/readyz").status == 200
    link = world.link()
    assert world.again(link) == link


def path_of(made: Made, route: tuple[str, str]) -> str:
    return route[1].format(
        sale_id=made.sale["id"],
        link_id=made.link["id"],
        program_id=made.world.program["id"],
        inbox_id=made.inbox_id,
        webhook_id=made.webhook["id"],
        destination_id=made.destination,
        endpoint_id=made.stripe,
        event_id=made.stripe_event,
        customer_id=made.customer_id,
        delivery_id=made.delivery["id"],
        partner_id=made.world.partner["id"],
        receipt_id=made.sale["receiptId"],
        tag_id=made.tag,
        folder_id=made.folder,
        slug=made.domain,
        workspace_id="acme",
        request_id=made.request_id,
    )


@contextmanager
def about(case: str) -> Iterator[None]:
    """Names the case that went wrong, of the many that one test sends."""
    try:
        yield
    except Exception as error:
        error.add_note(f"The case is {case!r}.")
        raise


def refused(answer: Answer) -> dict[str, Any]:
    """The error of an answer that is one of ours and never a 500."""
    assert 400 <= answer.status < 500, (answer.status, answer.body)
    error = answer.json["error"]
    return problem(answer, answer.status, error["code"], error.get("field"))


BROKEN = {
    "nothing": b"",
    "half": b'{"url": "https://acme',
    "text": b"url=https://acme.test",
    "trailing": b'{"a": 1} x',
    "two": b"{}{}",
    "bytes": b"\xff\xfe\x00",
    "utf-16": '{"a": 1}'.encode("utf-16"),
    "lone surrogate": b'{"a": "\\ud800"}',
    "lone surrogate name": b'{"\\udfff": 1}',
    "NaN": b'{"a": NaN}',
    "single quotes": b"{'a': 1}",
    "number": b"5",
    "text value": b'"text"',
    "null": b"null",
    "list": b"[]",
    "list of lists": b"[[[[]]]]",
    "true": b"true",
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 20_000,
    "deep and whole": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "deep NUL": b'{"a":' * 900 + b'"\\u0000"' + b"}" * 900,
}


@pytest.mark.parametrize("route", WITH_BODY, ids=names(WITH_BODY))
def test_a_body_that_is_no_json_object(made: Made, route: tuple[str, str]) -> None:
    client, path = asking(made.world, route), path_of(made, route)
    for case, body in BROKEN.items():
        with about(case):
            answer = client.call(route[0], path, raw=body)
            error = refused(answer)
            assert answer.status in (400, 422)
            assert "Traceback" not in error["message"]


def test_bytes_that_are_no_text_are_refused(world: World) -> None:
    for body in (b'{"url": "https://acme.test/\xff"}', b'{"url": "\xed\xa0\x80"}'):
        problem(world.client.call("POST", "/links", raw=body), 400, "bad_request", None)


VALUES = {
    "null": None,
    "true": True,
    "number": 5,
    "float": 1.5,
    "negative": -1,
    "64 bits": 2**63,
    "65 bits": 2**64,
    "huge": 10**400,
    "tiny": 5e-324,
    "empty": "",
    "long": "x" * 33_000,
    "NUL": "a\x00b",
    "surrogate": "a\ud800b",
    "line break": "a\r\nb",
    "list": [1],
    "object": {"a": 1},
    "nested": {"a": [{"b": {"c": "\x00"}}]},
}


@pytest.mark.parametrize("route", WITH_BODY, ids=names(WITH_BODY))
def test_a_value_of_any_kind_in_every_field(made: Made, route: tuple[str, str]) -> None:
    """Either it is taken or the answer names a problem; nothing breaks."""
    good, client, path = GOOD[route[1]], asking(made.world, route), path_of(made, route)
    fields = [*good, "metadata", "programId", "somethingElse"]
    for case, field in product(VALUES, fields):
        with about(f"{field}: {case}"):
            answer = client.call(route[0], path, good | {field: VALUES[case]})
            if answer.status >= 300:
                refused(answer)
            if case in {"NUL", "nested", "surrogate"}:
                assert answer.status in (400, 422), answer.body


@pytest.mark.parametrize(
    ("path", "body", "field", "words"),
    [
        ("/programs", {"name": "A", "attributionModel": "coin_toss"}, "attributionModel", Model),
        ("/programs", {"name": "A", "selfReferral": "?"}, "selfReferral", SelfReferral),
        (
            "/track/sale",
            {"customerExternalId": "u", "amount": 1, "paymentProcessor": "cash"},
            "paymentProcessor",
            ["apple", "paddle", "stripe"],
        ),
        ("/deliveries/replay", {"state": "lost"}, "state", ["dead"]),
        ("/inbox?state=lost", None, "state", ["waiting", "closed"]),
    ],
)
def test_a_word_that_is_none_of_the_list_is_told_the_list(
    world: World, path: str, body: Any, field: str, words: list[str]
) -> None:
    answer = world.client.call("GET" if body is None else "POST", path, body)
    error = problem(answer, 422, "unprocessable_entity", field)
    said = error["message"].partition(": it is one of ")[2].partition(". ")[0].split(", ")
    assert set(words) <= set(said), error["message"]


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        ({"a": "\x00"}, "metadata.a"),
        ({"a": [{"b": "x\x00"}]}, "metadata.a[0].b"),
        ({"a\x00": 1}, "metadata"),
    ],
)
def test_a_nul_is_refused_wherever_it_hides(
    world: World, metadata: dict[str, Any], field: str
) -> None:
    body = {"customerExternalId": "u", "amount": 1, "metadata": metadata}
    answer = world.client.call("POST", "/track/sale", body)
    problem(answer, 422, "unprocessable_entity", field)


def test_an_escaped_backslash_before_u0000_is_no_nul(world: World) -> None:
    metadata = {"path": "C:\\u0000"}
    assert world.sale(world.customer(), metadata=metadata)["sale"]["metadata"] == metadata


NASTY = ["%00", "a%00b", "%ED%A0%80", "%FF%FE", "%0D%0A", "..%2F..%2Fetc", "x" * 2000, "%25", "'--"]


@pytest.mark.parametrize("route", GUARDED, ids=names(GUARDED))
def test_odd_text_in_path_and_query(made: Made, route: tuple[str, str]) -> None:
    """Unknown like any other id, or refused; a list filtered by it is empty or refused."""
    method, path = route
    body = GOOD.get(path)
    for text, query in product(NASTY, ("", "?domain={0}&search={0}&page={0}&invoiceId={0}")):
        address = with_text(path, text) + query.format(text)
        with about(address):
            answer = made.world.client.call(method, address, body)
            assert answer.status < 500, answer.body
            if answer.status >= 400:
                refused(answer)


def with_text(path: str, text: str) -> str:
    """The path with the text in place of its first parameter."""
    head, brace, tail = path.partition("{")
    return head + text + tail.partition("}")[2] if brace else path


@pytest.mark.parametrize("authorization", KEYS_TO_TRY)
def test_odd_keys(world: World, authorization: str) -> None:
    answer = world.client.call("GET", "/links", headers={"authorization": authorization})
    assert answer.status in (400, 401)
    refused(answer)


TYPES = [
    "text/plain",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/msgpack",
    "application/json; charset=utf-16",
    "nonsense",
    "",
]


@pytest.mark.parametrize("route", WITH_BODY, ids=names(WITH_BODY))
def test_a_body_of_another_type(made: Made, route: tuple[str, str]) -> None:
    client, path = asking(made.world, route), path_of(made, route)
    for content_type in TYPES:
        with about(content_type):
            headers = {"content-type": content_type}
            refused(client.call(route[0], path, raw=b"a=1&b=2", headers=headers))


def test_json_is_read_whatever_type_it_is_said_to_be(world: World) -> None:
    body = b'{"url": "https://acme.test"}'
    answer = world.client.call("POST", "/links", raw=body, headers={"content-type": "text/plain"})
    assert answer.status == 200


@pytest.mark.parametrize("route", WITH_BODY, ids=names(WITH_BODY))
def test_a_body_that_is_too_large(made: Made, route: tuple[str, str]) -> None:
    headers = {"Authorization": f"Bearer {asking(made.world, route).key}"}
    answer = announce(made.world, route[0], path_of(made, route), 10**9, headers)
    error = problem(answer, 413, "bad_request", None)
    assert "max_body_bytes" in error["message"]


def announce(world: World, method: str, path: str, length: int, headers: dict[str, str]) -> Answer:
    """A request that announces a body of `length` bytes and waits for the answer to that."""
    connection = http.client.HTTPConnection("127.0.0.1", world.server.port, timeout=30)
    try:
        connection.putrequest(method, path)
        for name, value in (headers | {"Content-Length": str(length)}).items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(b'{"a": 1')
        answer = connection.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, named, answer.read())
    finally:
        connection.close()


def test_a_body_up_to_the_limit_is_taken(world: World) -> None:
    body = b'{"url": "https://acme.test", "more": "' + b"x" * 200_000 + b'"}'
    assert world.client.call("POST", "/links", raw=body).status == 200


@pytest.mark.parametrize(
    "lines",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /links HTTP/9.9\r\nHost: x\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
        b"POST /links HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /links HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"GET /links HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",
        b"GET /links HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_lines_that_are_hardly_http(world: World, lines: bytes) -> None:
    with socket.create_connection(("127.0.0.1", world.server.port), timeout=10) as connection:
        connection.sendall(lines)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(10)
        answer = connection.recv(4096)
    assert not answer.startswith(b"HTTP/1.1 5"), answer


def test_the_bodies_above_cover_every_endpoint() -> None:
    assert {route[1] for route in WITH_BODY} == set(GOOD)
    assert all(route in ROUTES for route in WITH_BODY)
