from dataclasses import dataclass

from headwater.kit.value import Value


class Rate(Value, frozen=True, kw_only=True):
    """`rate` is the decimal text as given, so that no digit is lost."""

    id: str
    currency: str
    day: str
    rate: str
    source: str
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RateDraft:
    currency: str
    day: str
    rate: str
    source: str
