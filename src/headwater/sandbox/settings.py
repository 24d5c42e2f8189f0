"""Setting an account otherwise while the stand-in runs."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import msgspec

from headwater.sandbox.account import AT_ONCE_S, SLOW_S, Account

PROFILES = {"normal": AT_ONCE_S, "slow": SLOW_S}
# Whoever reports is known by these.
_FIXED = frozenset({"sid", "token"})
_LARGE = re.compile(r"(?<=[a-z0-9])[A-Z]")


class Unusable(ValueError):  # noqa: N818 - said to whoever asked
    pass


def changed(account: Account, said: Mapping[str, Any]) -> None:
    """Names as in `shown`, or `profile`: `slow` takes five minutes for each submission (N-5)."""
    wanted = {_LARGE.sub(lambda one: f"_{one[0].lower()}", name): said[name] for name in said}
    if "profile" in wanted:
        profile = wanted.pop("profile")
        if profile not in PROFILES:
            raise Unusable(f"profile is one of {', '.join(PROFILES)}.")
        wanted["processing_s"] = PROFILES[profile]
    known = {name: value for name, value in asdict(account).items() if name not in _FIXED}
    for name in wanted:
        if name not in known:
            raise Unusable(
                f"There is no setting called {name!r}. It has {', '.join(map(_camel, known))}."
            )
    try:
        made = msgspec.convert(known | wanted, Account, str_keys=True, strict=True)
    except msgspec.ValidationError as error:
        raise Unusable(f"{_camel(str(error))}.") from None
    for name in wanted:
        setattr(account, name, getattr(made, name))


def shown(account: Account) -> dict[str, Any]:
    """Under the names that `changed` takes."""
    told = {name: value for name, value in asdict(account).items() if name != "token"}
    plain = msgspec.to_builtins(told, str_keys=True)
    return {_camel(name): value for name, value in plain.items()}


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)
