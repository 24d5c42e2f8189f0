"""`headwater init`: the first step of every script."""

import json
from typing import Annotated, Any

from cyclopts import Parameter

from headwater.cli.options import Data, Database, Json, configured
from headwater.cli.store import opened

AllowHost = Annotated[
    list[str] | None,
    Parameter(help="Host whose pages may report, such as acme.com or *.acme.com. Default: all."),
]
ClickParam = Annotated[
    str | None,
    Parameter(
        help="URL parameter that carries the click id. Default: hw_id, beside a dub_pk_ key dub_id."
    ),
]
PublishableKey = Annotated[
    str | None, Parameter(help="A key your pages already carry (hw_pk_… or dub_pk_…).")
]
Sandbox = Annotated[
    bool,
    Parameter(negative=(), help="To try things: keys say so, and its clock can be moved forward."),
]


def init(
    *,
    workspace: Annotated[str, Parameter(help="Slug of the workspace, such as acme.")],
    domain: Annotated[str, Parameter(help="Host that serves its short links.")],
    data: Data = None,
    database: Database = None,
    currency: Annotated[str, Parameter(help="Currency its commissions are booked in.")] = "usd",
    click_param: ClickParam = None,
    allow_host: AllowHost = None,
    publishable_key: PublishableKey = None,
    sandbox: Sandbox = False,
    json_: Json = False,
) -> None:
    """Make a workspace with its domain and keys.

    Run again, it changes nothing, and refuses what differs from what there is.
    """
    from headwater.links import initialise
    from headwater.workspace import Setup

    setup = Setup(
        slug=workspace,
        domain=domain,
        currency=currency.lower(),
        click_param=click_param,
        allowed_hostnames=None if allow_host is None else tuple(allow_host),
        publishable_key=publishable_key,
        sandbox=sandbox,
    )
    with opened(configured(data, database)) as app:
        made = app.db.write_now(initialise, setup, app.clock.now_us(), app.entropy)
    answer: dict[str, Any] = {
        "created": made.created,
        "workspace": {"id": made.workspace.id, "slug": made.workspace.slug},
        "domain": made.domain,
    }
    if made.created:
        answer |= {"secret_key": made.secret_key, "publishable_key": made.publishable_key}
    print(json.dumps(answer) if json_ else _words(answer))


def _words(answer: dict[str, Any]) -> str:
    name = answer["workspace"]["slug"]
    if not answer["created"]:
        return f"The workspace {name} with domain {answer['domain']} exists. Nothing was changed."
    return (
        f"Made the workspace {name} with domain {answer['domain']}.\n"
        f"secret key       {answer['secret_key']}   (for your backend; shown only now)\n"
        f"publishable key  {answer['publishable_key']}   (for browsers)\n"
        "Next: headwater serve"
    )
