"""Reading Stripe's objects in whichever version they come: fields that moved are looked for where
they were and where they are. The tests pin the version; neighbours differ in place, not in sense.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from headwater.kit.clock import SECOND_US
from headwater.kit.money import AMOUNT_MAX

API_VERSION = (
    "2026-10-28.endive"  # what the tests are built with; others are read as well as can be
)
_NUMBER_MAX = 10**15
Object = Mapping[str, Any]


class Unreadable(Exception):  # noqa: N818 - a state of an event, not a fault of ours
    """The object lacks what its kind always has; the message names the field."""


def dig(of: Any, *path: str | int) -> Any:
    """What stands there, or None where the way ends early."""
    for step in path:
        if isinstance(step, int):
            of = of[step] if isinstance(of, list) and len(of) > step else None
        else:
            of = of.get(step) if isinstance(of, Mapping) else None
    return of


def text(of: Any, *path: str | int) -> str | None:
    """None where there is none, or an empty one."""
    found = dig(of, *path)
    return clean(found) if isinstance(found, str) else None


def clean(said: str) -> str | None:
    """Trimmed, without what cannot be stored; None where nothing is left."""
    return said.replace("\x00", "").encode(errors="replace").decode().strip() or None


def number(of: Any, *path: str | int) -> int | None:
    """None where there is none, or none that money or time could be."""
    found = dig(of, *path)
    if isinstance(found, bool) or not isinstance(found, int):
        return None
    return found if abs(found) <= _NUMBER_MAX else None


def ref(of: Any, *path: str | int) -> str | None:
    """The id of another object, which may stand there whole."""
    found = dig(of, *path)
    return text(found, "id") if isinstance(found, Mapping) else text(of, *path)


def items(of: Any, *path: str | int) -> Iterator[Any]:
    """Of a list, or of Stripe's pages of one."""
    found = dig(of, *path)
    found = found.get("data") if isinstance(found, Mapping) else found
    yield from found if isinstance(found, list) else ()


def moment(of: Any, *path: str | int) -> int | None:
    """In microseconds; None where it is not told."""
    found = number(of, *path)
    return None if found is None or not 0 <= found <= 10**11 else found * SECOND_US


def strings(of: Any, *path: str | int) -> dict[str, str]:
    """Metadata: what is no text in it is left out."""
    found = dig(of, *path)
    pairs = found.items() if isinstance(found, Mapping) else ()
    cleaned = [(clean(name), clean(value)) for name, value in pairs if isinstance(value, str)]
    return {name: value for name, value in cleaned if name is not None and value is not None}


def needed(found: Any, field: str) -> Any:
    if found is None:
        raise Unreadable(field)
    return found


def amount(of: Any, field: str) -> int:
    """One that every object of this kind has, of the size money has here."""
    found: int = needed(number(of, field), field)
    if abs(found) > AMOUNT_MAX:
        raise Unreadable(field)
    return found


def currency(of: Any) -> str:
    found = needed(text(of, "currency"), "currency").lower()
    if not (len(found) == 3 and found.isascii() and found.isalpha()):
        raise Unreadable("currency")
    return str(found)
