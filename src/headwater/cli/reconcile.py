"""`headwater reconcile stripe`: what Stripe has against what is booked."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from cyclopts import Parameter

from headwater.cli.moving import Workspace
from headwater.cli.options import Data, Database, Json, configured
from headwater.cli.store import CannotStart, opened, workspace_called

if TYPE_CHECKING:
    from headwater.billing import Difference, Endpoint
    from headwater.runtime import App
    from headwater.workspace import Workspace as Tenant


def stripe(
    *files: Annotated[Path, Parameter(help="Objects as Stripe's API lists them, as JSON.")],
    workspace: Workspace,
    heal: Annotated[
        bool, Parameter(negative=(), help="Apply what is missing, as if Stripe had sent it.")
    ] = False,
    data: Data = None,
    database: Database = None,
    json_: Json = False,
) -> int:
    """Compare exported invoices, sessions and refunds with the books. Exit 1 where they differ."""
    from headwater import billing

    objects = [each for file in files for each in _objects(file)]
    if not objects:
        raise CannotStart("there is nothing to compare with. Name files with Stripe's objects.")
    with opened(configured(data, database), must_exist=True) as app:
        own = app.db.read_now(workspace_called, workspace)
        endpoints = app.db.read_now(billing.list_endpoints, own.id)
        if not endpoints:
            raise CannotStart(
                f"workspace {workspace!r} has no endpoint for Stripe, which says how amounts count."
                " Make one with POST /billing/stripe/endpoints."
            )
        events = billing.events_of(objects, endpoints[0].mode)
        found = app.db.read_now(billing.compare, own.id, endpoints[0].policy, events)
        left = _healed(app, own, endpoints[0], found) if heal else found
    _tell(found, left, as_json=json_)
    return 1 if left else 0


def _objects(file: Path) -> Iterator[dict[str, Any]]:
    """Of a list, of a page of Stripe's API, or one to a line."""
    try:
        text = file.read_bytes()
    except OSError as error:
        raise CannotStart(f"cannot read {file} ({error.strerror}).") from error
    try:
        try:
            said = msgspec.json.decode(text)
        except msgspec.DecodeError:
            said = [msgspec.json.decode(line) for line in text.splitlines() if line.strip()]
    except msgspec.DecodeError as error:
        raise CannotStart(f"{file} is no JSON ({error}). Export objects as JSON.") from error
    pages = said if isinstance(said, list) else [said]
    for page in pages:
        rows = (
            page.get("data") if isinstance(page, dict) and page.get("object") == "list" else [page]
        )
        yield from (row for row in rows or () if isinstance(row, dict))


def _healed(
    app: "App", own: "Tenant", endpoint: "Endpoint", found: "Sequence[Difference]"
) -> "list[Difference]":
    """What is left: each difference that no event mended."""
    from headwater import billing
    from headwater.kit.clock import HOUR_US

    patience_us = app.config.billing.patience_hours * HOUR_US
    left = []
    for each in found:
        if each.event is None:
            left.append(each)
            continue
        ctx = app.context(own)
        after = app.db.write_now(billing.heal, ctx, app.settings, endpoint, each.event, patience_us)
        if not billing.is_healed(after):
            left.append(each)
    return left


def _tell(found: "Sequence[Difference]", left: "Sequence[Difference]", *, as_json: bool) -> None:
    from headwater.kit.money import display

    rows = [
        {
            "kind": each.kind.value,
            "what": each.what,
            "id": each.id,
            "currency": each.currency,
            "stripe": each.stripe,
            "booked": each.booked,
            "healed": each not in left,
        }
        for each in found
    ]
    if as_json:
        print(msgspec.json.encode(rows).decode())
        return
    for each in found:
        amounts = [
            "-" if amount is None else display(amount, each.currency)
            for amount in (each.stripe, each.booked)
        ]
        healed = "" if each in left else "  healed"
        print(f"{each.kind:9}  {each.what:6}  {each.id}  {amounts[0]} | {amounts[1]}{healed}")
    print(f"{len(found)} differences, {len(found) - len(left)} healed")
