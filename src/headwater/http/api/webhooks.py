"""/webhooks and /deliveries."""

from typing import Annotated, Any

import msgspec
from litestar import delete, get, patch, post

from headwater import delivery, links
from headwater.db import Read, Write
from headwater.delivery import (
    Delivery,
    DeliveryWithLog,
    Filters,
    NewWebhook,
    ScopeGiven,
    Webhook,
    WebhookChanges,
)
from headwater.http.api.common import (
    Body,
    HttpRequest,
    Name,
    Page,
    PageSize,
    Short,
    naming,
    offset,
    write_once,
)
from headwater.http.api.deliveries import delivery_object, loaded, with_log
from headwater.http.api.filters import refuse_unknown_filters
from headwater.http.api.sandbox import refuse_outside
from headwater.http.auth import Caller
from headwater.kit.clock import iso_ms, iso_ms_or_none
from headwater.kit.problems import invalid


class WebhookBody(Body, kw_only=True, rename="camel"):
    name: Name
    url: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    triggers: Annotated[list[Short], msgspec.Meta(min_length=1, max_length=20)]
    link_scope: Short | None = None
    link_ids: list[Short] | None = None
    folder_ids: list[Short] | None = None
    click_batches: bool = False
    secret: Short | None = None


class WebhookPatch(Body, kw_only=True, rename="camel"):
    """What is left out stays as it is."""

    name: Name | None = None
    url: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)] | None = None
    triggers: Annotated[list[Short], msgspec.Meta(min_length=1, max_length=20)] | None = None
    disabled_at: Short | msgspec.UnsetType | None = msgspec.UNSET
    link_scope: Short | None = None
    link_ids: list[Short] | None = None
    folder_ids: list[Short] | None = None
    click_batches: bool | None = None
    secret: Short | None = None


def _scope(data: WebhookBody | WebhookPatch) -> ScopeGiven:
    return ScopeGiven(
        scope=data.link_scope,
        link_ids=None if data.link_ids is None else tuple(data.link_ids),
        folder_ids=None if data.folder_ids is None else tuple(data.folder_ids),
    )


def _refuse_strangers(tx: Read, workspace_id: str, data: WebhookBody | WebhookPatch) -> None:
    """Ids that name nothing here: whoever wrote one would wait for clicks in vain."""
    for field, given, finder in (
        ("linkIds", data.link_ids, links.known_ids),
        ("folderIds", data.folder_ids, links.known_folders),
    ):
        known = finder(tx, workspace_id, given) if given else set()
        strange = [each for each in given or () if each not in known]
        if strange:
            what = field.removesuffix("Ids")
            message = f"There is no {what} {strange[0]!r} in this workspace. Check the id."
            raise invalid(field, message)


