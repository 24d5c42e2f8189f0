"""The shared server of tests/http, for what the page says of it."""

from tests.http.conftest import world

__all__ = ["world"]
