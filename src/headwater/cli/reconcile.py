"""`headwater reconcile stripe`: what Stripe has against what is booked."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from cyclopts import Parameter

from headwater.cli.moving import Workspace
from headwater.cli.options import Data, Database, Json, configured
from headwater.cli.store import CannotStart, opened, workspace_called

if TYPE_CHECKING:
    from headwater.billing import Difference, Endpoint, Exported, Mode
    from headwater.cli.stripe_api import StripeApi
    from headwater.runtime import App
    from headwater.workspace import Workspace as Tenant

KEY = "STRIPE_API_KEY"
DAYS, DAYS_MAX = 30, 36_500
Object = dict[str, Any]
Question = Callable[["StripeApi"], Awaitable[list[Object]]]
Ask = Callable[[Question], list[Object]]
ApiUrl = Annotated[str | None, Parameter(help="Another address of Stripe's API, for tests.")]


def stripe(
    *files: Annotated[Path, Parameter(help="Objects as Stripe's API lists them, or payments.csv.")],
    workspace: Workspace,
    api: Annotated[
        bool, Parameter(negative=(), help=f"Ask Stripe's API; the key is in {KEY} or --key-file.")
    ] = False,
    days: Annotated[int, Parameter(help="With --api: of how many days until now.")] = DAYS,
    key_file: Annotated[Path | None, Parameter(help="A file that holds the key.")] = None,
    api_url: ApiUrl = None,
    heal: Annotated[
        bool, Parameter(negative=(), help="Apply what is missing, as if Stripe had sent it.")
    ] = False,
    data: Data = None,
    database: Database = None,
    json_: Json = False,
) -> int:
    """Compare what Stripe has with the books. Exit 1 where they differ."""
    from headwater import billing
    from headwater.cli.stripe_files import objects

    if bool(files) == api:
        raise CannotStart("say where from: files with Stripe's objects, or --api.")
    key = key_of(key_file) if api else ""
    given = [each for file in files for each in objects(file)]
    with opened(configured(data, database), must_exist=True) as app:
        own = app.db.read_now(workspace_called, workspace)
        endpoint = _endpoint(app, own.id, workspace)
        ask = _asking(app, key, api_url, endpoint) if api else None
        given = _listed(app, ask, days) if ask else given
        told, found = _compared(app, endpoint, given, asked=api)
        named = ask(lambda stripe: stripe.named(billing.not_listed(found))) if ask else []
        if named:
            told, found = _compared(app, endpoint, [*given, *named], asked=api)
        left = _healed(app, own, endpoint, found) if heal else found
    _tell(found, left, told, as_json=json_)
    return 1 if left else 0


def key_of(file: Path | None) -> str:
    """Never from the command line, which others on the machine can read."""
    from headwater.cli.stripe_api import KEYS
    from headwater.config import handed

    try:
        key = (handed(KEY) if file is None else file.read_text()).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(f"cannot read {file}, which is to hold Stripe's key.") from error
    if not (key.startswith(KEYS) and key.isascii() and key.isprintable()):
        raise CannotStart(
            f"there is no key of Stripe's in {file or KEY}. Put a secret or restricted key there:"
            " it begins sk_ or rk_."
        )
    return key


def _endpoint(app: "App", workspace_id: str, workspace: str) -> "Endpoint":
    from headwater import billing

    endpoints = app.db.read_now(billing.list_endpoints, workspace_id)
    if not endpoints:
        raise CannotStart(
            f"workspace {workspace!r} has no endpoint for Stripe, which says how amounts count."
            " Make one with POST /billing/stripe/endpoints."
        )
    return endpoints[0]


def _compared(
    app: "App", endpoint: "Endpoint", given: list[Object], *, asked: bool
) -> "tuple[Exported, list[Difference]]":
    from headwater import billing

    told = billing.exported(given, endpoint.mode)
    refuse_nothing(told, endpoint.mode, asked=asked)
    own, policy = endpoint.workspace_id, endpoint.policy
    return told, app.db.read_now(billing.compare, own, policy, told)


def _asking(app: "App", key: str, url: str | None, endpoint: "Endpoint") -> Ask:
    """Runs questions to Stripe's API; a key of the other mode is refused."""
    import asyncio

    from headwater.cli.stripe_api import ANSWER_MAX, API, TIMEOUT_S, StripeApi, checked_url
    from headwater.kit.egress import EgressClient

    mode, address = endpoint.mode.value, checked_url(url or API)
    if f"_{mode}_" not in key:
        raise CannotStart(f"the key is not of {mode} mode, which is that of the books. Give one.")

    async def answer(question: Question) -> list[Object]:
        # Whoever runs this command names the address, so it may be of this machine.
        most = ANSWER_MAX
        client = EgressClient(allow_private=True, timeout_s=TIMEOUT_S, max_response_bytes=most)
        async with client:
            return await question(StripeApi(client, address, key, app.clock))

    return lambda question: asyncio.run(answer(question))


def _listed(app: "App", ask: Ask, days: int) -> list[Object]:
    from headwater.kit.clock import DAY_US, SECOND_US

    if not 0 < days <= DAYS_MAX:
        raise CannotStart(f"--days is a number from 1 to {DAYS_MAX}.")
    now_us = app.clock.now_us()
    since_s, until_s = (now_us - days * DAY_US) // SECOND_US, now_us // SECOND_US + 1
    return ask(lambda stripe: stripe.objects(since_s, until_s))


def refuse_nothing(told: "Exported", mode: "Mode", *, asked: bool) -> None:
    """Nothing compared is not nothing different."""
    if told.other_mode:
        raise CannotStart(
            f"{told.other_mode} objects are not of {mode} mode, which is that of the"
            " books. Nothing was compared. Export the others alone."
        )
    if not (told.events or told.charges or told.paid or asked):
        kinds = ", ".join(f"{number} {kind}" for kind, number in told.passed_over.items())
        raise CannotStart(
            f"there is nothing to compare with ({kinds or 'no objects'}). Name files with paid"
            " invoices, checkout sessions, refunds, disputes, credit notes or charges of Stripe's."
        )


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


def _tell(
    found: "Sequence[Difference]", left: "Sequence[Difference]", told: "Exported", *, as_json: bool
) -> None:
    rows = [
        {
            "kind": each.kind.value,
            "what": each.what,
            "id": each.id,
            "currency": each.currency,
            "stripe": each.stripe,
            "booked": each.booked,
            "stripe_state": each.stripe_state,
            "booked_state": each.booked_state,
            "healed": each not in left,
        }
        for each in found
    ]
    if as_json:
        print(msgspec.json.encode(rows).decode())
        return
    for each in found:
        there = _shown(each.stripe, each.currency, each.stripe_state)
        booked = _shown(each.booked, each.currency, each.booked_state)
        healed = "" if each in left else "  healed"
        print(f"{each.kind:10}  {each.what:7}  {each.id}  {there} | {booked}{healed}")
    for kind, number in told.passed_over.items():
        print(f"passed over: {number} {kind}, which say nothing to compare")
    compared = len(told.events) + len(told.charges) + len(told.paid)
    print(f"{compared} compared, {len(found)} differences, {len(found) - len(left)} healed")


def _shown(amount: int | None, currency: str, state: str | None) -> str:
    from headwater.kit.money import display

    shown = "-" if amount is None else display(amount, currency)
    return shown if state is None else f"{shown} {state}"
