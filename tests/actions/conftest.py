"""The shared server of tests/http, for many clients at once."""

from tests.http.conftest import world

__all__ = ["world"]
