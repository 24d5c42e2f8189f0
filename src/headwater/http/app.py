"""The API: routes, who is asking, and the one error envelope."""

from typing import Any

from litestar import Litestar, Request, Response
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from headwater import __version__
from headwater.http.api import (
    analytics,
    avatars,
    billing,
    checkouts,
    customers,
    deliveries,
    destinations,
    domains,
    events,
    folders,
    health,
    inbox,
    lifecycle,
    link_lists,
    links,
    log,
    mending,
    money,
    pages,
    programs,
    qr,
    receipts,
    reference,
    refunds,
    sandbox,
    scripts,
    signup,
    tag,
    tag_files,
    tags,
    track,
    visits,
    webhooks,
    workspaces,
)
from headwater.http.asgi import AsgiApp
from headwater.http.auth import Caller, Keys, Rim, refuse_nul, refuse_other_hosts
from headwater.http.body import StrictRequest
from headwater.http.call_log import Strangers, belongs_to, is_owned, log_refusal
from headwater.http.drawer import Drawer
from headwater.http.edge import Edge
from headwater.http.envelope import DESCRIBED, HANDLERS, ErrorBody
from headwater.http.gallery import Gallery
from headwater.http.link_table import LinkTable
from headwater.runtime import App, shelf_of
from headwater.workspace import Workspace

_OPENED = "headwater.workspace"

ROUTES: list[Any] = [
    reference.openapi,
    reference.docs,
    scripts.dub_script,
    tag_files.tag,
    tag_files.tag_file,
    health.healthz,
    health.readyz,
    visits.track_click,
    visits.track_visit,
    visits.track_open,
    tag.tag_config,
    tag.report,
    signup.track_signup,
    checkouts.begin_checkout,
    checkouts.get_checkout,
    track.track_lead,
    track.track_sale,
    pages.track_lead_client,
    pages.track_sale_client,
    refunds.refund_sale,
    refunds.dispute_sale,
    lifecycle.track_milestone,
    links.create_link,
    links.update_link,
    links.replace_link,
    links.upsert_link,
    links.delete_link,
    link_lists.list_links,
    link_lists.count_links,
    link_lists.create_links,
    link_lists.update_links,
    link_lists.delete_links,
    links.link_info,
    links.link_exists,
    links.random_key,
    links.get_link,
    qr.get_qr,
    tags.list_tags,
    tags.create_tag,
    tags.update_tag,
    tags.replace_tag,
    tags.delete_tag,
    folders.list_folders,
    folders.create_folder,
    folders.get_folder,
    folders.update_folder,
    folders.delete_folder,
    domains.list_domains,
    domains.create_domain,
    domains.update_domain,
    domains.delete_domain,
    domains.verify_domain,
    domains.domain_status,
    domains.register_domain,
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
    analytics.retrieve_older,
    analytics.retrieve_oldest,
    events.list_events,
    customers.list_customers,
    customers.get_customer,
    signup.list_attributions,
    signup.list_touches,
    lifecycle.list_milestones,
    lifecycle.add_attribution,
    customers.update_customer,
    customers.delete_customer,
    avatars.get_avatar,
    money.list_balances,
    money.create_rate,
    money.list_rates,
    receipts.get_receipt,
    receipts.list_receipts,
    log.list_calls,
    log.get_call,
    inbox.list_inbox,
    inbox.get_item,
    inbox.replay_item,
    inbox.count_inbox,
    mending.replay_many,
    workspaces.get_workspace,
    workspaces.update_workspace,
    sandbox.get_clock,
    sandbox.advance_clock,
    webhooks.create_webhook,
    webhooks.list_webhooks,
    webhooks.get_webhook,
    webhooks.delete_webhook,
    webhooks.update_webhook,
    webhooks.rotate_secret,
    webhooks.test_webhook,
    webhooks.list_events,
    destinations.create_destination,
    destinations.list_destinations,
    destinations.get_destination,
    destinations.update_destination,
    destinations.delete_destination,
    destinations.pause_destination,
    destinations.resume_destination,
    billing.create_endpoint,
    billing.list_endpoints,
    billing.rotate_secret,
    billing.delete_endpoint,
    billing.list_events,
    billing.get_event,
    billing.replay_event,
    billing.take_event,
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
        if route.opt.get("keyed"):
            route.responses = {status: said for status, said in errors.items() if status != 409}
        if route.opt.get("of_pages"):
            route.security = [{"publishable": []}]
        elif not anybody or route in _HEALTH:
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


def build_api(app: App, edge: Edge, table: LinkTable, keys: Keys) -> AsgiApp:
    strangers = Strangers(app)
    gallery = Gallery(shelf_of(app.config))
    rim = Rim(app=app, edge=edge, table=table, keys=keys, drawer=Drawer(), gallery=gallery)

    async def provide_rim() -> Rim:
        return rim

    async def opened_by(request: Request[Any, Any, Any]) -> Workspace:
        if request.route_handler.opt.get("of_pages") is None:
            found = await keys.workspace(request.headers.get("authorization"))
            belongs_to(request, found)
            return found
        found = await keys.of_page(request.headers)
        belongs_to(request, found)
        refuse_other_hosts(found, request.headers)
        return found

    async def caller(request: Request[Any, Any, Any]) -> Caller:
        found: Workspace = request.scope[_OPENED]  # type: ignore[literal-required]
        return Caller(app=app, table=table, keys=keys, workspace=found)

    async def guard(request: Request[Any, Any, Any]) -> None:
        """Who asks comes before what is sent: a stranger learns nothing about bodies."""
        if "caller" in request.route_handler.parsed_fn_signature.parameters:
            request.scope[_OPENED] = await opened_by(request)  # type: ignore[literal-required]
        await refuse_nul(request)

    return Litestar(
        route_handlers=_described(ROUTES),
        dependencies={"rim": Provide(provide_rim), "caller": Provide(caller)},
        request_class=StrictRequest,
        before_request=guard,
        exception_handlers={
            kind: _logged(app, table, strangers, each) for kind, each in HANDLERS.items()
        },
        openapi_config=_openapi(),
        request_max_body_size=app.config.server.max_body_bytes,
        logging_config=None,
    )


def _logged(app: App, table: LinkTable, strangers: Strangers, handler: Any) -> Any:
    """The handler, whose answers to tracking calls stand in the conversion log."""

    def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        response: Response[Any] = handler(request, error)
        if not is_owned(request):
            visits.own_by_what_it_says(table, request)
        log_refusal(app, strangers, request, response)
        return response

    return answer


def _openapi() -> OpenAPIConfig:
    bearer = SecurityScheme(type="http", scheme="bearer", description="A workspace's secret key")
    of_pages = SecurityScheme(
        type="http", scheme="bearer", description="A workspace's publishable key"
    )
    return OpenAPIConfig(
        title="Headwater",
        version=__version__,
        description="Attribution and conversions: credited once, paid right, explained.",
        path="/schema",
        render_plugins=[JsonRenderPlugin()],
        components=Components(security_schemes={"token": bearer, "publishable": of_pages}),
        use_handler_docstrings=True,
    )
