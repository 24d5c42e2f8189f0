"""The API: routes, who is asking, and the one error envelope."""

from typing import Any

from litestar import Litestar, Request, get
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from headwater import __version__
from headwater.http.api import (
    analytics,
    customers,
    deliveries,
    health,
    inbox,
    links,
    money,
    programs,
    receipts,
    refunds,
    track,
    webhooks,
)
from headwater.http.asgi import AsgiApp
from headwater.http.auth import Caller, Keys, Rim, refuse_nul
from headwater.http.body import StrictRequest
from headwater.http.edge import Edge
from headwater.http.envelope import DESCRIBED, HANDLERS, ErrorBody
from headwater.http.link_table import LinkTable
from headwater.runtime import App


@get("/openapi.json", include_in_schema=False, security=[])
async def openapi(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return request.app.openapi_schema.to_schema()


ROUTES: list[Any] = [
    openapi,
    health.healthz,
    health.readyz,
    track.track_click,
    track.track_lead,
    track.track_sale,
    refunds.refund_sale,
    links.create_link,
    links.update_link,
    links.list_links,
    links.link_info,
    links.get_link,
    programs.create_program,
    programs.list_programs,
    programs.get_program,
    programs.create_reward,
    programs.list_rewards,
    programs.create_partner,
    programs.list_partners,
    programs.get_partner,
    programs.deactivate_partner,
    money.list_commissions,
    analytics.retrieve,
    customers.list_customers,
    customers.get_customer,
    customers.update_customer,
    customers.delete_customer,
    money.list_balances,
    money.create_rate,
    money.list_rates,
    receipts.get_receipt,
    receipts.list_receipts,
    inbox.list_inbox,
    inbox.get_item,
    inbox.replay_item,
    webhooks.create_webhook,
    webhooks.list_webhooks,
    webhooks.get_webhook,
    webhooks.delete_webhook,
    webhooks.update_webhook,
    webhooks.rotate_secret,
    webhooks.test_webhook,
    webhooks.list_events,
    deliveries.list_deliveries,
    deliveries.get_delivery,
    deliveries.replay_delivery,
    deliveries.replay_deliveries,
]


def _described(routes: list[Any]) -> list[Any]:
    """With the key each wants, and the answers it may give when it cannot serve.

    The key stands at each route, not above all: the framework leaves out a `security=[]`.
    """
    errors = {
        status: ResponseSpec(ErrorBody, generate_examples=False, description=said)
        for status, said in DESCRIBED.items()
    }
    open_to_all = {status: said for status, said in errors.items() if status not in _OF_KEYS}
    for route in routes:
        anybody = route.security == []
        route.responses = open_to_all if anybody else errors
        if not anybody or route in _HEALTH:
            route.security = [{"token": []}]
    health.healthz.responses = {}
    health.readyz.responses = {
        503: ResponseSpec(
            dict[str, Any],
            generate_examples=False,
            description="Not ready: `checks` says which part is unwell, `remedy` what to do",
        )
    }
    return routes


# They ask for no key, but a request without key, field or id has nothing that could be wrong, and
# then none can be generated to try them.
_HEALTH = (health.healthz, health.readyz)
_OF_KEYS = {401, 403, 409}  # of whoever has a key and makes things with it


def build_api(app: App, edge: Edge, table: LinkTable) -> AsgiApp:
    keys = Keys(app)
    rim = Rim(app=app, edge=edge, table=table, keys=keys)

    async def provide_rim() -> Rim:
        return rim

    async def caller(request: Request[Any, Any, Any]) -> Caller:
        found = await keys.workspace(request.headers.get("authorization"))
        return Caller(app=app, table=table, workspace=found)

    async def guard(request: Request[Any, Any, Any]) -> None:
        """Who asks comes before what is sent: a stranger learns nothing about bodies."""
        if "caller" in request.route_handler.parsed_fn_signature.parameters:
            await keys.workspace(request.headers.get("authorization"))
        await refuse_nul(request)

    return Litestar(
        route_handlers=_described(ROUTES),
        dependencies={"rim": Provide(provide_rim), "caller": Provide(caller)},
        request_class=StrictRequest,
        before_request=guard,
        exception_handlers=HANDLERS,
        openapi_config=_openapi(),
        request_max_body_size=app.config.server.max_body_bytes,
        logging_config=None,
    )


def _openapi() -> OpenAPIConfig:
    bearer = SecurityScheme(type="http", scheme="bearer", description="A workspace's secret key")
    return OpenAPIConfig(
        title="Headwater",
        version=__version__,
        description="Attribution and conversions: credited once, paid right, explained.",
        path="/schema",
        render_plugins=[JsonRenderPlugin()],
        components=Components(security_schemes={"token": bearer}),
        use_handler_docstrings=True,
    )
