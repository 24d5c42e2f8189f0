"""The shared server of tests/http, for clients written by others."""

from tests.http.conftest import world

__all__ = ["world"]
