"""Values handed to a statement in a form of their own."""

from collections.abc import Iterable

import msgspec


def one_column(values: Iterable[str]) -> str:
    """`:rows` for `tx.each`: a row per value."""
    return msgspec.json.encode([[value] for value in values]).decode()


def like_pattern(text: str) -> str:
    """For `like … escape '~'`: the text anywhere, its own wildcards taken literally."""
    escaped = text.replace("~", "~~").replace("%", "~%").replace("_", "~_")
    return f"%{escaped}%"
