"""POST /track/signup, GET /customers/{id}/attributions and /touches: who a visitor becomes."""

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import structlog
from litestar import get, post

from headwater import attribution, customers, visitors, workspace
from headwater.attribution import Attribution
from headwater.conversions import Lead
from headwater.db import Read
from headwater.http.api.common import HttpRequest, Short, metadata_text, tidy, write_once
from headwater.http.api.filters import refuse_unknown_filters
from headwater.http.api.refunds import with_slashes
from headwater.http.api.touches import (
    EVENTS_MAX,
    ConsentBody,
    Reader,
    consent_of,
    refusal,
)
from headwater.http.api.track import ExternalId, Person
from headwater.http.auth import Caller
from headwater.http.call_log import log_signup, settled
from headwater.kit.clock import iso_ms, iso_ms_or_none
from headwater.kit.context import Context
from headwater.kit.problems import Problem, not_found
from headwater.landing import table
from headwater.shapes import customer_object
from headwater.tracking import SIGN_UP, LeadCall, SignedUp, SignUp, sign_up, signed_up
from headwater.visitors import Answer, NetworkId, Touch, TouchDraft

log = structlog.get_logger(__name__)

Cookie = Annotated[str, msgspec.Meta(max_length=600)]
Referral = Annotated[str, msgspec.Meta(max_length=512)]


class SignUpBody(Person, kw_only=True, rename="camel"):
    """`visitorId` is the whole value of the cookie, or the id alone."""

    customer_external_id: ExternalId
    visitor_id: Cookie | None = None
    touches: Annotated[list[dict[str, Any]], msgspec.Meta(max_length=EVENTS_MAX)] | None = None
    landing: dict[str, Any] | None = None
    referral: Referral | None = None
    consent: ConsentBody | None = None
    event_name: Short | None = None
    new_customer: bool | None = None


