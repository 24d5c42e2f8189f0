"""`headwater log`."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from headwater.cli.options import Data, Database, Json, configured
from headwater.cli.store import opened, workspace_called

if TYPE_CHECKING:
    from headwater.conversion_log import LogFilter
    from headwater.db import Read

LIMIT_MAX = 100_000


def log(
    *,
    workspace: Annotated[str, Parameter(help="Slug of the workspace, such as acme.")],
    customer: Annotated[str | None, Parameter(help="Your id of a customer.")] = None,
    outcome: Annotated[
        Literal["recorded", "kept", "refused"] | None, Parameter(help="Only calls that came to it.")
    ] = None,
    limit: Annotated[
        int, Parameter(help="How many, newest first.", validator=Number(gte=1, lte=LIMIT_MAX))
    ] = 50,
    data: Data = None,
    database: Database = None,
    json_: Json = False,
) -> None:
    """Tracking calls and what became of them, newest first."""
    from headwater.conversion_log import LogFilter, LogOutcome

    wanted = LogFilter(
        outcome=LogOutcome(outcome) if outcome else None,
        customer_external_id=customer,
        limit=limit,
    )
    with opened(configured(data, database), must_exist=True) as app:
        told = app.db.read_now(_told, workspace, wanted)
    if json_:
        print(msgspec.json.encode(told).decode())
    for each in () if json_ else told:
        print(_line(each))


def _told(tx: "Read", slug: str, wanted: "LogFilter") -> list[dict[str, Any]]:
    from headwater import conversion_log, links
    from headwater.shapes import log_object

    found = workspace_called(tx, slug)
    entries = conversion_log.page(tx, found.id, wanted)
    numbers = {each.link_number for each in entries if each.link_number is not None}
    known = {each.number: each.id for each in links.by_numbers(tx, found.id, sorted(numbers))}
    return [log_object(each, known.get(each.link_number or 0)) for each in entries]


def _line(told: dict[str, Any]) -> str:
    result, error = told["result"], told["error"]
    parts = [told["createdAt"], told["id"], told["call"], told["outcome"], str(told["status"])]
    parts += [result["id"]] if result else []
    parts += [f"{error['code']} {error['message']}"] if error else []
    return "  ".join(parts)
