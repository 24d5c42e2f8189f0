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
    """A short domain and whose it is."""

    host: str
    workspace: Workspace
