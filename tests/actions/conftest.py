"""The shared server of tests/http, for many clients at once."""

from tests.http.conftest import world, world_on_postgres, world_on_sqlite

__all__ = ["world", "world_on_postgres", "world_on_sqlite"]