@post("/webhooks", tags=["webhooks"], summary="Subscribe to events", status_code=201)
async def create_webhook(data: WebhookBody, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """The answer holds the secret that signs every message; one may be brought along."""
    ctx = caller.context()
    new = NewWebhook(
        name=data.name,
        url=data.url,
        triggers=tuple(data.triggers),
        scope=_scope(data),
        click_batches=data.click_batches,
        secret=data.secret or None,
    )
    allow = caller.app.config.egress.allow_private

    def load(tx: Read, workspace_id: str, reference: tuple[str, str]) -> Webhook:
        return delivery.ever_webhook(tx, workspace_id, reference[1])

    def run(tx: Write) -> Webhook:
        _refuse_strangers(tx, ctx.workspace_id, data)
        made = delivery.create_webhook(tx, ctx, new, allow)
        refuse_outside(caller, made.url, "url")
        return made

    made = await write_once(
        caller.app,
        request,
        ctx,
        run,
        lambda webhook: ("webhook", webhook.id),
        load,
    )
    return _webhook(made)


@get("/webhooks", tags=["webhooks"], summary="List webhooks")
async def list_webhooks(request: HttpRequest, caller: Caller) -> list[dict[str, Any]]:
    refuse_unknown_filters(request)
    return [_webhook(each) for each in await caller.app.db.read(delivery.list_webhooks, caller.id)]


@get("/webhooks/{webhook_id:str}", tags=["webhooks"], summary="Get a webhook")
async def get_webhook(webhook_id: str, caller: Caller) -> dict[str, Any]:
    with naming("id"):
        return _webhook(await caller.app.db.read(delivery.get_webhook, caller.id, webhook_id))


@patch("/webhooks/{webhook_id:str}", tags=["webhooks"], summary="Change a webhook, or enable it")
async def update_webhook(webhook_id: str, data: WebhookPatch, caller: Caller) -> dict[str, Any]:
    """`disabledAt: null` enables one that was switched off: what waited is sent."""
    if isinstance(data.disabled_at, str):
        raise invalid("disabledAt", "Give null to enable it; to end it, delete the webhook.")
    if data.secret is not None:
        message = (
            "POST /webhooks/{id}/secret makes a new secret; both sign for a while. Leave it out."
        )
        raise invalid("secret", message)
    ctx = caller.context()
    changes = WebhookChanges(
        name=data.name,
        url=data.url,
        triggers=None if data.triggers is None else tuple(data.triggers),
        scope=_scope(data),
        click_batches=data.click_batches,
        enable=data.disabled_at is None,
    )
    allow = caller.app.config.egress.allow_private

    def run(tx: Write) -> Webhook:
        _refuse_strangers(tx, ctx.workspace_id, _new_ids(tx, ctx.workspace_id, webhook_id, data))
        changed = delivery.change_webhook(tx, ctx, webhook_id, changes, allow)
        refuse_outside(caller, data.url, "url")
        return changed

    with naming("id"):
        return _webhook(await caller.app.db.write(run))


def _new_ids(tx: Read, workspace_id: str, webhook_id: str, data: WebhookPatch) -> WebhookPatch:
    """Without those it has: a link that was deleted since may stay in the list."""
    scoped = delivery.get_webhook(tx, workspace_id, webhook_id).scoped
    known = {*scoped.link_ids, *scoped.folder_ids}
    return WebhookPatch(
        link_ids=[each for each in data.link_ids or () if each not in known],
        folder_ids=[each for each in data.folder_ids or () if each not in known],
    )


@post(
    "/webhooks/{webhook_id:str}/secret", tags=["webhooks"], summary="A new secret", status_code=200
)
async def rotate_secret(webhook_id: str, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """Both secrets sign until `oldSecretUntil`."""
    ctx = caller.context()
    grace_s = caller.app.config.delivery.secret_grace_s

    def load(tx: Read, workspace_id: str, reference: tuple[str, str]) -> Webhook:
        return delivery.ever_webhook(tx, workspace_id, reference[1])

    with naming("id"):
        rotated = await write_once(
            caller.app,
            request,
            ctx,
            lambda tx: delivery.rotate_secret(tx, ctx, webhook_id, grace_s),
            lambda webhook: ("webhook", webhook.id),
            load,
        )
    return _webhook(rotated)


@post("/webhooks/{webhook_id:str}/test", tags=["webhooks"], summary="Send a test", status_code=200)
async def test_webhook(webhook_id: str, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """A message `test`, signed and retried like any other; follow it in `/deliveries/{id}`."""
    ctx = caller.context()

    def run(tx: Write) -> Delivery:
        webhook = delivery.get_webhook(tx, ctx.workspace_id, webhook_id)
        delivery.refuse_paused(delivery.get_destination(tx, ctx.workspace_id, webhook.id))
        data = {"webhookId": webhook.id, "name": webhook.name}
        planned = delivery.plan_test(tx, ctx, webhook.id, "test", data)
        return delivery.get_delivery(tx, ctx.workspace_id, planned).delivery

    with naming("id"):
        sent = await write_once(
            caller.app, request, ctx, run, lambda each: ("delivery", each.id), loaded
        )
    return delivery_object(sent)


@get("/webhooks/{webhook_id:str}/events", tags=["webhooks"], summary="What was sent to it")
async def list_events(
    webhook_id: str,
    request: HttpRequest,
    caller: Caller,
    page: Page = 1,
    page_size: PageSize = 100,
) -> list[dict[str, Any]]:
    """Deliveries of one webhook with their attempts, newest first; also of one that was deleted."""
    refuse_unknown_filters(request)

    def read(tx: Read) -> list[DeliveryWithLog]:
        delivery.ever_webhook(tx, caller.id, webhook_id)
        found = delivery.list_deliveries(
            tx,
            caller.id,
            Filters(destination_id=webhook_id),
            limit=page_size,
            offset=offset(page, page_size),
        )
        return [delivery.get_delivery(tx, caller.id, each.id) for each in found]

    with naming("id"):
        return [with_log(each) for each in await caller.app.db.read(read)]


@delete(
    "/webhooks/{webhook_id:str}", tags=["webhooks"], summary="Send it nothing more", status_code=200
)
async def delete_webhook(webhook_id: str, caller: Caller) -> dict[str, Any]:
    """Its deliveries stay readable; waiting ones are given up."""
    ctx = caller.context()
    with naming("id"):
        return _webhook(await caller.app.db.write(delivery.delete_webhook, ctx, webhook_id))


def _webhook(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "name": webhook.name,
        "url": webhook.url,
        "secret": webhook.secret,
        "triggers": list(webhook.triggers),
        "linkScope": webhook.scoped.scope if "link.clicked" in webhook.triggers else None,
        "linkIds": list(webhook.scoped.link_ids),
        "folderIds": list(webhook.scoped.folder_ids),
        "clickBatches": webhook.click_batches,
        "disabledAt": iso_ms_or_none(webhook.disabled_at),
        "deletedAt": iso_ms_or_none(webhook.deleted_at),
        "oldSecretUntil": iso_ms_or_none(webhook.old_secret_until),
        "createdAt": iso_ms(webhook.created_at),
    }
