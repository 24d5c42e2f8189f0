"""/customers: find, correct and erase persons."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import delete, get, patch
from litestar.params import Parameter, QueryParameter
from msgspec import UNSET, UnsetType

from headwater import avatars, conversions, customers, erasure, links, programs, tracking
from headwater.customers import Customer, CustomerFilter
from headwater.db import Read, Write
from headwater.http.api.common import (
    Body,
    Given,
    HttpRequest,
    Page,
    PageSize,
    Pictured,
    checked_email,
    naming,
    offset,
    one_cursor,
    tidy,
)
from headwater.http.api.filters import refuse_unknown_filters
from headwater.http.api.refunds import with_slashes
from headwater.http.auth import Caller
from headwater.kit.clock import SECOND_US
from headwater.kit.context import Context
from headwater.kit.problems import invalid
from headwater.shapes import avatar_url, customer_object, expanded_fields

Person = Annotated[str, msgspec.Meta(max_length=255)]
Expanded = Annotated[bool, QueryParameter(name="includeExpandedFields")]
SortBy = Annotated[
    Literal["createdAt", "saleAmount", "firstSaleAt", "subscriptionCanceledAt"],
    QueryParameter(name="sortBy"),
]


class CustomerChanges(Body, kw_only=True, rename="camel"):
    """What is left out stays as it is."""

    email: Given | UnsetType | None = UNSET
    name: Given | UnsetType | None = UNSET
    avatar: Pictured | UnsetType | None = UNSET
    external_id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    stripe_customer_id: Person | UnsetType | None = UNSET
    country: Person | UnsetType | None = UNSET
    subscription_canceled_at: Person | UnsetType | None = UNSET


@get("/customers", tags=["customers"], summary="List customers")
async def list_customers(
    request: HttpRequest,
    caller: Caller,
    email: str | None = None,
    external_id: Annotated[str | None, QueryParameter(name="externalId")] = None,
    search: Annotated[str | None, Parameter(max_length=255)] = None,
    country: str | None = None,
    link_id: Annotated[str | None, QueryParameter(name="linkId")] = None,
    program_id: Annotated[str | None, QueryParameter(name="programId")] = None,
    partner_id: Annotated[str | None, QueryParameter(name="partnerId")] = None,
    include_expanded_fields: Expanded = False,
    sort_by: SortBy = "createdAt",
    sort_order: Annotated[Literal["asc", "desc"], QueryParameter(name="sortOrder")] = "desc",
    starting_after: Annotated[str | None, QueryParameter(name="startingAfter")] = None,
    ending_before: Annotated[str | None, QueryParameter(name="endingBefore")] = None,
    page: Page = 1,
    page_size: PageSize = 100,
) -> list[dict[str, Any]]:
    """`email` wins over `externalId`, which wins over `search`. Of `linkId`, `programId` and
    `partnerId` those of the customer's first lead count.
    """
    refuse_unknown_filters(request)
    after, before = one_cursor(starting_after, ending_before)
    if (after or before) and sort_by != "createdAt":
        message = f"A cursor follows the order of creation. Use page with sortBy={sort_by}."
        raise invalid("sortBy", message)
    wanted = CustomerFilter(
        **_narrowing(email, external_id, search),
        country=country.upper() if country else None,
        program_id=program_id or None,
        partner_id=partner_id or None,
        sort_by=sort_by,
        ascending=sort_order == "asc",
        starting_after=after,
        ending_before=before,
        limit=page_size,
        offset=offset(page, page_size),
    )
    return await caller.app.db.read(_listed, caller, wanted, link_id, include_expanded_fields)


def _narrowing(email: str | None, external_id: str | None, search: str | None) -> dict[str, Any]:
    """The one of the three that counts."""
    given = {"email": email, "external_id": external_id, "search": search}
    return dict([(name, text) for name, text in given.items() if text][:1])


def _listed(
    tx: Read, caller: Caller, wanted: CustomerFilter, link_id: str | None, expanded: bool
) -> list[dict[str, Any]]:
    if link_id:
        number = links.number_ever(tx, caller.id, link_id)
        if number is None:
            return []
        wanted = replace(wanted, link_number=number)
    found = customers.page(tx, caller.id, wanted)
    return [_shown(tx, caller, each, expanded) for each in found]


def _shown(tx: Read, caller: Caller, customer: Customer, expanded: bool) -> dict[str, Any]:
    workspace_id = caller.id
    shown = customer_object(customer, caller.api_url)
    if not expanded:
        return shown
    leads = conversions.leads_of(tx, workspace_id, customer.id)
    if not leads:
        return shown | expanded_fields(None, None)
    link = links.by_number(tx, workspace_id, leads[0].link_number)
    partner = None
    if leads[0].partner_id is not None and leads[0].program_id is not None:
        partner = programs.partner(tx, workspace_id, leads[0].partner_id, leads[0].program_id)
    return shown | expanded_fields(link, partner)


@get("/customers/{customer_id:str}", tags=["customers"], summary="Get a customer")
async def get_customer(
    customer_id: str, caller: Caller, include_expanded_fields: Expanded = False
) -> dict[str, Any]:
    """`customer_id` is an id or `ext_<externalId>`."""

    def read(tx: Read) -> dict[str, Any]:
        found = customers.by_reference(tx, caller.id, with_slashes(customer_id))
        return _alone(tx, caller, found, include_expanded_fields)

    return await caller.app.db.read(read)


def _alone(tx: Read, caller: Caller, customer: Customer, expanded: bool) -> dict[str, Any]:
    """With what became of the picture that was given last."""
    state, reason = avatars.state_of(tx, caller.id, customer.id) or (None, None)
    told = {"avatarState": state, "avatarReason": reason}
    return _shown(tx, caller, customer, expanded) | told


@patch("/customers/{customer_id:str}", tags=["customers"], summary="Change a customer")
async def update_customer(
    customer_id: str,
    data: CustomerChanges,
    caller: Caller,
    include_expanded_fields: Expanded = False,
) -> dict[str, Any]:
    """Calls that waited for the new `externalId` are recorded soon after."""
    ctx = caller.context()
    given = _changes(data)
    changes = {name: value for name, value in given.items() if name != "avatar"}

    def run(tx: Write) -> dict[str, Any]:
        made = customers.update(tx, ctx, with_slashes(customer_id), changes)
        if "avatar" in given:
            made = _pictured(tx, ctx, made, given["avatar"], caller.api_url)
        _release(tx, ctx, made, changes)
        return _alone(tx, caller, made, include_expanded_fields)

    return await caller.app.db.write(run)


def _pictured(
    tx: Write, ctx: Context, customer: Customer, given: str | None, api_url: str
) -> Customer:
    """With this picture from now on; the address a client was told says nothing new."""
    if given is not None and given == avatar_url(customer.avatar, api_url):
        return customer
    taken = avatars.take(tx, ctx, customer.id, given)
    customers.set_avatar(tx, ctx.workspace_id, customer.id, taken)
    return customers.by_reference(tx, ctx.workspace_id, customer.id)


def _release(tx: Write, ctx: Context, customer: Customer, changes: dict[str, Any]) -> None:
    if "external_id" in changes:
        leads = conversions.leads_of(tx, ctx.workspace_id, customer.id)
        tracking.release_customer(tx, ctx, customer.external_id, leads)


def _changes(data: CustomerChanges) -> dict[str, Any]:
    """The fields that were given, trimmed, with "" as null."""
    given: dict[str, Any] = {
        name: tidy(value)
        for name, value in msgspec.structs.asdict(data).items()
        if value is not UNSET
    }
    if given.get("external_id", "") is None:
        raise invalid("externalId", "externalId must say something: it names the customer.")
    if given.get("email"):
        given["email"] = checked_email(given["email"], "email")
    if given.get("country"):
        given["country"] = _country(given["country"])
    if given.get("subscription_canceled_at"):
        given["subscription_canceled_at"] = _moment(given["subscription_canceled_at"])
    return given


def _country(text: str) -> str:
    if len(text) != 2 or not text.isascii() or not text.isalpha():
        raise invalid("country", "country is an ISO 3166-1 code of two letters, such as DE.")
    return text.upper()


def _moment(text: str) -> int:
    """Microseconds; a time without a zone is taken as UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        message = "subscriptionCanceledAt is a time such as 2026-01-31T12:00:00Z, or null."
        raise invalid("subscriptionCanceledAt", message) from error
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp()) * SECOND_US + aware.microsecond


@delete(
    "/customers/{customer_id:str}", tags=["customers"], summary="Erase a person", status_code=200
)
async def delete_customer(customer_id: str, caller: Caller) -> dict[str, Any]:
    """What was sold and earned stays in the books, without the person."""
    ctx = caller.context()
    with naming("id"):
        erased = await caller.app.db.write(erasure.erase_customer, ctx, with_slashes(customer_id))
    return {"id": erased.id}
