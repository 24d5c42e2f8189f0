"""What an account at the stand-in of impact.com is set to."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import Meta

DAY_S = 86_400
AT_ONCE_S, SLOW_S = 4.0, 300.0
Kind = Literal["Conversion", "Modification", "Reversal"]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Size = Annotated[int, Meta(ge=1, le=1_000_000)]
Seconds = Annotated[float, Meta(ge=0, le=1e9)]
Percent = Annotated[int, Meta(ge=0, le=100)]


@dataclass(slots=True, kw_only=True)
class Notify:
    """Where it tells what became of actions (N-21). `twice`: each of them; `backwards`: of those
    that are told together, the last first.
    """

    url: Annotated[str, Meta(pattern=r"^https?://[^\s/?#]+[^\s#]*$")]
    method: Literal["GET", "POST"] = "POST"
    twice: bool = False
    backwards: bool = False


@dataclass(slots=True, kw_only=True)
class Account:
    """`trackers`: number to kind of event; `elsewhere`: those of another program. `clicks`: ids
    that lead to a partner; None: any does; those of its own links always do, for `window_s`.
    Partners may be `left` or `without_contract`; `promo_codes` are somebody's. Times in seconds;
    `processing_s` is what a submission takes, where `processing` says nothing of its type,
    `locking_s` what an action stays open for, `clearing_s` what passes then until it is paid for.
    An event older than `late_s` when it comes is dated when it came; None: never. `endpoints`: what
    the token may be used for; None: all. `percent`: of an amount, what its partner gets, where
    `rates` say nothing of the tracker. `codes`: dispositions of its own. `parameter`: what a
    landing is told the click by. `says_limits`: also of answers that are no 429.
    """

    sid: str = "SID1"
    token: str = "token-1"  # noqa: S105 - of a stand-in
    campaign: int = 1000
    trackers: dict[int, str] = field(
        default_factory=lambda: {
            2001: "signup",
            2002: "trial",
            2003: "trial",
            2004: "sale",
            2005: "visit",
        }
    )
    inactive: set[int] = field(default_factory=set)
    elsewhere: set[int] = field(default_factory=set)
    clicks: set[str] | None = None
    window_s: Seconds = 30 * DAY_S
    left: set[str] = field(default_factory=set)
    without_contract: set[str] = field(default_factory=set)
    promo_codes: dict[str, str] = field(default_factory=dict)
    endpoints: set[str] | None = None
    per_hour: Count = 1000
    says_limits: bool = False
    processing_s: Seconds = AT_ONCE_S
    processing: dict[Kind, Seconds] = field(default_factory=dict)
    locking_s: Seconds = 45 * DAY_S
    duplicates_s: Seconds = 30 * DAY_S
    kept_s: Seconds = 90 * DAY_S
    clearing_s: Seconds = 15 * DAY_S
    late_s: Seconds | None = None
    percent: Percent = 10
    rates: dict[int, Percent] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    parameter: Annotated[str, Meta(pattern=r"^\w{1,64}$")] = "im_ref"
    page_least: Size = 2000
    page_most: Size = 20_000
    pages_most: Size = 10
    notify: Notify | None = None
