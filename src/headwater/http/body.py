"""Bodies as they were sent: a text is no number, so `"29.00"` never becomes 29 cents."""

from contextlib import suppress
from typing import Any, TypeVar

import msgspec
from litestar import Request

T = TypeVar("T")
MISREAD = "headwater.misread"
_EXACT = 2**53  # whole numbers up to here are the same with and without a decimal point


class StrictRequest(Request[Any, Any, Any]):
    """Reads a JSON body straight into the form its handler declares. One that has another form is
    left in the scope, as what it says may tell whose call it was.
    """

    async def json(self) -> Any:
        form = self.route_handler.parsed_data_field
        assert form is not None
        body = await self.body()
        try:
            return decoded(body, form.annotation)
        except msgspec.ValidationError:
            with suppress(msgspec.DecodeError, RecursionError):
                self.scope[MISREAD] = msgspec.json.decode(body)  # type: ignore[literal-required]
            raise


def decoded(body: bytes, form: type[T]) -> T:
    """Refuses every wrong type but one: `2900.0`, as some languages write whole numbers."""
    try:
        return msgspec.json.decode(body, type=form)
    except msgspec.ValidationError:
        return msgspec.convert(_whole(msgspec.json.decode(body)), type=form)


def _whole(body: Any) -> Any:
    """Also in lists and in objects within; metadata is the caller's own."""
    if isinstance(body, list):
        return [_whole(item) for item in body]
    if isinstance(body, dict):
        return {
            name: value if name == "metadata" else _whole(value) for name, value in body.items()
        }
    return int(body) if _is_whole(body) else body


def _is_whole(value: Any) -> bool:
    return isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT
