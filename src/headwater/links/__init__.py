"""Short links: where a key leads and whose it is."""

from headwater.links.actions import by_reference, count_clicks, create, info, update
from headwater.links.model import ClickDelta, ConversionDelta, Counters, Link, LinkDraft, LinkFilter
from headwater.links.rules import around_click_id, checked_url, host_name, key_folded
from headwater.links.sql import (
    add_conversion,
    by_key,
    by_number,
    by_numbers,
    changed_since,
    like_pattern,
    of_partner,
    page,
)

__all__ = [
    "ClickDelta",
    "ConversionDelta",
    "Counters",
    "Link",
    "LinkDraft",
    "LinkFilter",
    "add_conversion",
    "around_click_id",
    "by_key",
    "by_number",
    "by_numbers",
    "by_reference",
    "changed_since",
    "checked_url",
    "count_clicks",
    "create",
    "host_name",
    "info",
    "key_folded",
    "like_pattern",
    "of_partner",
    "page",
    "update",
]
