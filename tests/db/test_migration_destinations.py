"""Migration 0014 makes webhooks destinations, and deliveries anew around their rows."""

from pathlib import Path

from headwater.db import Read, open_database
from tests.db.older import filled_before
from tests.support import Store

ROWS = """
insert into workspaces (id, slug, currency, click_param, salt, created_at)
    values ('ws', 'acme', 'usd', 'hw_id', '00', 1);
insert into webhooks (id, workspace_id, name, url, secret, triggers, disabled_at, paused_until,
    created_at, failures, deleted_at)
    values ('wh', 'ws', 'hook', 'https://a.test', 's', 'sale.created', 5, 6, 3, 4, null);
insert into messages (id, workspace_id, event, subject_id, created_at)
    values ('evt', 'ws', 'sale.created', 'sale', 3);
insert into deliveries (position, id, workspace_id, webhook_id, message_id, order_key, state,
    attempts, failures, next_at, last_error, created_at)
    {numbered} values (41, 'dlv', 'ws', 'wh', 'evt', 'cus', 'dead', 2, 2, 9, 'http_400', 3);
insert into attempts (delivery_id, workspace_id, at, duration_ms, status, outcome, error)
    values ('dlv', 'ws', 4, 1, 400, 'refused', 'http_400')
"""


def test_webhooks_are_destinations_and_deliveries_keep_their_rows(
    store: Store, tmp_path: Path
) -> None:
    numbered = "overriding system value" if store.url else ""
    filled_before("0014", ROWS.replace("{numbered}", numbered), store, tmp_path)
    newer = open_database(data=store.data, url=store.url, now_us=2)
    assert newer.read_now(_kept) == [
        ("webhook", "hook", 5, 6, 4, 3, None, "https://a.test", 41, "dead", 2, 9, "http_400", 400)
    ]
    newer.close()


def _kept(tx: Read) -> list[tuple[object, ...]]:
    return tx.all(
        "select t.kind, t.name, t.disabled_at, t.paused_until, t.failures, t.created_at,"
        " t.deleted_at, w.url, d.position, d.state, d.attempts, d.next_at, d.last_error, a.status"
        " from destinations t join webhooks w on w.id = t.id"
        " join deliveries d on d.destination_id = t.id join attempts a on a.delivery_id = d.id"
    )
