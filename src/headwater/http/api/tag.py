"""POST /t, GET /t/config: what the tag on a site reports, and what it is told."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import QueryParameter

from headwater import attribution, delivery, links, programs, tracking, visitors, workspace
from headwater.attribution import Click, ClickIds, classify
from headwater.consequences import after_landing
from headwater.db import Read, Write
from headwater.http.api.common import Body, HttpRequest
from headwater.http.api.touches import (
    EVENTS_MAX,
    ConsentBody,
    Reader,
    consent_of,
    refusal,
)
from headwater.http.auth import Rim, refuse_other_hosts
from headwater.http.visitor import Headers, came_with, headers_of, purpose, text
from headwater.kit.context import Context
from headwater.kit.problems import Code, Problem, not_found
from headwater.landing import table
from headwater.links import key_folded
from headwater.shapes import partner_brief
from headwater.visitors import Answer, Taken, TouchDraft
from headwater.workspace import TagSettings, Workspace

CONFIG_AGE_S = 300
DOMAINS_MAX = 20  # that are searched for a partner's link
URL_KEPT = 2000


class TagBody(Body, kw_only=True, rename="camel"):
    """What one page reports: `{"type": "touch", …}` and `{"type": "withdraw"}`."""

    key: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    visitor: Annotated[str, msgspec.Meta(max_length=600)] | None = None
    consent: ConsentBody | None = None
    events: Annotated[list[dict[str, Any]], msgspec.Meta(max_length=EVENTS_MAX)]


@get(
    "/t/config", tags=["tag"], summary="What the tag is told", security=[], opt={"keyed": True},
)  # fmt: skip
async def tag_config(
    request: HttpRequest, rim: Rim, key: Annotated[str, QueryParameter(max_length=200)]
) -> Response[bytes]:
    """Under a publishable key, which stands in every page that asks."""
    found = await rim.keys.published(key)
    refuse_other_hosts(found, request.headers)
    settings = await rim.app.db.read(workspace.tag_settings, found.id)
    body = msgspec.json.encode(_config(found, settings))
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"etag": etag, "cache-control": f"public, max-age={CONFIG_AGE_S}"}
    if request.headers.get("if-none-match") == etag:
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _config(of: Workspace, settings: TagSettings) -> dict[str, Any]:
    """Without what a page loads only where it is wanted."""
    wanted = {"outbound": settings.outbound, "providers": settings.providers}
    return {
        "clickParam": of.click_param,
        "table": table().compact(settings.partner_params),
        "partnerParams": settings.partner_params,
        "consentDefault": settings.consent_default,
        "ignoreReferrers": settings.ignored,
        "referrals": settings.referrals,
    } | {name: said for name, said in wanted.items() if said}


@post(
    "/t", tags=["tag"], summary="Report touches", status_code=200, security=[], opt={"keyed": True},
)  # fmt: skip
async def report(data: TagBody, request: HttpRequest, rim: Rim) -> Response[dict[str, Any]]:
    """An event that cannot be used is named in `refused`, and the others count. The cookie that
    comes beats the visitor in the body; the answer names the one that counts.
    """
    found = await rim.keys.published(data.key)
    refuse_other_hosts(found, request.headers)
    settings = await rim.app.db.read(workspace.tag_settings, found.id)
    visit = _Visit(request, rim, data, found, settings)
    if visit.withdraws or visit.consent.measurement is not Answer.GRANTED:
        return await visit.withdrawn()
    return await visit.reported()


class _Visit:
    """One report: who it comes from, and what may be done with it."""

    def __init__(
        self, request: HttpRequest, rim: Rim, data: TagBody, of: Workspace, tag: TagSettings
    ) -> None:
        self._request, self._rim, self._of = request, rim, of
        self._client = request.client.host if request.client else ""
        self._headers: Headers = headers_of(request.scope["headers"])
        self._events = data.events
        self._ctx = rim.app.context(of)
        came, self._last_click = came_with(self._headers)
        said, _ = visitors.cookie_parts(data.visitor or "")
        self._cookie, self._said = rim.edge.jar.kept(came), said
        sends_gpc = (b"sec-gpc", b"1") in request.scope["headers"]
        self.consent = consent_of(data.consent or ConsentBody(), tag, sends_gpc)
        self._reader = Reader(
            now_us=self._ctx.now_us,
            click_param=of.click_param,
            tag=tag,
            consent=self.consent,
            touch_days=rim.app.config.tracking.touch_days,
        )

    @property
    def withdraws(self) -> bool:
        return any(event.get("type") == "withdraw" for event in self._events)

    async def withdrawn(self) -> Response[dict[str, Any]]:
        """Nothing is kept (T-101); with the consent goes what nobody claimed, and the cookie."""
        known = [each for each in {self._cookie, self._said} if each is not None]
        if self.withdraws and known:
            await self._rim.app.db.write(_forget, self._ctx, known)
        line = self._rim.edge.jar.removed(self._client, self._headers)
        return _answer(_told(None), line)

    async def reported(self) -> Response[dict[str, Any]]:
        if self._is_machine():
            return _answer(_told(self._said), None)
        visitor_id = self._cookie or self._said or self._rim.edge.jar.fresh()
        drafts, refused = self._read()
        if not drafts and self._said in (None, visitor_id):
            return _answer(_told(visitor_id, refused=refused), self._line(visitor_id, None))
        made = [await self._with_click(each, visitor_id) for each in drafts]
        done = await self._rim.app.db.write(self._remember, visitor_id, made)
        refused += done.refused
        if done.came_late:
            app = self._rim.app
            await app.db.write(tracking.attach_late, self._ctx, app.settings, visitor_id)
        told = _told(visitor_id, done.partner, done.click_id, refused)
        return _answer(told, self._line(visitor_id, done.click_id))

    def _line(self, visitor_id: str, click_id: str | None) -> tuple[bytes, bytes]:
        last = click_id or self._last_click
        return self._rim.edge.jar.line(self._client, self._headers, visitor_id, last)

    def _is_machine(self) -> bool:
        agent = text(self._headers, b"user-agent")
        kind = classify(agent, purpose(self._headers)).hit_class.value
        return kind in self._rim.app.config.edge.uncounted

    def _read(self) -> tuple[list[TouchDraft], list[dict[str, Any]]]:
        drafts: list[TouchDraft] = []
        refused: list[dict[str, Any]] = []
        for event in self._events:
            try:
                drafts.append(self._touch(event))
            except Problem as problem:
                refused.append(refusal(event, problem))
        return drafts, refused

    def _touch(self, event: dict[str, Any]) -> TouchDraft:
        if event.get("type") != "touch":
            raise Problem(
                Code.UNPROCESSABLE, "An event has the type touch or withdraw.", "events.type"
            )
        return self._reader.touch(event)

    async def _with_click(self, draft: TouchDraft, visitor_id: str) -> TouchDraft:
        """A partner's code makes a click of ours where one of the domains has their link, once."""
        if draft.partner is None or draft.click_id is not None:
            return draft
        known = await self._rim.app.db.read(visitors.known, self._ctx, visitor_id, draft)
        if known is not None or draft.again:
            return replace(draft, click_id=known.click_id if known else None)
        place = await self._rim.app.db.read(_partner_link, self._of.id, draft.partner)
        link = None if place is None else await self._rim.edge.find(*place)
        if link is None or (link.special and links.closed(link.special, self._ctx.now_us)):
            return draft
        _, click_id = await self._rim.edge.hit(
            link,
            self._client,
            self._headers,
            url=(draft.url or "")[:URL_KEPT],
            referrer=draft.referrer or "",
        )
        return replace(draft, click_id=click_id)

    def _remember(self, tx: Write, visitor_id: str, drafts: Sequence[TouchDraft]) -> "_Done":
        app, ctx = self._rim.app, self._ctx
        visitors.lock(tx, ctx, visitor_id, self._said or visitor_id)
        if self._said not in (None, visitor_id):
            gone = visitors.move(tx, ctx, self._said, visitor_id)
            delivery.forget_bodies(tx, ctx.workspace_id, gone)
        clicks = _genuine(tx, ctx, app.settings.click_ids, drafts)
        kept, refused = _usable(drafts, clicks)
        done = visitors.remember(tx, ctx, visitor_id, kept, app.config.tracking.touch_days)
        for draft, each in zip(kept, done, strict=True):
            if each.taken in _NOT_TAKEN:
                refused.append(refusal({"id": draft.event_id}, Problem(*_NOT_TAKEN[each.taken])))
        new = [each.touch_id for each in done if each.touch_id is not None]
        after_landing(tx, ctx, visitor_id, new)
        new_here = [each.click_id for each in kept if not each.again]
        own = [clicks[each] for each in new_here if each in clicks]
        return _Done(
            refused=refused,
            click_id=own[-1].click_id if own else None,
            partner=_partner(tx, ctx, own[-1].link_number) if own else None,
            came_late=bool(visitors.late(tx, ctx, visitor_id)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    refused: list[dict[str, Any]]
    click_id: str | None
    partner: dict[str, Any] | None
    came_late: bool


_NOT_TAKEN = {
    Taken.TOO_MANY: (
        Code.RATE_LIMITED,
        "This visitor has as many touches as are kept: 100 until somebody signs up, 500 of a day.",
    ),
}


def _genuine(
    tx: Read, ctx: Context, click_ids: ClickIds, drafts: Sequence[TouchDraft]
) -> dict[str, Click]:
    named = {each.click_id for each in drafts if each.click_id is not None}
    return attribution.clicks_named(tx, ctx.workspace_id, click_ids, named) if named else {}


def _usable(
    drafts: Sequence[TouchDraft], clicks: Mapping[str, Click]
) -> tuple[list[TouchDraft], list[dict[str, Any]]]:
    """Without ids of clicks that were never made; a touch that said nothing else is refused."""
    kept: list[TouchDraft] = []
    refused: list[dict[str, Any]] = []
    for draft in drafts:
        if draft.click_id is None or draft.click_id in clicks:
            kept.append(draft)
            continue
        bare = replace(draft, click_id=None)
        if visitors.has_evidence(bare, referrals=False):
            kept.append(bare)
        unknown = not_found("click", draft.click_id[:40], "clickId")
        refused.append(refusal({"id": draft.event_id}, unknown))
    return kept, refused


def _partner_link(tx: Read, workspace_id: str, code: str) -> tuple[str, str] | None:
    """Host and key of a partner's link under this code (D-12), on the first domain that has one."""
    if len(code) > links.KEY_MAX or code.startswith("_"):
        return None
    folded = key_folded(code.strip("/"))
    for domain in workspace.list_domains(tx, workspace_id, None, False, DOMAINS_MAX, 0):
        found = links.by_key(tx, workspace_id, domain.host, folded)
        if found is not None and found.partner_id is not None:
            return found.host, found.key
    return None


def _partner(tx: Read, ctx: Context, link_number: int) -> dict[str, Any] | None:
    """Whom the page may thank: name and picture, nothing else."""
    link = links.by_number(tx, ctx.workspace_id, link_number)
    if link is None or link.partner_id is None:
        return None
    brief = partner_brief(programs.partner(tx, ctx.workspace_id, link.partner_id, link.program_id))
    return {"name": brief["name"], "image": brief["image"]}


def _forget(tx: Write, ctx: Context, visitor_ids: Sequence[str]) -> None:
    visitors.lock(tx, ctx, *visitor_ids)
    for visitor_id in visitor_ids:
        gone = visitors.withdraw(tx, ctx, visitor_id)
        delivery.forget_bodies(tx, ctx.workspace_id, gone)


def _told(
    visitor_id: str | None,
    partner: dict[str, Any] | None = None,
    click_id: str | None = None,
    refused: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    return {"visitor": visitor_id, "partner": partner, "clickId": click_id, "refused": refused}


def _answer(told: dict[str, Any], cookie: tuple[bytes, bytes] | None) -> Response[dict[str, Any]]:
    headers = {"cache-control": "no-store"}
    if cookie is not None:
        headers["set-cookie"] = cookie[1].decode("latin-1")
    return Response(told, headers=headers)
