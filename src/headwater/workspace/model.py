from dataclasses import dataclass

from headwater.kit.value import Value


class Workspace(Value, frozen=True, kw_only=True):
    """A tenant; all its commissions are booked in `currency`. No `allowed_hostnames`: all may."""

    id: str
    slug: str
    currency: str
    click_param: str
    allowed_hostnames: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A short domain and whose it is, with what the edge answers where no link does."""

    host: str
    workspace: Workspace
    not_found_url: str | None
    expired_url: str | None
    asset_links: str | None
    apple_app_site_association: str | None


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


# What may be set of a domain.
SETTINGS = (
    "archived", "placeholder", "expired_url", "not_found_url", "logo", "asset_links",
    "apple_app_site_association",
)  # fmt: skip
