"""Books with something on every page, one per engine; who tampers with them takes it back."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from headwater.audit import Audit, audit
from headwater.config import Overrides, load
from headwater.db import Write
from headwater.journal import seal
from headwater.runtime import open_app
from tests.http.conftest import ENGINES, new_store
from tests.order.making import FIRST_ANN, FIRST_CID, MAIN_ANN, MAIN_BOB, day, lead, sale, visit
from tests.order.perform import Place, Step, made_place, perform
from tests.order.world import Rate, Refund

NOBODY = 6  # the link that belongs to no partner
Tamper = Callable[[Write], object]


class Undone(Exception):  # noqa: N818 - no error: how a transaction is given up
    """What the audit said."""


def _steps() -> Iterator[Step]:
    """Sales i1 (in part refunded), i2 (in euro), i3 (credited to nobody, refunded), f1 (restated),
    w1 and w2 (that waited for their customer), one that waits on and one of nothing.
    """
    ann, nobody = visit("c", MAIN_ANN, day(1)), visit("n", NOBODY, day(1))
    early, late = visit("f", FIRST_ANN, day(1)), visit("f", FIRST_CID, day(2))
    waited = visit("w", MAIN_BOB, day(1))
    yield from (ann, nobody, early, waited, late, Rate("eur", "2026-03-01", "0.5", day(1)))
    yield from (lead(ann, "Sign up", day(2)), sale("c", "i1", day(3)))
    yield from (sale("c", "i2", day(3), currency="eur"), Refund("i1", "r1", 2_500, day(4)))
    yield from (lead(nobody, "Sign up", day(2)), sale("n", "i3", day(3)))
    yield from (Refund("i3", "r1", 5_000, day(4)), sale("c", "i4", day(4)))
    yield from (lead(late, "Demo", day(2.5)), sale("f", "f1", day(3)))
    yield lead(early, "Sign up", day(3.5))
    yield from (sale("w", "w1", day(2)), sale("w", "w2", day(2)), lead(waited, "Go", day(4)))
    yield from (sale("z", "z1", day(2)), replace(sale("z", "z2", day(2)), amount=0))


@pytest.fixture(scope="session", params=ENGINES)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    store = new_store(request.param, tmp_path_factory.mktemp("audit") / "data", request)
    opened = open_app(load(Overrides(data=str(store.data), database=store.url)), owner=True)
    made = made_place(opened)
    for step in _steps():
        perform(made, step)
    opened.db.write_now(seal, 1_000_000)
    yield made
    opened.close()


def audited(place: Place, tamper: Tamper) -> Audit:
    """What the audit says of tampered books; they are as before afterwards."""

    def run(tx: Write) -> None:
        tamper(tx)
        raise Undone(audit(tx))

    with pytest.raises(Undone) as told:
        place.app.db.write_now(run)
    said = told.value.args[0]
    assert isinstance(said, Audit)
    return said
