"""The calls of a backend with the secret key. Each can be made from a thread or awaited."""

import json
import re
import ssl
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from headwater.client.errors import HeadwaterError, SetupError
from headwater.client.facts import Facts, Json, in_thread
from headwater.client.wire import Reply, Wire
from headwater.client.world import new_event, spread, ticks_ms

_KEY = re.compile(r"[!-~]+")
PATIENCE_S = 5.0
AGAIN_S = 0.2


class Calls(Facts):
    """Answers are those of the HTTP API, as they came. What fails raises HeadwaterError.

    A call that got no answer, or one that says "later", is made once more while there is time,
    under the same Idempotency-Key, so it never counts twice. `timeout_s` is for both together.
    """

    def __init__(
        self,
        url: str,
        secret_key: str,
        *,
        timeout_s: float = PATIENCE_S,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if not _KEY.fullmatch(secret_key):
            raise SetupError(
                "The client needs the workspace's secret key, as secret_key: without spaces or the"
                " end of a line."
            )
        self.wire = Wire(url, tls)
        self.secret_key = secret_key
        self._timeout_s = timeout_s

    def attributions(self, customer_id: str) -> list[Json]:
        path = f"/customers/{quote(customer_id, safe='')}/attributions"
        found: list[Json] = self._asked("GET", path, None, self._timeout_s)
        return found

    attributions_async = in_thread(attributions)

    def _tracked(self, path: str, fields: Json, *, keyed: bool = True) -> Json:
        patience_s = fields.pop("timeout_s") or self._timeout_s
        return an_object(self._asked("POST", path, body_of(fields), patience_s, keyed=keyed))

    def _asked(
        self, method: str, path: str, body: Json | None, timeout_s: float, *, keyed: bool = False
    ) -> Any:
        headers = {"Authorization": f"Bearer {self.secret_key}", "Accept": "application/json"}
        data = None
        deadline = ticks_ms() + round(timeout_s * 1000)
        if body is not None:
            data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
            headers["Content-Type"] = "application/json"
        if keyed:
            headers["Idempotency-Key"] = new_event()
        try:
            return understood(
                self.wire.send(method, path, headers=headers, body=data, timeout_s=timeout_s)
            )
        except HeadwaterError as error:
            pause_s = spread(AGAIN_S)
            left_s = (deadline - ticks_ms()) / 1000 - pause_s
            if error.status not in _LATER or left_s <= 0:
                raise
        time.sleep(pause_s)
        return understood(
            self.wire.send(method, path, headers=headers, body=data, timeout_s=left_s)
        )


_LATER = {0, 429, 502, 503, 504}


def body_of(fields: Mapping[str, Any]) -> Json:
    """Arguments as the API writes them: camel case, and nothing for None."""
    return {
        _camel(name): value
        for name, value in fields.items()
        if value is not None and name != "self"
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def understood(reply: Reply) -> Any:
    """The JSON of a 2xx; anything else is raised with what the server said."""
    try:
        given = json.loads(reply.body) if reply.body else None
    except (ValueError, RecursionError):
        given = None
    if 200 <= reply.status < 300 and given is not None:
        return given
    error = given.get("error") if isinstance(given, Mapping) else None
    if not isinstance(error, Mapping):
        raise _bad_answer(reply.status)
    raise HeadwaterError(
        str(error.get("code", "bad_answer")),
        str(error.get("message", "")),
        status=reply.status,
        field=error.get("field"),
    )


def an_object(given: Any) -> Json:
    """Something in the server's place may answer 200 with anything."""
    if not isinstance(given, dict):
        raise _bad_answer(200)
    return given


def _bad_answer(status: int) -> HeadwaterError:
    return HeadwaterError(
        "bad_answer",
        f"The server answered {status} without saying why. Is this Headwater?",
        status=status,
    )
