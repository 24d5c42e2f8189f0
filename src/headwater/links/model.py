from dataclasses import dataclass
from typing import NamedTuple

from headwater.kit.value import Value


class ClickDelta(NamedTuple):
    """What one commit adds to a link's counters."""

    link_number: int
    hits: int
    clicks: int
    last_clicked: int | None


class ConversionDelta(NamedTuple):
    """What one conversion adds to a link's counters; `earnings` of the link credited."""

    link_number: int
    leads: int = 0
    conversions: int = 0
    sales: int = 0
    sale_amount: int = 0
    earnings: int = 0


class Counters(Value, frozen=True, kw_only=True):
    hits: int = 0
    clicks: int = 0
    leads: int = 0
    conversions: int = 0
    sales: int = 0
    sale_amount: int = 0
    earnings: int = 0
    last_clicked: int | None = None


class Link(Value, frozen=True, kw_only=True):
    """(domain, key) to a destination; may belong to a partner of a program."""

    number: int
    id: str
    workspace_id: str
    host: str
    key: str
    url: str
    external_id: str | None
    tenant_id: str | None
    program_id: str | None
    partner_id: str | None
    track_conversion: bool
    archived: bool
    title: str | None
    description: str | None
    comments: str | None
    created_at: int
    updated_at: int
    counters: Counters

    @property
    def short_link(self) -> str:
        return f"https://{self.host}/{self.key}"

    @property
    def passes_click_id(self) -> bool:
        """A partner's link always does; any other unless its owner turned tracking off."""
        return self.track_conversion or self.partner_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDraft:
    """A link as asked for; None means not given."""

    url: str
    domain: str | None = None
    key: str | None = None
    key_length: int = 7
    prefix: str | None = None
    external_id: str | None = None
    tenant_id: str | None = None
    program_id: str | None = None
    partner_id: str | None = None
    track_conversion: bool = True
    archived: bool = False
    title: str | None = None
    description: str | None = None
    comments: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFilter:
    domain: str | None = None
    tenant_id: str | None = None
    search: str | None = None
    show_archived: bool = False
    starting_after: str | None = None
    ending_before: str | None = None
    limit: int = 100
    offset: int = 0
