"""A partner: as enrolled, as webhooks describe them, and behind a click."""

from collections.abc import Sequence
from typing import Any

from headwater.kit.clock import iso_ms
from headwater.links import Counters, Link
from headwater.programs import Partner


def partner_brief(partner: Partner) -> dict[str, Any]:
    """As `/track/click` names the partner behind a link."""
    return {
        "id": partner.id,
        "name": partner.name,
        "image": None,
        "groupId": None,
        "tenantId": partner.tenant_id,
    }


def _totals(partner: Partner, links: Sequence[Link]) -> dict[str, int]:
    """Of the links the partner has; what was earned stays with who earned it."""
    every: list[Counters] = [link.counters for link in links]
    return {
        "totalClicks": sum(counters.clicks for counters in every),
        "totalLeads": sum(counters.leads for counters in every),
        "totalConversions": sum(counters.conversions for counters in every),
        "totalSales": sum(counters.sales for counters in every),
        "totalSaleAmount": sum(counters.sale_amount for counters in every),
        "totalCommissions": partner.earned,
    }


def commission_partner(partner: Partner) -> dict[str, Any]:
    """As a commission names its partner."""
    return {
        "id": partner.id,
        "name": partner.name,
        "email": partner.email,
        "image": None,
        "payoutsEnabledAt": None,
        "country": partner.country,
        "groupId": None,
    }


def webhook_partner(partner: Partner, links: Sequence[Link]) -> dict[str, Any]:
    return commission_partner(partner) | _totals(partner, links)


def partner_object(partner: Partner, links: Sequence[Link]) -> dict[str, Any]:
    """A partner as enrolled in one program, in the reference's shape."""
    totals = _totals(partner, links)
    return {
        **dict.fromkeys(_NULL_FIELDS),
        "id": partner.id,
        "partnerId": partner.id,
        "programId": partner.program_id,
        "name": partner.name,
        "username": partner.username,
        "email": partner.email,
        "country": partner.country,
        "tenantId": partner.tenant_id,
        "networkStatus": "draft",
        "status": "deactivated" if partner.stopped_at is not None else "approved",
        "createdAt": iso_ms(partner.enrolled_at),
        "links": [_link(link) for link in links if link.deleted_at is None],
        **totals,
        "netRevenue": totals["totalSaleAmount"] - totals["totalCommissions"],
    }


_NULL_FIELDS = (
    "image",
    "companyName",
    "description",
    "defaultPayoutMethod",
    "paypalEmail",
    "stripeConnectId",
    "payoutsEnabledAt",
    "identityVerifiedAt",
    "groupId",
)


def _link(link: Link) -> dict[str, Any]:
    return {
        "id": link.id,
        "domain": link.host,
        "key": link.key,
        "shortLink": link.short_link,
        "url": link.url,
        "clicks": link.counters.clicks,
        "leads": link.counters.leads,
        "conversions": link.counters.conversions,
        "sales": link.counters.sales,
        "saleAmount": link.counters.sale_amount,
    }
