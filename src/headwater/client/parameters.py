"""The parameters of an address that must survive a redirect."""

from collections.abc import Collection, Iterator
from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

from headwater import landing
from headwater.client.settings import Settings

KEPT_MAX = 2000
_SAFE = "%+!$'()*,-./:;=?@_~"


def kept(query: str, settings: Settings, also: Collection[str] = ()) -> str:
    """The part of a query that says where somebody comes from, as it was written, and `also`."""
    pairs: list[str] = []
    length = 0
    for name, pair in _pairs(query):
        known = name == settings.click_param or name in also
        if not known and landing.table().row(name, settings.partner_params) is None:
            continue
        length += len(pair) + 1
        if length <= KEPT_MAX:
            pairs.append(pair)
    return "&".join(pairs)


def keep_parameters(url: str, query: str, settings: Settings, also: Collection[str] = ()) -> str:
    """The address with what `query` says of its visitor; what it has already stays (T-94)."""
    parts = urlsplit(url)
    present = {name for name, _ in _pairs(parts.query)}
    added = [pair for name, pair in _pairs(kept(query, settings, also)) if name not in present]
    return urlunsplit(parts._replace(query="&".join([*filter(None, [parts.query]), *added])))


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    for pair in query.removeprefix("?").split("&"):
        name = unquote_plus(pair.partition("=")[0])
        if name:
            yield name, quote(pair, safe=_SAFE)
