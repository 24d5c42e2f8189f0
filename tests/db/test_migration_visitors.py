"""Migration 0011 makes attributions anew around the frozen touches that are there."""

from pathlib import Path

import pytest

from headwater.db import Read, Write, open_database
from tests.db.older import filled_before
from tests.support import Store

ROWS = """
insert into workspaces (id, slug, currency, click_param, salt, created_at)
    values ('ws', 'acme', 'usd', 'hw_id', '00', 1);
insert into customers (id, workspace_id, external_id, created_at)
    values ('cus', 'ws', 'u1', 1);
insert into attributions (customer_id, provider, workspace_id, click_id, link_number, touched_at,
    created_at) values ('cus', 'headwater', 'ws', 'CLICK', 7, 2, 3)
"""
INSERT = (
    "insert into attributions (customer_id, provider, workspace_id, click_id, link_number,"
    " identifier, parameter, touched_at, created_at)"
    " values ('cus', {}, 'ws', {}, {}, {}, {}, 2, 3)"
)


def test_frozen_touches_stay_and_other_providers_find_room(store: Store, tmp_path: Path) -> None:
    filled_before("0011", ROWS, store, tmp_path)
    newer = open_database(data=store.data, url=store.url, now_us=2)
    newer.write_now(_add, "'impact'", "null", "null", "'X'", "'im_ref'")
    assert newer.read_now(_kept) == [
        ("headwater", "CLICK", 7, None, None, 2, 3),
        ("impact", None, None, "X", "im_ref", 2, 3),
    ]
    for wrong in (
        ("'google'", "null", "null", "null", "null"),
        ("'google'", "'CLICK'", "7", "null", "null"),
        ("'google'", "null", "null", "'G'", "null"),
    ):
        with pytest.raises(Exception, match=r"(?i)check|constraint"):
            newer.write_now(_add, *wrong)
    newer.close()


def _add(tx: Write, *values: str) -> None:
    tx.run(INSERT.format(*values))


def _kept(tx: Read) -> list[tuple[object, ...]]:
    return tx.all(
        "select provider, click_id, link_number, identifier, parameter, touched_at, created_at"
        " from attributions order by provider"
    )
