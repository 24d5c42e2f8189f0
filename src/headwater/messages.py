"""What a message says of a fact: its data, read in the transaction of the fact itself."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

import msgspec

from headwater import attribution, delivery, links, programs
from headwater.attribution import Click, ClickIds, Touch
from headwater.commissions import Commission
from headwater.conversions import Lead, Sale
from headwater.customers import Customer
from headwater.db import Read, Write
from headwater.delivery import Draft, Event
from headwater.kit.context import Context
from headwater.links import Link
from headwater.programs import Partner
from headwater.shapes import (
    click_object,
    commission_object,
    customer_object,
    link_object,
    partner_object,
    webhook_partner,
)

PARTNER_LINKS_MAX = 1000  # of which a message sums the totals


def tell_links(tx: Write, ctx: Context, event: Event, told: Sequence[Link], api_url: str) -> None:
    """Plan the messages about links that were just made, changed or deleted."""
    drafts = [
        Draft(
            event=event,
            subject_id=link.id,
            order_key=link.id,
            data=partial(link_told, link, api_url),
        )
        for link in told
    ]
    delivery.plan(tx, ctx, drafts)


def link_told(link: Link, api_url: str) -> dict[str, Any]:
    """A link as others hear of it: without its password."""
    return link_object(link, api_url) | {"password": None}


def tell_enrolled(tx: Write, ctx: Context, partner: Partner) -> Partner:
    """Plan the message about a partner, if they joined just now."""
    if partner.enrolled_at == ctx.now_us:
        draft = Draft(
            event=Event.PARTNER_ENROLLED,
            subject_id=partner.id,
            order_key=partner.id,
            data=partial(partner_object, partner, ()),
        )
        delivery.plan(tx, ctx, [draft])
    return partner


class Shown(Protocol):
    """What a message needs to know of the process that writes it."""

    @property
    def click_ids(self) -> ClickIds: ...

    @property
    def api_url(self) -> str: ...


class View:
    """Renders message data from rows, only when somebody subscribed."""

    def __init__(
        self,
        tx: Read,
        workspace_id: str,
        shown: Shown,
        customer: Customer,
        link_number: int | None,
    ) -> None:
        self._tx = tx
        self._workspace_id = workspace_id
        self._click_ids = shown.click_ids
        self._customer = customer
        self._link_number = link_number
        self._api_url = shown.api_url
        # Messages of one fact speak of the same link and partner: each is read once.
        self._links: dict[int, Link] = {}
        self._partners: dict[str, dict[str, Any]] = {}

    def lead(self, click: Click, lead: Lead) -> dict[str, Any]:
        return self._conversion(lead.name, click, lead.metadata, lead.partner_id, lead.program_id)

    def sale(self, sale: Sale, lead: Touch) -> dict[str, Any]:
        click = attribution.click_named(
            self._tx, self._workspace_id, self._click_ids, lead.click_id
        )
        assert click is not None
        program_id = lead.terms.program_id if lead.terms else None
        data = self._conversion(sale.event_name, click, sale.metadata, lead.partner_id, program_id)
        data["sale"] = {
            "id": sale.id,
            "amount": sale.amount,
            "currency": sale.currency,
            "paymentProcessor": sale.payment_processor,
            "invoiceId": sale.invoice_id,
        }
        return data

    def commission(self, commission: Commission, invoice_id: str | None) -> dict[str, Any]:
        assert commission.link_number is not None  # decided here, so by a click on a link
        link = self._link(commission.link_number)
        data = commission_object(
            commission,
            partner=self._partner(commission.partner_id, commission.program_id) or {},
            customer=self._customer,
            invoice_id=invoice_id,
            link_id=link.id,
            api_url=self._api_url,
        )
        del data["paidAt"]
        data["link"] = {
            "id": link.id,
            "shortLink": link.short_link,
            "domain": link.host,
            "key": link.key,
        }
        return data

    def _conversion(
        self,
        name: str,
        click: Click,
        metadata: str | None,
        partner_id: str | None,
        program_id: str | None,
    ) -> dict[str, Any]:
        partner = self._partner(partner_id, program_id)
        assert self._link_number is not None  # of what came by no link nobody is told
        link = self._link(self._link_number)
        return {
            "eventName": name,
            "customer": customer_object(self._customer, self._api_url),
            "click": click_object(click),
            "link": link_told(link, self._api_url),
            "partner": partner,
            "metadata": None if metadata is None else msgspec.Raw(metadata.encode()),
        }

    def _link(self, number: int) -> Link:
        if number not in self._links:
            link = links.by_number(self._tx, self._workspace_id, number)
            assert link is not None
            self._links[number] = link
        return self._links[number]

    def _partner(self, partner_id: str | None, program_id: str | None) -> dict[str, Any] | None:
        if partner_id is None or program_id is None:
            return None
        if partner_id not in self._partners:
            partner = programs.partner(self._tx, self._workspace_id, partner_id, program_id)
            own = links.of_partner(self._tx, self._workspace_id, partner_id, PARTNER_LINKS_MAX)
            self._partners[partner_id] = webhook_partner(partner, own)
            self._links |= {link.number: link for link in own}
        return self._partners[partner_id]
