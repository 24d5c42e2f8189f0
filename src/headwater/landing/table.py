"""The table of `parameters.toml`, and how an address is read by it."""

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote_plus, urlsplit, urlunsplit

from headwater.landing.model import OWN, Found, Kind, Parameter
from headwater.landing.values import LONGEST, cleaned

_URL_LONGEST = 2048
_PAIRS_MAX = 200  # of one address: strangers write them, and every one takes time
_DAYS_OF_OTHERS = 60  # for a partner parameter that only a workspace knows


class Table:
    """Which parameter says what. `enabled` are the optional names a workspace wants to be read."""

    def __init__(self, rows: Iterable[Parameter], shape: Mapping[str, Any]) -> None:
        self.rows = tuple(rows)
        self.defaults = tuple(shape["defaults"])
        self._never = {name.lower() for name in shape["never"]}
        self._secret = tuple(shape["secret"])
        self._exact = {row.name: row for row in self.rows if not row.fold}
        self._folded = {row.name.lower(): row for row in self.rows if row.fold}
        self._order = {row.name: place for place, row in enumerate(self.rows)}

    def row(self, name: str, enabled: Collection[str] | None = None) -> Parameter | None:
        """None for what is not read: unknown, not enabled, or never kept."""
        enabled = self.defaults if enabled is None else enabled
        found = self._exact.get(name) or self._folded.get(name.lower())
        if found is not None:
            return found if not found.optional or name in enabled else None
        if name in enabled and self.may_be_enabled(name):
            return Parameter(
                name, Kind.PARTNER, OWN, _DAYS_OF_OTHERS, fold=False, optional=True, affiliate=False
            )
        return None

    def click(self, name: str) -> Parameter | None:
        """The row of a network's click id, by its canonical name; whoever sends it has read it."""
        found = self._exact.get(name) or self._folded.get(name.lower())
        return found if found is not None and found.kind is Kind.CLICK else None

    def clicks_of(self, provider: str) -> list[str]:
        """Names a network gives its click ids, the one that names it first; none of our own."""
        return [
            row.name
            for row in self.rows
            if row.kind is Kind.CLICK and row.provider == provider != OWN
        ]

    def providers(self) -> list[str]:
        """Networks whose click ids are read, by name."""
        named = {row.provider for row in self.rows if row.kind is Kind.CLICK}
        return sorted(named - {OWN})

    def days(self, kind: Kind) -> int:
        """How long what is ours of this kind counts."""
        return max(row.days for row in self.rows if row.kind is kind and row.provider == OWN)

    def may_be_enabled(self, name: str) -> bool:
        """Names of e-mail tools' recipients (D-14) and of secrets cannot be asked for."""
        if name in self._exact:
            return True
        lowered = name.lower()
        return lowered not in self._never and not any(word in lowered for word in self._secret)

    def read(
        self, query: str, click_param: str = "", enabled: Collection[str] | None = None
    ) -> Found:
        """Of a name that comes twice the first counts, an empty value is none (T-28), and one that
        is too long is left out whole (A-6).
        """
        own: str | None = None
        values: dict[str, tuple[Parameter, str]] = {}
        too_long: dict[str, int] = {}
        seen: set[str] = set()
        looked_at = "&".join(_pairs(query.removeprefix("?")))
        for name, raw in parse_qsl(looked_at, keep_blank_values=True):
            row = None if name == click_param else self.row(name, enabled)
            known = click_param if name == click_param else row and row.name
            if not known or known in seen:
                continue
            seen.add(known)
            value = cleaned(raw)
            if len(value) > LONGEST:
                too_long[known] = len(value)
            elif value and row is None:
                own = value
            elif value and row is not None:
                values[known] = (row, value)
        return self._found(own, values, too_long)

    def _found(
        self,
        own: str | None,
        values: Mapping[str, tuple[Parameter, str]],
        too_long: Mapping[str, int],
    ) -> Found:
        kinds: dict[Kind, dict[str, str]] = {kind: {} for kind in Kind}
        for name in sorted(values, key=lambda name: self._order.get(name, len(self._order))):
            row, value = values[name]
            kinds[row.kind][name] = value
        codes = [next(iter(kinds[kind].values()), None) for kind in _SINGLE]
        return Found(
            click_id=own,
            partner=codes[0],
            coupon=codes[1],
            referral=codes[2],
            utm={name.removeprefix("utm_"): value for name, value in kinds[Kind.UTM].items()},
            parameters=kinds[Kind.CLICK],
            ids=self.by_provider(kinds[Kind.CLICK]),
            too_long=too_long,
        )

    def by_provider(self, parameters: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """Which id names each provider: of several, the one that stands first in the table."""
        known = [row for row in self.rows if row.kind is Kind.CLICK and row.name in parameters]
        ids: dict[str, dict[str, str]] = {}
        for row in known:
            value = {"parameter": row.name, "value": parameters[row.name]}
            ids.setdefault(row.provider, value)
        return ids

    def clean(self, url: str, click_param: str = "", enabled: Collection[str] | None = None) -> str:
        """The address with nothing in it but what the table names (T-121): no fragment, no user, no
        other parameter. Empty for what is no address of the web.
        """
        parts = _split(cleaned(url))
        if parts is None:
            return ""
        kept = "&".join(self._kept(parts.query, click_param, enabled))
        host = parts.netloc.rpartition("@")[2]
        for query, path in ((kept, parts.path), ("", parts.path), ("", "/")):
            whole = urlunsplit((parts.scheme, host, path or "/", query, ""))
            if len(whole) <= _URL_LONGEST:
                return whole
        return ""

    def _kept(self, query: str, click_param: str, enabled: Collection[str] | None) -> Iterator[str]:
        for pair in _pairs(query):
            name, _, raw = pair.partition("=")
            name = unquote_plus(name)
            wanted = name == click_param or self.row(name, enabled) is not None
            if wanted and name and len(cleaned(unquote_plus(raw))) <= LONGEST:
                yield pair

    def compact(self, enabled: Collection[str] | None = None) -> list[list[str | int]]:
        """For the page: `[name, kind, provider, days]`, with 1 behind it where case is folded."""
        names = [row.name for row in self.rows]
        others = [name for name in (enabled or ()) if name not in names]
        rows = [self.row(name, enabled) for name in [*names, *others]]
        return [
            [row.name, row.kind.value, row.provider, row.days, *([1] if row.fold else [])]
            for row in rows
            if row is not None
        ]


_SINGLE = (Kind.PARTNER, Kind.COUPON, Kind.REFERRAL)


def _pairs(query: str) -> list[str]:
    return query.split("&", _PAIRS_MAX)[:_PAIRS_MAX]


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} and parts.hostname else None


@cache
def table() -> Table:
    """The shipped one."""
    text = (resources.files("headwater.landing") / "parameters.toml").read_text(encoding="utf-8")
    shape = tomllib.loads(text)
    return Table(_rows(shape["provider"]), shape)


def _rows(blocks: Iterable[Mapping[str, Any]]) -> Iterator[Parameter]:
    for block in blocks:
        for kind in Kind:
            for name in block.get(kind.value, ()):
                yield Parameter(
                    name=name,
                    kind=kind,
                    provider=block["name"],
                    days=block["days"],
                    fold=name in block.get("fold", ()),
                    optional=name in block.get("optional", ()),
                    affiliate=block.get("affiliate", False),
                )
