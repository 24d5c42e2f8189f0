"""One engine: what differs between them is asked in tests/order and tests/db."""

import pytest

from headwater.runtime import App
from tests.order.perform import Place, made_place


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def place(app: App) -> Place:
    return made_place(app)
