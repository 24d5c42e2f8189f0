"""Numbers of the links that have one of some values, deleted ones included: facts speak of them."""

from collections.abc import Sequence

import msgspec

from headwater.db import Read

_COLUMNS = {
    "linkId": "id",
    "externalId": "external_id",
    "tenantId": "tenant_id",
    "partnerId": "partner_id",
    "folderId": "folder_id",
}


def numbers(tx: Read, workspace_id: str, field: str, texts: Sequence[str], limit: int) -> list[int]:
    """`field` as the API calls it."""
    if field == "tagId":
        return _tagged(tx, workspace_id, texts, limit)
    column = _COLUMNS[field]
    rows = tx.all(
        "select number from links where workspace_id = :workspace_id"
        f" and {column} in (select value->>0 from {tx.each}) limit :limit",
        {"workspace_id": workspace_id, "rows": _rows(texts), "limit": limit},
    )
    return [int(row[0]) for row in rows]


def _tagged(tx: Read, workspace_id: str, tag_ids: Sequence[str], limit: int) -> list[int]:
    rows = tx.all(
        "select distinct link_number from link_tags where workspace_id = :workspace_id"
        f" and tag_id in (select value->>0 from {tx.each}) limit :limit",
        {"workspace_id": workspace_id, "rows": _rows(tag_ids), "limit": limit},
    )
    return [int(row[0]) for row in rows]


def _rows(texts: Sequence[str]) -> str:
    return msgspec.json.encode([[text] for text in texts]).decode()
