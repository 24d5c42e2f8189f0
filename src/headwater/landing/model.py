from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

OWN = "headwater"  # the provider of what we issue ourselves
DAY_MS = 86_400_000


class Kind(StrEnum):
    """What a parameter is evidence of."""

    CLICK = "click"
    PARTNER = "partner"
    REFERRAL = "referral"
    COUPON = "coupon"
    UTM = "utm"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: Kind
    provider: str
    days: int
    fold: bool
    optional: bool
    affiliate: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What one address carries. `parameters` has every network's id by its canonical name, as a
    touch holds them; `ids` the one that names each provider.
    """

    click_id: str | None = None
    partner: str | None = None
    coupon: str | None = None
    referral: str | None = None
    utm: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    too_long: Mapping[str, int] = field(default_factory=dict)  # parameter: length, never the value

    def __bool__(self) -> bool:
        return bool(self.touch())

    def touch(self) -> dict[str, object]:
        """The fields of a touch, as `POST /t` takes them, that this address fills."""
        filled = {
            "clickId": self.click_id,
            "partner": self.partner,
            "coupon": self.coupon,
            "referral": self.referral,
            "utm": dict(self.utm),
            "ids": dict(self.parameters),
        }
        return {name: value for name, value in filled.items() if value}
