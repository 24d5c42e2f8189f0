"""`headwater log`."""

from typing import Annotated, Any, Literal

import msgspec
from cyclopts import Parameter

from headwater.cli.options import Data, Database, Json, configured
from headwater.cli.store import opened


def log(
    *,
    workspace: Annotated[str, Parameter(help="Slug of the workspace, such as acme.")],
    customer: Annotated[str | None, Parameter(help="Your id of a customer.")] = None,
    outcome: Annotated[
        Literal["recorded", "kept", "refused"] | None, Parameter(help="Only calls that came to it.")
    ] = None,
    limit: Annotated[int, Parameter(help="How many, newest first.")] = 50,
    data: Data = None,
    database: Database = None,
    json_: Json = False,
) -> None:
    """Tracking calls and what became of them, newest first."""
    from headwater import conversion_log
    from headwater.conversion_log import LogFilter, LogOutcome
    from headwater.kit.problems import not_found
    from headwater.shapes import log_object
    from headwater.workspace import workspace_by_slug

    wanted = LogFilter(
        outcome=LogOutcome(outcome) if outcome else None,
        customer_external_id=customer,
        limit=limit,
    )
    with opened(configured(data, database), must_exist=True) as app:
        found = app.db.read_now(workspace_by_slug, workspace)
        if found is None:
            raise not_found("workspace", workspace)
        entries = app.db.read_now(conversion_log.page, found.id, wanted)
    told = [log_object(entry, None) for entry in entries]
    print(msgspec.json.encode(told).decode() if json_ else "\n".join(map(_line, told)))


def _line(told: dict[str, Any]) -> str:
    result, error = told["result"], told["error"]
    parts = [told["createdAt"], told["id"], told["call"], told["outcome"], str(told["status"])]
    parts += [result["id"]] if result else []
    parts += [f"{error['code']} {error['message']}"] if error else []
    return "  ".join(parts)
