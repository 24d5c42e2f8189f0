"""Which requests are the browser tag's: they are answered on every host, also where links live,
because the host of a merchant's links is their own (docs/reference/tag.md).
"""

import re

_FILE = re.compile(r"/t(?:\.js|/(?:sri\.json|stub\.js|[0-9a-f]{20}\.js|[a-z-]+-[0-9a-f]{8}\.js))")


def is_file(path: str) -> bool:
    """Served as it was built; nothing is counted or limited."""
    return _FILE.fullmatch(path) is not None


def of_tag(method: str, path: str) -> bool:
    """A link called `t` stays one: only what is sent there is for the tag."""
    if path == "/t":
        return method in {"POST", "OPTIONS"}
    return method in {"GET", "OPTIONS"} and (path == "/t/config" or is_file(path))
