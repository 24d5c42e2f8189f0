"""One stand-in and one of each shop for all tests here; each test has visitors of its own."""

from collections.abc import Iterator

import pytest

from tests.site.browser import Browser
from tests.site.shops import SHOPS, Shop, running
from tests.site.standin import Standin, soon


@pytest.fixture(scope="session")
def shared() -> Iterator[Standin]:
    standin = Standin().start()
    yield standin
    standin.stop()


@pytest.fixture(scope="session", params=SHOPS)
def every_shop(request: pytest.FixtureRequest, shared: Standin) -> Iterator[Shop]:
    with running(request.param, shared) as shop:
        yield shop


@pytest.fixture(scope="session", params=["starlette", "flask", "django-asgi"])
def full_shop(request: pytest.FixtureRequest, shared: Standin) -> Iterator[Shop]:
    """Those with every way to sign in."""
    with running(request.param, shared) as shop:
        yield shop


@pytest.fixture
def standin(shared: Standin) -> Standin:
    shared.ill, shared.slow_s = 0, 0.0
    return shared


@pytest.fixture
def browser(every_shop: Shop) -> Browser:
    return fresh(every_shop)


@pytest.fixture
def one(one_shop: Shop) -> Browser:
    """In one framework, for what does not depend on it."""
    return fresh(one_shop)


@pytest.fixture(scope="session")
def one_shop(shared: Standin) -> Iterator[Shop]:
    with running("starlette", shared) as shop:
        yield shop


@pytest.fixture
def visitor(full_shop: Shop) -> Browser:
    return fresh(full_shop)


def fresh(shop: Shop) -> Browser:
    soon(lambda: shop.client.settings().click_param)
    shop.client.patience.heard()
    return Browser(shop.port)
