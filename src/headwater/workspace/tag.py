"""What the tag on a site is told: which parameters it reads, what it asks consent for, and which
providers it loads.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from headwater.db import Read, Write
from headwater.kit.problems import Problem, invalid
from headwater.kit.sites import is_local
from headwater.landing import table
from headwater.workspace import sql
from headwater.workspace.hostnames import checked_hostnames

# Where visitors come back from after paying; that makes nobody a new visitor (T-99).
PAYMENT_PAGES = (
    "checkout.stripe.com", "hooks.stripe.com", "paypal.com", "pay.google.com", "klarna.com",
    "checkout.paddle.com", "lemonsqueezy.com", "cardinalcommerce.com", "3dsecure.io", "arcot.com",
)  # fmt: skip
NAMES_MAX, PARAMS_MAX, TEXT_MAX = 50, 20, 2000
_PARAM = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")
_PROVIDERS: Mapping[str, frozenset[str]] = {
    "impact": frozenset({"scriptUrl"}),
    "gtm": frozenset({"containerId", "measurementId", "scriptUrl"}),
    "mixpanel": frozenset({"token", "scriptUrl", "apiHost", "disabledEvents"}),
    "posthog": frozenset({"key", "scriptUrl", "apiHost"}),
}
_ADDRESSES = {"scriptUrl", "apiHost"}


class TagSettings(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`ignore_referrers` come beside PAYMENT_PAGES."""

    consent_default: Literal["granted", "denied", "unknown"] = "granted"
    partner_params: tuple[str, ...] = table().defaults
    outbound: tuple[str, ...] = ()
    providers: dict[str, dict[str, Any]] = {}
    ignore_referrers: tuple[str, ...] = ()
    referrals: bool = False

    @property
    def ignored(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*PAYMENT_PAGES, *self.ignore_referrers)))


_decode = msgspec.json.Decoder(TagSettings).decode


def tag_settings(tx: Read, workspace_id: str) -> TagSettings:
    return _decode(sql.tag_of(tx, workspace_id))


def change_tag(tx: Write, workspace_id: str, changes: Mapping[str, Any]) -> TagSettings:
    """What `changes` names is replaced, the rest stays; refuses what no page could use."""
    before = tag_settings(tx, workspace_id)
    after = msgspec.structs.replace(
        before, **{name: _checked(name, changes[name]) for name in changes}
    )
    sql.set_tag(tx, workspace_id, msgspec.json.encode(after).decode())
    return after


def _checked(name: str, value: Any) -> Any:
    match name:
        case "partner_params":
            return _params(value)
        case "outbound" | "ignore_referrers":
            return _hosts(name, value)
        case "providers":
            return {each: _provider(each, said) for each, said in value.items()}
        case _:
            return value


def _params(names: list[str]) -> tuple[str, ...]:
    for name in names:
        if not _PARAM.fullmatch(name):
            message = f"{name!r} is no name of a parameter. Write one such as via."
            raise invalid("tag.partnerParams", message)
        if not table().may_be_enabled(name):
            message = f"{name!r} carries a secret or names who got an e-mail. Choose another."
            raise invalid("tag.partnerParams", message)
    if len(names) > PARAMS_MAX:
        raise invalid("tag.partnerParams", f"{PARAMS_MAX} parameters are read at most.")
    return tuple(dict.fromkeys(names))


def _hosts(name: str, hosts: list[str]) -> tuple[str, ...]:
    field = "tag.outbound" if name == "outbound" else "tag.ignoreReferrers"
    try:
        found = [each for host in hosts for each in checked_hostnames([host])]
    except Problem as problem:
        raise invalid(field, problem.message) from None
    if len(found) > NAMES_MAX:
        raise invalid(field, f"{NAMES_MAX} host names are taken at most.")
    return tuple(dict.fromkeys(found))


def _provider(name: str, said: dict[str, Any]) -> dict[str, Any]:
    field = f"tag.providers.{name}"
    known = _PROVIDERS.get(name)
    if known is None:
        message = f"There is no provider {name!r}. Known are {', '.join(sorted(_PROVIDERS))}."
        raise invalid("tag.providers", message)
    unknown = sorted(said.keys() - known)
    if unknown:
        message = f"{name} takes {', '.join(sorted(known))}, and no {unknown[0]!r}."
        raise invalid(field, message)
    for key, value in said.items():
        _check_value(f"{field}.{key}", key, value)
    return said


def _check_value(field: str, key: str, value: Any) -> None:
    texts = value if key == "disabledEvents" else [value]
    if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
        raise invalid(field, f"{key} is text, disabledEvents a list of texts.")
    if len(texts) > NAMES_MAX or any(not 0 < len(each) <= TEXT_MAX for each in texts):
        raise invalid(field, f"{key} is empty or too long.")
    if key in _ADDRESSES and not _is_safe(value):
        raise invalid(field, f"{key} must be an address that begins with https://.")


def _is_safe(url: str) -> bool:
    """What pages load must not be changed on its way; on one machine nobody stands in it."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    local = parts.scheme == "http" and (is_local(host) or host == "127.0.0.1")
    return bool(host) and (parts.scheme == "https" or local)
