"""What an account at the stand-in of impact.com is set to."""

from dataclasses import dataclass, field

DAY_S = 86_400


@dataclass(slots=True, kw_only=True)
class Account:
    """`trackers`: number to kind of event. `clicks`: ids that lead to a partner; None: any does.
    Times in seconds; `processing_s` is what a submission takes, `locking_s` what an action stays
    open for, `clearing_s` what passes then until it is paid for. An event older than `late_s` when
    it comes is dated when it came; None: never. `endpoints`: what the token may be used for; None:
    all. `percent`: of an amount, what its partner gets. `parameter`: what a landing is told the
    click by. `says_limits`: also of answers that are no 429.
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
    clicks: set[str] | None = None
    endpoints: set[str] | None = None
    per_hour: int = 1000
    says_limits: bool = False
    processing_s: float = 4.0
    locking_s: float = 45 * DAY_S
    duplicates_s: float = 30 * DAY_S
    kept_s: float = 90 * DAY_S
    clearing_s: float = 15 * DAY_S
    late_s: float | None = None
    percent: int = 10
    parameter: str = "im_ref"
    page_least: int = 2000
    page_most: int = 20_000
    pages_most: int = 10
