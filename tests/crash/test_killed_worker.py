"""`kill -9` of a worker while its receiver has the requests, on both engines."""

import random

from tests.crash.mid_send import begin
from tests.support import Store


def test_what_a_killed_worker_was_sending_is_sent_again_under_the_same_ids_a68(
    store: Store,
) -> None:
    """P9: after its lease; nothing is lost, and each customer's messages stay in order."""
    made = begin(store)
    try:
        assert made.round(random.Random(1)) == []
    finally:
        made.close()
