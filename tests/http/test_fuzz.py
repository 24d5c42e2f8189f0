"""Generated requests for every operation of /openapi.json: no server error, one envelope.

The long form is `make fuzz`.
"""

import os
from typing import Any

import pytest
import schemathesis
import schemathesis.specs.openapi.schemas  # now, not deep within a test: see CPython issue 106905
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from tests.http.test_bad_input import refused
from tests.http.world import World
from tests.support import Answer

TOO_LONG = 414  # an address of 64 KB is answered by the HTTP server, which knows no envelope
# Takes any text in its path, and a body whose form its sender owns: nothing described can be wrong.
NEVER_WRONG = {"/billing/stripe/{endpoint_id}"}
BOUNDED = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "6")),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def world(battered: World) -> World:
    return battered


def operations(world: World) -> list[Any]:
    schema = schemathesis.openapi.from_url(f"{world.server.url}/openapi.json")
    return [found.ok() for found in schema.get_all_operations()]


def attack(world: World, operation: Any, mode: GenerationMode) -> None:
    key = world.page.key if operation.path.endswith("/client") else world.client.key
    headers = {"Authorization": f"Bearer {key}"}

    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode))
    def requests(case: Any) -> None:
        response = case.call(headers=headers, timeout=20)
        named = {name.lower(): values[0] for name, values in response.headers.items()}
        answer = Answer(response.status_code, named, response.content)
        assert answer.status < 500, (case.method, case.formatted_path, case.body, answer.body)
        if answer.status == TOO_LONG:
            assert answer.body == b""
        elif answer.status >= 400:
            refused(answer)

    requests()


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_generated_request_breaks_the_server(world: World, mode: GenerationMode) -> None:
    found = operations(world)
    assert len(found) > 30
    for operation in found:
        if mode is GenerationMode.NEGATIVE and operation.path in NEVER_WRONG:
            continue
        attack(world, operation, mode)
    assert world.client.call("GET", "/readyz").status == 200


def test_the_description_of_the_api_is_valid(world: World) -> None:
    schema = schemathesis.openapi.from_url(f"{world.server.url}/openapi.json")
    schema.validate()
