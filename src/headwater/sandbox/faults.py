"""What the stand-in does instead of answering as the network would (N-17)."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

SLOW_S = 5.0
NORMAL = "normal"
SLOW, HANG, DROP, ACCEPT_THEN_DROP = "slow", "hang", "drop", "accept_then_drop"
CANNED = ("status_error", "empty", "html", "truncated", "redirect")
ACTION, REFUSE = "action", "refuse"
LIMITED, LIMITED_S = "429", 60
_STATUSES = range(400, 600)


@dataclass(slots=True)
class Fault:
    """What happens instead, `count` times, None: until it is taken away; to one order alone, if it
    is named. `seconds`: what a slow answer takes.
    """

    mode: str
    count: int | None = 1
    order_id: str = ""
    seconds: float = SLOW_S


def is_mode(mode: str) -> bool:
    if mode.isascii() and mode.isdecimal():
        return int(mode) in _STATUSES
    return mode in (NORMAL, SLOW, HANG, DROP, ACCEPT_THEN_DROP, ACTION, *CANNED)


def next_fault(faults: list[Fault], order_id: str) -> Fault | None:
    """The first that is about this order, which is then one fewer."""
    for fault in faults:
        if fault.order_id in ("", order_id):
            if fault.count is not None:
                fault.count -= 1
            faults[:] = [each for each in faults if each.count is None or each.count > 0]
            return fault
    return None


def told(faults: Sequence[Fault]) -> list[str]:
    """In words."""
    said = []
    for each in faults:
        often = "until it is changed"
        if each.count is not None:
            often = "once more" if each.count == 1 else f"{each.count} more times"
        slow = f" by {each.seconds:g} s" if each.mode == SLOW else ""
        only = f", for order {each.order_id} alone" if each.order_id else ""
        said.append(f"{each.mode}{slow}, {often}{only}")
    return said


def canned(mode: str) -> web.Response | None:
    """Answers that say nothing, or something odd; None for any other word."""
    match mode:
        case "status_error":
            return web.json_response({"Status": "ERROR", "Message": "It could not be used."})
        case "empty":
            return web.Response(status=200)
        case "html":
            return web.Response(text="<html>down</html>", content_type="text/html")
        case "truncated":
            return web.Response(text='{"Status":"QUE', content_type="application/json")
        case "redirect":
            return web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"})
    return None


def dropped(request: web.Request) -> web.StreamResponse:
    """The line goes dead under the caller."""
    if request.transport is not None:
        request.transport.close()
    return web.Response(status=200)
