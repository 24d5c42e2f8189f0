from dataclasses import dataclass

from headwater.kit.value import Value


class Workspace(Value, frozen=True, kw_only=True):
    """A tenant; all its commissions are booked in `currency`."""

    id: str
    slug: str
    currency: str
    click_param: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A short domain and whose it is, with what the edge answers where no link does."""

    host: str
    workspace: Workspace
    not_found_url: str | None
    expired_url: str | None
    asset_links: str | None
    apple_app_site_association: str | None
