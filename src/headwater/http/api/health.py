"""Is the process there, and can it write."""

import asyncio
from typing import Any

import structlog
from litestar import Response, get

from headwater.db import Read, Write
from headwater.http.auth import Rim
from headwater.kit.clock import SECOND_US, iso_ms_or_none
from headwater.runtime import App

log = structlog.get_logger(__name__)

READY_TIMEOUT_S = 5.0
WORKER_LATE_US = 30 * SECOND_US  # three of its beats (worker/run.py)
# Anybody may ask, so the words of the store (paths, hosts, users) go to the log alone.
REFUSED = "the store refused a write"
LATE = f"no write finished within {READY_TIMEOUT_S:.0f} s"
_REMEDY = (
    "Redirects go out without click ids and tracking calls answer 503, so clients retry."
    " Check free disk space, permissions and the disk's health (or the database server);"
    " not_ready and store_refused in the log say what the store said."
)
DAMAGED = "the store is damaged"
_RESTORE = (
    "Some pages of the file cannot be read, and what needs them answers 503. Stop headwater, keep a"
    " copy of all headwater.db* files, put a backup in their place, and run headwater verify."
)


@get("/healthz", tags=["health"], summary="The process runs", security=[])
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@get("/readyz", tags=["health"], summary="The writer can write", security=[])
async def readyz(rim: Rim) -> Response[Any]:
    """Red (503) when a write does not reach the disk; `checks` says which part and what to do.

    Green also says when the worker was last seen. That decides nothing: links and calls need none.
    """
    app = rim.app
    try:
        async with asyncio.timeout(READY_TIMEOUT_S):
            await app.db.write(_probe, app.clock.now_us())
            seen_at = await app.db.read(_probe_read)
    except Exception as error:  # whatever it is, this process is not ready
        log.error("not_ready", error=type(error).__name__, detail=str(error))
        said = LATE if isinstance(error, TimeoutError) else REFUSED
        return _red(DAMAGED, _RESTORE) if _damaged(app) else _red(said, _REMEDY)
    if _damaged(app):
        log.error("not_ready", error="damaged", detail="see store_damaged")
        return _red(DAMAGED, _RESTORE)
    # A beat from the future says as little as an old one: the clock was set back since.
    late = seen_at is None or abs(app.clock.now_us() - seen_at) > WORKER_LATE_US
    worker = {"lastSeen": iso_ms_or_none(seen_at), "late": late}
    return Response({"status": "ok", "checks": {"writer": "ok"}, "worker": worker}, status_code=200)


def _damaged(app: App) -> bool:
    """Only SQLite tells: a damaged PostgreSQL is for whoever runs it."""
    return bool(getattr(app.db, "damaged", False))


def _red(said: str, remedy: str) -> Response[Any]:
    body = {"status": "unavailable", "checks": {"writer": said}, "remedy": remedy}
    return Response(body, status_code=503)


def _probe(tx: Write, now_us: int) -> None:
    tx.run(
        "insert into cursors (name, value) values ('ready', :now)"
        " on conflict (name) do update set value = excluded.value",
        {"now": str(now_us)},
    )


def _probe_read(tx: Read) -> int | None:
    """When the worker was last seen; None where it never ran."""
    tx.one("select value from cursors where name = 'ready'")
    row = tx.one("select value from cursors where name = 'worker_seen'")
    return int(row[0]) if row else None
