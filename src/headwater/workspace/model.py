from dataclasses import dataclass
from enum import StrEnum

from headwater.kit.value import Value


class Workspace(Value, frozen=True, kw_only=True):
    """A tenant; all its commissions are booked in `currency`. No `allowed_hostnames`: all may.

    A sandbox is there to try things: its clock is `ahead_us` before the real one.
    """

    id: str
    slug: str
    currency: str
    click_param: str
    allowed_hostnames: tuple[str, ...] = ()
    sandbox: bool = False
    ahead_us: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A short domain and whose it is, with what the edge answers where no link does. Of several
    workspaces that name a host, one holds it.
    """

    host: str
    workspace: Workspace
    held: bool
    verified: bool
    not_found_url: str | None
    expired_url: str | None
    asset_links: str | None
    apple_app_site_association: str | None


class Finding(StrEnum):
    """What a look at the DNS found of a domain."""

    POINTS_HERE = "points_here"
    POINTS_ELSEWHERE = "points_elsewhere"
    NO_SUCH_NAME = "no_such_name"
    NO_ANSWER = "no_answer"
    NOT_PROVEN = "not_proven"


class Standing(Value, frozen=True, kw_only=True):
    """Where a domain stands: whether its workspace holds the host, since when it was seen to point
    here (None: not now), and the looks at it. `look_at` None: the operator's word, nobody looks.
    """

    held: bool
    verified_at: int | None
    look_at: int | None
    looked_at: int | None = None
    misses: int = 0
    finding: Finding | None = None


class Due(Value, frozen=True, kw_only=True):
    """A look that is due, since `look_at`."""

    workspace_id: str
    host: str
    held: bool
    look_at: int


class Seen(Value, frozen=True, kw_only=True):
    """What one look found: of the host itself, and the texts that prove whose it is."""

    finding: Finding
    proofs: frozenset[str]


class Holder(Value, frozen=True, kw_only=True):
    """The workspace that holds a host; `vouched`: by the operator's word."""

    workspace_id: str
    vouched: bool


class Domain(Value, frozen=True, kw_only=True):
    """A host that serves short links, with what its workspace set for it."""

    id: str
    host: str
    primary: bool
    archived: bool
    placeholder: str | None
    expired_url: str | None
    not_found_url: str | None
    logo: str | None
    asset_links: str | None
    apple_app_site_association: str | None
    created_at: int
    updated_at: int
    standing: Standing


# What may be set of a domain.
SETTINGS = (
    "archived", "placeholder", "expired_url", "not_found_url", "logo", "asset_links",
    "apple_app_site_association",
)  # fmt: skip
