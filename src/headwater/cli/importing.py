"""`headwater import dub`: a workspace as another server knows it, brought into one of ours."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from cyclopts import Parameter

from headwater.cli.options import Data, Database, Json, configured
from headwater.cli.progress import Report as Progress
from headwater.cli.progress import progress
from headwater.cli.store import CannotStart, opened, workspace_called

if TYPE_CHECKING:
    from headwater.moving import Came, ExportFile, Kind, Report, Session
    from headwater.runtime import App

BATCHES = {"click": 500, "refund": 5}
BATCH = 25
STANDARD = "-"


def dub(
    *,
    workspace: Annotated[str, Parameter(help="Slug of the workspace here, such as acme.")],
    from_: Annotated[
        str | None, Parameter(name="--from", help="Address of the API, such as https://api.dub.co.")
    ] = None,
    key: Annotated[
        str | None,
        Parameter(allow_leading_hyphen=True, help="Its key; - reads it from standard input."),
    ] = None,
    file: Annotated[str | None, Parameter(help="An export instead of a server.")] = None,
    data: Data = None,
    database: Database = None,
    json_: Json = False,
) -> int:
    """Import from a server with the Dub API, or from a file. Run again, nothing comes twice."""
    import asyncio

    if (file is None) == (from_ is None) or (from_ is None) != (key is None):
        raise CannotStart("say where from: --from with --key, or --file.")
    if key == STANDARD:
        key = sys.stdin.readline().strip()
    with opened(configured(data, database), must_exist=True) as app, progress() as told:
        found = app.db.read_now(workspace_called, workspace)
        report = asyncio.run(_import(app, _session(app, found), from_, key, file, told))
    print(msgspec.json.encode(_answer(report)).decode() if json_ else _table(report))
    return 1 if report.differences else 0


def _session(app: "App", workspace: Any) -> "Session":
    from headwater.moving import Session

    ctx = app.context(workspace)
    return Session(workspace=workspace, ctx=ctx, settings=app.settings, whole=False)


async def _import(
    app: "App", session: "Session", url: str | None, key: str | None, file: str | None,
    told: Progress,
) -> "Report":  # fmt: skip
    from headwater import inbox
    from headwater.moving import Counters, Report, compare

    report, counters = Report(), Counters()
    async with _source(app, url, key, file, report) as (rows, whole):
        session = replace(session, whole=whole)
        async for batch in _batches(rows):
            await _bring(app, session, batch, report, counters)
            _tell(told, report, batch[0].kind)
    # Calls that waited for who came along are tried again by the worker.
    await app.db.write(inbox.mark_all_ready, session.own)
    _tell(told, report, "")
    for chunk in counters.chunks():
        await app.db.read(compare, session.own, report, chunk)
    report.notes += session.notes
    return report


@asynccontextmanager
async def _source(
    app: "App", url: str | None, key: str | None, file: str | None, report: "Report"
) -> AsyncIterator[tuple[AsyncIterator["Came"], bool]]:
    """The rows, and whether refunds are among them."""
    from headwater.cli.remote import ANSWER_MAX, TIMEOUT_S, RemoteSource
    from headwater.kit.egress import EgressClient

    if file is None:
        # Whoever runs this command names the address, so it may be a private one.
        client = EgressClient(
            allow_private=True, timeout_s=TIMEOUT_S, max_response_bytes=ANSWER_MAX
        )
        async with client:
            remote = RemoteSource(client, url or "", key or "", app.clock)
            yield remote.rows(), False
            report.not_available += remote.not_available
        return
    export = _export(file)
    yield _awaited(export), True
    report.troubles += export.troubles


def _export(file: str) -> "ExportFile":
    from headwater.moving import BadLine, ExportFile

    try:
        return ExportFile(Path(file).open("rb"))
    except BadLine as error:
        raise CannotStart(f"{file}: {error}") from error
    except OSError as error:
        raise CannotStart(f"cannot read {file} ({error.strerror}). Name another file.") from error


async def _awaited(export: "ExportFile") -> AsyncIterator["Came"]:
    for came in export.rows():
        yield came


async def _batches(rows: AsyncIterator["Came"]) -> AsyncIterator[list["Came"]]:
    """Rows of one kind, as many as make a short transaction."""
    batch: list[Came] = []
    async for came in rows:
        if batch and (came.kind != batch[0].kind or len(batch) >= BATCHES.get(came.kind, BATCH)):
            yield batch
            batch = []
        batch.append(came)
    if batch:
        yield batch


async def _bring(
    app: "App", session: "Session", batch: list["Came"], report: "Report", counters: Any
) -> None:
    from headwater.moving import Brought, Fate, Kind

    readable = [came for came in batch if came.row is not None]
    for came in batch:
        if came.row is None:
            report.add(came, Brought(Fate.REFUSED, "unreadable", came.wrong))
    if not readable:
        return
    kind = Kind(readable[0].kind)
    for came, brought in zip(readable, await _written(app, session, kind, readable), strict=True):
        report.add(came, brought)
        if kind is Kind.LINK:
            counters.keep(came.row)


async def _written(app: "App", session: "Session", kind: "Kind", batch: list["Came"]) -> list[Any]:
    """In one transaction; where an id is another workspace's, in one for each row."""
    from headwater.kit.problems import Collision
    from headwater.moving import bring, id_taken

    session = replace(session, ctx=app.context(session.workspace))
    try:
        return await app.db.write(bring, session, kind, [came.row for came in batch])
    except Collision:
        if len(batch) == 1:
            return [id_taken()]
    return [(await _written(app, session, kind, [came]))[0] for came in batch]


def _tell(told: Progress, report: "Report", kind: str) -> None:
    """How many of a kind there will be nobody knows; those before it are done."""
    for each, row in report.kinds.items():
        told(each, row.source, row.source + (each == kind))


def _answer(report: "Report") -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(report)
    return shown | {"differences": report.differences}


def _table(report: "Report") -> str:
    lines = [f"{'':<12}{'source':>10}{'imported':>10}{'there':>10}{'left out':>10}{'refused':>10}"]
    for kind, row in report.kinds.items():
        left, refused = sum(row.left_out.values()), sum(row.refused.values())
        numbers = (row.source, row.imported, row.already_there, left, refused)
        lines.append(f"{kind:<12}" + "".join(f"{number:>10}" for number in numbers))
        reasons = row.left_out | row.refused
        lines += [f"{'':<12}  {reason}: {number}" for reason, number in reasons.items()]
    lines += [f"{each.where} ({each.kind}): {each.message}" for each in report.refusals]
    lines += [f"not available: {path}" for path in report.not_available]
    lines += [
        f"{each.link}: {each.counter} {each.source} at the source, {each.here} here"
        for each in report.counters
    ]
    compared = f"{report.links_compared} links with counters compared, {report.behind} counters"
    lines.append(f"{compared} behind the source, {report.ahead} links ahead of it.")
    lines += report.troubles + report.notes
    lines.append(f"{report.differences} differences." if report.differences else "No differences.")
    return "\n".join(lines)
