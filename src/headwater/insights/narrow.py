"""Which few links or customers a question is about, so that not every fact has to be looked at."""

from collections.abc import Mapping

import msgspec

from headwater import links
from headwater.db import Read
from headwater.insights.values import listed

LINKS_MAX = 1000  # above, going through all facts is as good
_OF_LINKS = ("linkId", "externalId", "partnerId", "tagId", "folderId", "tenantId")


def narrowed(
    tx: Read, workspace_id: str, event: str, filters: Mapping[str, str]
) -> tuple[str, str]:
    """`customers` or `links` with their ids or numbers as rows; `""`: it may be about all.

    It only saves work: every filter is applied to what is found.
    """
    if event != "clicks":
        negated, ids = listed("customerId", filters.get("customerId", "-"))
        if not negated:
            return "customers", _rows(ids)
    for name in _OF_LINKS:
        negated, texts = listed(name, filters.get(name, "-"))
        if negated:
            continue
        numbers = links.numbers(tx, workspace_id, name, texts, LINKS_MAX + 1)
        if len(numbers) <= LINKS_MAX:
            return "links", _rows([str(number) for number in numbers])
    return "", "[]"


def _rows(texts: list[str]) -> str:
    return msgspec.json.encode([[text] for text in texts]).decode()
