"""The page about Stripe names every event that is handled, and every reason an event has."""

import re
from pathlib import Path

from headwater.billing import MEANING, Reason
from headwater.billing.stripe.translate import HANDLED

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "stripe.md").read_text()


def test_every_event_that_is_handled_is_on_the_page_and_no_other() -> None:
    table = PAGE.partition("## Which events")[2].partition("\n## ")[0]
    told = set()
    for cell in re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE):
        last = ""
        for name in re.findall(r"`([a-z_.]+)`", cell):
            last = name if not name.startswith(".") else last.rpartition(".")[0] + name
            told.add(last)
    for kind in re.findall(r"`(charge\.succeeded|payment_intent\.succeeded)`", table):
        told.add(kind)
    assert told == set(HANDLED)


def test_every_reason_is_explained_in_the_order_of_the_code() -> None:
    table = PAGE.partition("| reason | state |")[2]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)[: len(Reason)] == list(Reason)
    assert set(MEANING) == set(Reason)
