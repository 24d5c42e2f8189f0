"""`headwater destinations`: where facts are told, and the switch of each."""

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from cyclopts import Parameter

from headwater.cli.options import Data, Database, Json, configured
from headwater.cli.store import opened, workspace_called

if TYPE_CHECKING:
    from collections.abc import Callable

    from headwater.db import Read, Write
    from headwater.delivery import Destination
    from headwater.kit.context import Context

Workspace = Annotated[str, Parameter(help="Slug of the workspace, such as acme.")]
Given = Annotated[str, Parameter(help="Id of the destination: dst_… or wh_….")]


def list_(
    *, workspace: Workspace, data: Data = None, database: Database = None, json_: Json = False
) -> None:
    """Networks and webhooks: what waits for each, what was given up, and whether it is paused."""
    with opened(configured(data, database), must_exist=True) as app:
        told = app.db.read_now(_told, workspace)
    if json_:
        print(msgspec.json.encode(told).decode())
    for each in () if json_ else told:
        counts = f"{each['waiting']} waiting  {each['dead']} dead"
        counts += f"  {each['visits']} visits" if each["visits"] else ""
        state = f"paused ({each['pausedReason']})" if each["pausedReason"] else "on"
        state = "incomplete" if not each["ready"] else state
        print(f"{each['id']}  {each['kind']}  {each['name']}  {state}  {counts}")


def pause(
    destination: Given, /, *, workspace: Workspace, data: Data = None, database: Database = None
) -> None:
    """Send it nothing more; what is to be sent waits."""
    from headwater.delivery import pause_destination

    _switch(pause_destination, destination, workspace, data, database)


def resume(
    destination: Given, /, *, workspace: Workspace, data: Data = None, database: Database = None
) -> None:
    """Send it what waits, whyever it was paused."""
    from headwater.delivery import resume_destination

    _switch(resume_destination, destination, workspace, data, database)


def replay(
    destination: Given, /, *, workspace: Workspace, data: Data = None, database: Database = None
) -> None:
    """Send everything again that was given up."""
    from headwater.delivery import replay_many

    with opened(configured(data, database), must_exist=True) as app:
        ctx = app.context(app.db.read_now(workspace_called, workspace))
        count, after = 0, 0
        while True:
            done = app.db.write_now(_replayed(replay_many, ctx, destination, after))
            count += done.count
            if done.after is None:
                break
            after = done.after
    print(f"{count} will be sent again")


def _replayed(
    script: "Callable[..., Any]", ctx: "Context", destination: str, after: int
) -> "Callable[[Write], Any]":
    return lambda tx: script(tx, ctx, destination, after=after)


def _switch(
    script: "Callable[[Write, Context, str], Destination]",
    destination: str,
    workspace: str,
    data: str | None,
    database: str | None,
) -> None:
    with opened(configured(data, database), must_exist=True) as app:
        ctx = app.context(app.db.read_now(workspace_called, workspace))
        changed = app.db.write_now(script, ctx, destination)
    print(f"{changed.id}  {changed.name}  {'paused' if changed.disabled_at else 'on'}")


def _told(tx: "Read", slug: str) -> list[dict[str, Any]]:
    from headwater import delivery, reports

    workspace_id = workspace_called(tx, slug).id
    counts = delivery.counts(tx, workspace_id)
    visits = reports.count_visits(tx, workspace_id)
    return [
        {
            "id": each.id,
            "kind": each.kind,
            "name": each.name,
            "ready": each.ready,
            "pausedReason": each.disabled_reason or ("disabled" if each.disabled_at else None),
            "waiting": counts.get((each.id, "waiting"), 0),
            "dead": counts.get((each.id, "dead"), 0),
            "visits": visits.get(each.id, 0),
        }
        for each in delivery.list_destinations(tx, workspace_id)
    ]
