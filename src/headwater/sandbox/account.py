"""What an account at the stand-in of impact.com is set to."""

from dataclasses import dataclass, field

DAY_S = 86_400


@dataclass(slots=True, kw_only=True)
class Account:
    """`trackers`: number to kind of event. `clicks`: ids that lead to a partner; None: any does.
    Times in seconds; `processing_s` is what a submission takes, `locking_s` what an action stays
    open for. `endpoints`: what the token may be used for; None: all.
    """

    sid: str = "SID1"
    token: str = "token-1"  # noqa: S105 - of a stand-in
    campaign: int = 1000
    trackers: dict[int, str] = field(
        default_factory=lambda: {2001: "signup", 2002: "trial", 2003: "trial", 2004: "sale"}
    )
    inactive: set[int] = field(default_factory=set)
    clicks: set[str] | None = None
    endpoints: set[str] | None = None
    per_hour: int = 1000
    processing_s: float = 4.0
    locking_s: float = 45 * DAY_S
    duplicates_s: float = 30 * DAY_S
    kept_s: float = 90 * DAY_S
