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
    """A short domain and whose it is."""

    host: str
    workspace: Workspace
