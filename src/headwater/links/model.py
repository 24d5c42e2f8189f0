from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

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


class Variant(Value, frozen=True, kw_only=True):
    """One destination of a split test; `percentage` is its weight among the others."""

    url: str
    percentage: int


class Features(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What few links have. Stored as one text, which most links do not have at all."""

    expires_at: int | None = None
    expired_url: str | None = None
    disabled_at: int | None = None
    proxy: bool = False
    image: str | None = None
    video: str | None = None
    rewrite: bool = False
    do_index: bool = False
    ios: str | None = None
    android: str | None = None
    geo: dict[str, str] | None = None
    test_variants: tuple[Variant, ...] | None = None
    test_started_at: int | None = None
    test_completed_at: int | None = None


NO_FEATURES = Features()
FEATURES = Features.__struct_fields__


class Tag(Value, frozen=True, kw_only=True):
    id: str
    name: str
    color: str


class Folder(Value, frozen=True, kw_only=True):
    id: str
    name: str
    description: str | None
    access_level: str | None
    created_at: int
    updated_at: int


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
    folder_id: str | None
    password: str | None
    features: Features
    deleted_at: int | None
    tags: tuple[Tag, ...]
    counters: Counters
    webhook_ids: tuple[str, ...] = ()

    @property
    def short_link(self) -> str:
        return f"https://{self.host}" if self.is_root else f"https://{self.host}/{self.key}"

    @property
    def is_root(self) -> bool:
        return self.key == ROOT

    @property
    def passes_click_id(self) -> bool:
        """A partner's link always does; any other unless its owner turned tracking off."""
        return self.track_conversion or self.partner_id is not None


ROOT = "_root"


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
    password: str | None = None
    folder_id: str | None = None
    features: Features = NO_FEATURES
    tag_ids: tuple[str, ...] = ()
    tag_names: tuple[str, ...] = ()
    webhook_ids: tuple[str, ...] = ()
    # Query parameters of the destination to set, or with None to remove.
    query: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFilter:
    """`folder_id` may be UNSORTED: links in none. Tags: links with any of them."""

    domain: str | None = None
    tenant_id: str | None = None
    search: str | None = None
    show_archived: bool = False
    folder_id: str | None = None
    tag_ids: tuple[str, ...] = ()
    tag_names: tuple[str, ...] = ()
    starting_after: str | None = None
    ending_before: str | None = None
    limit: int = 100
    offset: int = 0

    @property
    def by_tags(self) -> bool:
        return bool(self.tag_ids or self.tag_names)


UNSORTED = "unsorted"