@post(
    "/track/signup", tags=["track"], summary="Attach a visitor to a customer", status_code=200,
    opt={"log": "signup"},
)  # fmt: skip
async def track_signup(data: SignUpBody, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """At sign-up and at every later sign-in. `signup` names the providers this very call was the
    first to know the customer by; each is named once, for ever.
    """
    app = caller.app
    ctx = caller.context()
    tag = await app.db.read(workspace.tag_settings, caller.id)
    said = data.consent or ConsentBody(source="server")
    reader = Reader(
        now_us=ctx.now_us,
        click_param=caller.workspace.click_param,
        tag=tag,
        consent=consent_of(said, tag, sends_gpc=False),
        touch_days=app.config.tracking.touch_days,
    )
    reported = _reported(data, reader, ctx)
    call = _call(data, ctx, reported, app.config.tracking.touch_days)
    done = await write_once(
        app,
        request,
        ctx,
        lambda tx: sign_up(tx, ctx, app.settings, call),
        _reference,
        lambda tx, workspace_id, reference: _again(tx, workspace_id, call, reference),
        lambda tx, result: log_signup(tx, ctx, request, result),
    )
    settled(request)
    for provider in done.kept:
        log.info("first_touch_preserved", customer_id=done.customer.id, provider=provider)
    strange = [not_found("click", each[:40], "clickId") for each in done.strange]
    refused = reported.refused + [refusal(None, each) for each in strange]
    return _told(done, caller) | {"refused": refused}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reported:
    landing: TouchDraft | None
    touches: tuple[TouchDraft, ...]
    refused: list[dict[str, Any]]


def _reported(data: SignUpBody, reader: Reader, ctx: Context) -> _Reported:
    """Nothing where it was not consented to."""
    found: list[tuple[str, TouchDraft]] = []
    refused: list[dict[str, Any]] = []
    told = [("landing", data.landing)] if data.landing else []
    told += [("touch", each) for each in data.touches or []]
    if tidy(data.referral):
        told.append(("touch", {"id": ctx.new_id("evt_"), "referral": data.referral}))
    for kind, said in told if reader.consent.measurement is Answer.GRANTED else []:
        try:
            found.append((kind, reader.touch({"source": "server"} | said)))
        except Problem as problem:
            refused.append(refusal(said, problem))
    landing = next((draft for kind, draft in found if kind == "landing"), None)
    touches = tuple(draft for _, draft in found)
    return _Reported(landing=landing, touches=touches, refused=refused)


def _call(data: SignUpBody, ctx: Context, reported: _Reported, touch_days: int) -> SignUp:
    visitor_id, last_click = visitors.cookie_parts(data.visitor_id or "")
    named = [tidy(data.click_id), last_click]
    who = LeadCall(
        at=ctx.now_us,
        click_id=None,
        event_name=tidy(data.event_name) or SIGN_UP,
        customer_external_id=data.who(),
        customer_name=tidy(data.customer_name),
        customer_email=data.email(),
        customer_avatar=tidy(data.customer_avatar),
        metadata=metadata_text(data.metadata),
    )
    return SignUp(
        lead=who,
        visitor_id=visitor_id,
        click_ids=tuple(dict.fromkeys(each for each in named if each)),
        touches=reported.touches,
        landing=reported.landing,
        new_customer=data.new_customer,
        touch_days=touch_days,
    )


def _reference(done: SignedUp) -> tuple[str, str]:
    return "signup", " ".join([done.customer.id, *done.fresh])


def _again(tx: Read, workspace_id: str, call: SignUp, reference: tuple[str, str]) -> SignedUp:
    """What a key stands for: the first answer, as far as the customer is still known."""
    customer_id, *fresh = reference[1].split(" ")
    return signed_up(tx, workspace_id, customer_id, call.lead.event_name, tuple(fresh))


def _told(done: SignedUp, caller: Caller) -> dict[str, Any]:
    return {
        "customer": customer_object(done.customer, caller.api_url),
        "attributions": [
            attribution_object(each, caller) | {"new": each.provider in done.fresh}
            for each in done.attributions
        ],
        "lead": _lead(done.lead),
        "signup": list(done.fresh),
    }


def _lead(lead: Lead | None) -> dict[str, Any] | None:
    if lead is None:
        return None
    return {"id": lead.id, "eventName": lead.name, "clickId": lead.click_id}


@get(
    "/customers/{customer_id:str}/attributions", tags=["customers"],
    summary="First touches of a customer",
)  # fmt: skip
async def list_attributions(
    customer_id: str, request: HttpRequest, caller: Caller
) -> list[dict[str, Any]]:
    """One of each provider, at most; the first that was recorded stays."""
    refuse_unknown_filters(request)

    def read(tx: Read) -> list[dict[str, Any]]:
        found = customers.by_reference(tx, caller.id, with_slashes(customer_id))
        known = attribution.attributions(tx, caller.id, found.id)
        return [attribution_object(each, caller) for each in known]

    return await caller.app.db.read(read)


@get("/customers/{customer_id:str}/touches", tags=["customers"], summary="Touches of a customer")
async def list_touches(
    customer_id: str, request: HttpRequest, caller: Caller
) -> list[dict[str, Any]]:
    """All that were theirs when they signed up or came back, in order of time."""
    refuse_unknown_filters(request)

    def read(tx: Read) -> list[dict[str, Any]]:
        found = customers.by_reference(tx, caller.id, with_slashes(customer_id))
        return [touch_object(each) for each in visitors.of_customer(tx, caller.id, found.id)]

    return await caller.app.db.read(read)


def attribution_object(of: Attribution, caller: Caller) -> dict[str, Any]:
    return {
        "provider": of.provider,
        "identifier": of.identifier,
        "parameter": of.parameter or caller.workspace.click_param,
        "touchedAt": iso_ms(of.touched_at),
    }


def touch_object(of: Touch) -> dict[str, Any]:
    return {
        "id": of.id,
        "eventId": of.event_id,
        "source": of.source,
        "touchedAt": iso_ms(of.at),
        "url": of.url,
        "referrer": of.referrer,
        "clickId": of.click_id,
        "partner": of.partner,
        "coupon": of.coupon,
        "referral": of.referral,
        "utm": of.utm,
        "ids": [_network_id(name, each) for name, each in of.ids.items()],
        "consent": of.consent,
        "claimedAt": iso_ms_or_none(of.claimed_at),
        "newCustomer": of.new_customer,
    }


def _network_id(name: str, of: NetworkId) -> dict[str, Any]:
    row = table().click(name)
    return {
        "parameter": name,
        "provider": row.provider if row else None,
        "value": of.value,
        "expiresAt": iso_ms(of.expires_at),
    }
