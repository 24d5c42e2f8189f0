"""Questions about metadata: `metadata['plan']:'pro' AND metadata['seats']>=5`."""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from headwater.kit.problems import invalid

Predicate = Callable[[str | None], bool]  # of metadata as JSON text

_PART = re.compile(
    r"""\s* metadata \[ (?P<q>['"]) (?P<key>[\w.]+) (?P=q) \] \s*
    (?P<operator> >= | <= | != | : | = | > | < ) \s*
    (?: '(?P<single>[^']*)' | "(?P<double>[^"]*)" | (?P<bare>[^\s'"()]+) ) \s*""",
    re.VERBOSE | re.ASCII,
)
_JOINT = re.compile(r"(AND|OR)\b", re.IGNORECASE)
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    ">": lambda found, asked: found > asked,
    "<": lambda found, asked: found < asked,
    ">=": lambda found, asked: found >= asked,
    "<=": lambda found, asked: found <= asked,
}
_HELP = (
    "query compares values of metadata, as in metadata['plan']:'pro' AND metadata['seats']>=5."
    " Keys are letters, digits, _ and .; the operators : = != > < >= <=; parts are joined with AND"
    " or OR, without brackets."
)


def predicate(query: str) -> Predicate:
    """`AND` binds more than `OR`. Equality is that of texts, ranges are those of numbers. Refuses
    what it does not understand: a part that was passed over would choose too much.
    """
    either: list[list[tuple[str, str, str]]] = [[]]
    at = 0
    while True:
        part = _PART.match(query, at)
        if part is None:
            raise invalid("query", _HELP)
        either[-1].append(_parsed(part))
        at = part.end()
        if at == len(query):
            return lambda text: _holds(text, either)
        joint = _JOINT.match(query, at)
        if joint is None:
            raise invalid("query", _HELP)
        at = joint.end()
        if joint[1].upper() == "OR":
            either.append([])


def _parsed(part: re.Match[str]) -> tuple[str, str, str]:
    value = next(text for text in part.group("single", "double", "bare") if text is not None)
    if part["operator"] in _COMPARED and _number(value) is None:
        message = f"{part['operator']} compares numbers, and {value!r} is none."
        raise invalid("query", message)
    return part["key"], part["operator"], value


def _holds(text: str | None, either: list[list[tuple[str, str, str]]]) -> bool:
    known = msgspec.json.decode(text) if text else {}
    return any(all(_true(known.get(key), *rest) for key, *rest in parts) for parts in either)


def _true(found: Any, operator: str, asked: str) -> bool:
    """What is not there is unequal to everything, and in no range."""
    if operator in _COMPARED:
        number, limit = _number(found), _number(asked)
        return number is not None and limit is not None and _COMPARED[operator](number, limit)
    return (_text(found) == asked) != (operator == "!=")


def _text(found: Any) -> str | None:
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found) if isinstance(found, str | int | float) else None


def _number(found: Any) -> float | None:
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return None
    try:
        return float(found)
    except (ValueError, OverflowError):
        return None
