"""The calls of a backend with the secret key. Each can be made from a thread or awaited."""

import asyncio
import json
import re
import ssl
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import quote

from headwater.client.errors import HeadwaterError, SetupError
from headwater.client.wire import Reply, Wire
from headwater.client.world import new_event, spread, ticks_ms

Json = dict[str, Any]
Self_ = TypeVar("Self_")
Result = TypeVar("Result")
Given = ParamSpec("Given")

_KEY = re.compile(r"[!-~]+")
PATIENCE_S = 5.0
AGAIN_S = 0.2


def in_thread(
    call: Callable[Concatenate[Self_, Given], Result],
) -> Callable[Concatenate[Self_, Given], Coroutine[Any, Any, Result]]:
    """The same call for code that must not wait in its own thread."""

    async def awaited(self: Self_, /, *args: Given.args, **kwargs: Given.kwargs) -> Result:
        return await asyncio.to_thread(call, self, *args, **kwargs)

    return wraps(call)(awaited)


class Calls:
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

    def signup(
        self,
        customer_external_id: str,
        *,
        customer_name: str | None = None,
        customer_email: str | None = None,
        customer_avatar: str | None = None,
        visitor_id: str | None = None,
        click_id: str | None = None,
        touches: Sequence[Mapping[str, Any]] | None = None,
        landing: Mapping[str, Any] | None = None,
        referral: str | None = None,
        consent: Mapping[str, str] | None = None,
        event_name: str | None = None,
        new_customer: bool | None = None,
        metadata: Mapping[str, Any] | None = None,
        timeout_s: float | None = None,
        keyed: bool = True,
    ) -> Json:
        """All touches of a visitor become the customer's.

        `visitor_id` is the cookie's whole value, `landing` the touch of the address that signs up.
        `signup` of the answer names the providers this call associated first: once for ever. Not
        `keyed`, the server need not remember the answer: a repeat may not show `signup` again.
        """
        fields = {name: value for name, value in locals().items() if name != "keyed"}
        return self._tracked("/track/signup", fields, keyed=keyed)

    def lead(
        self,
        customer_external_id: str,
        event_name: str,
        *,
        click_id: str | None = None,
        customer_name: str | None = None,
        customer_email: str | None = None,
        customer_avatar: str | None = None,
        mode: str | None = None,
        event_quantity: int | None = None,
        metadata: Mapping[str, Any] | None = None,
        timeout_s: float | None = None,
    ) -> Json:
        fields = dict(locals())
        return self._tracked("/track/lead", fields)

    def sale(
        self,
        customer_external_id: str,
        amount: int,
        *,
        currency: str | None = None,
        event_name: str | None = None,
        payment_processor: str | None = None,
        invoice_id: str | None = None,
        lead_event_name: str | None = None,
        click_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        timeout_s: float | None = None,
    ) -> Json:
        """`amount` in minor units of `currency`. With an `invoice_id` it counts once for ever."""
        fields = dict(locals())
        return self._tracked("/track/sale", fields)

    def refund(
        self,
        sale: str,
        amount: int,
        key: str,
        *,
        reason: str | None = None,
        timeout_s: float | None = None,
    ) -> Json:
        """`sale` is its id, or `ext_<invoice id>`. One `key` is one refund of that sale."""
        fields = {"amount": amount, "key": key, "reason": reason, "timeout_s": timeout_s}
        return self._tracked(f"/sales/{quote(sale, safe='')}/refunds", fields)

    def checkout(
        self,
        checkout_id: str,
        *,
        customer_external_id: str | None = None,
        visitor_id: str | None = None,
        attribution: Mapping[str, Any] | None = None,
        timeout_s: float | None = None,
    ) -> Json:
        """Keep what a checkout says of its origin; the same id again gives the first result."""
        fields = dict(locals())
        return self._tracked("/checkout/attribution", fields)

    def attributions(self, customer_id: str) -> list[Json]:
        path = f"/customers/{quote(customer_id, safe='')}/attributions"
        found: list[Json] = self._asked("GET", path, None, self._timeout_s)
        return found

    signup_async = in_thread(signup)
    lead_async = in_thread(lead)
    sale_async = in_thread(sale)
    refund_async = in_thread(refund)
    checkout_async = in_thread(checkout)
    attributions_async = in_thread(attributions)

    def _tracked(self, path: str, fields: Json, *, keyed: bool = True) -> Json:
        patience_s = fields.pop("timeout_s") or self._timeout_s
        answer: Json = self._asked("POST", path, body_of(fields), patience_s, keyed=keyed)
        return answer

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
    except ValueError:
        given = None
    if 200 <= reply.status < 300 and given is not None:
        return given
    error = given.get("error") if isinstance(given, Mapping) else None
    if not isinstance(error, Mapping):
        raise HeadwaterError(
            "bad_answer",
            f"The server answered {reply.status} without saying why. Is this Headwater?",
            status=reply.status,
        )
    raise HeadwaterError(
        str(error.get("code", "bad_answer")),
        str(error.get("message", "")),
        status=reply.status,
        field=error.get("field"),
    )
