"""A workspace as lines: one snapshot, a page at a time, so that memory stays bounded."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from headwater import attribution, commissions, conversions, customers, links, programs, rates
from headwater import workspace as tenants
from headwater.attribution import ClickRef
from headwater.conversions import Lead
from headwater.db import Read
from headwater.links import Link
from headwater.moving import shapes
from headwater.moving.lines import closing, encoded, header
from headwater.moving.model import Kind
from headwater.shapes import domain_object, folder_object, program_object, tag_object
from headwater.workspace import Workspace

PAGE = 500
Lines = Iterator[dict[str, Any]]


def export(
    tx: Read, workspace: Workspace, write: Callable[[bytes], Any], told: Callable[[str, int], Any],
    *, at: str, release: str, api_url: str,
) -> dict[str, int]:  # fmt: skip
    """Writes every line, tells kind and number now and then; how many of each kind."""
    write(header(workspace.id, workspace.slug, workspace.currency, at, release))
    reader = _Reader(tx, workspace.id, api_url)
    counts: dict[str, int] = {}
    for kind, lines in reader.kinds().items():
        counts[kind] = 0
        for line in lines():
            write(encoded(kind, line))
            counts[kind] += 1
            if counts[kind] % PAGE == 0:
                told(kind, counts[kind])
        told(kind, counts[kind])
    write(closing(counts))
    return counts


class _Reader:
    """The rows of one workspace; links are kept for the lines that name them, up to a number."""

    LINKS_KEPT = 10_000

    def __init__(self, tx: Read, workspace_id: str, api_url: str) -> None:
        self._tx = tx
        self._id = workspace_id
        self._api_url = api_url
        self._links: dict[int, Link] = {}

    def kinds(self) -> dict[Kind, Callable[[], Lines]]:
        return {
            Kind.FOLDER: self._folders,
            Kind.TAG: self._tags,
            Kind.DOMAIN: self._domains,
            Kind.PROGRAM: self._programs,
            Kind.PARTNER: self._partners,
            Kind.LINK: self._all_links,
            Kind.CUSTOMER: self._customers,
            Kind.RATE: self._rates,
            Kind.CLICK: self._clicks,
            Kind.LEAD: self._leads,
            Kind.SALE: self._sales,
            Kind.COMMISSION: self._commissions,
            Kind.REFUND: self._refunds,
            Kind.DISPUTE: self._disputes,
            Kind.MILESTONE: self._milestones,
        }

    def _folders(self) -> Lines:
        for offset in count(0, PAGE):
            page = links.list_folders(self._tx, self._id, None, PAGE, offset)
            yield from map(folder_object, page)
            if len(page) < PAGE:
                return

    def _tags(self) -> Lines:
        for offset in count(0, PAGE):
            page = links.list_tags(self._tx, self._id, None, (), "name asc", PAGE, offset)
            yield from map(tag_object, page)
            if len(page) < PAGE:
                return

    def _domains(self) -> Lines:
        for archived in (False, True):
            for offset in count(0, PAGE):
                page = tenants.list_domains(self._tx, self._id, None, archived, PAGE, offset)
                yield from (domain_object(each, looked_up=False) for each in page)
                if len(page) < PAGE:
                    break

    def _programs(self) -> Lines:
        for offset in count(0, PAGE):
            page = programs.programs(self._tx, self._id, PAGE, offset)
            for program in page:
                rewards = programs.rewards(self._tx, self._id, program.id)
                yield program_object(program, rewards)
            if len(page) < PAGE:
                return

    def _partners(self) -> Lines:
        last = ("", "")
        while page := programs.enrolled_after(self._tx, self._id, *last, PAGE):
            yield from map(shapes.partner_line, page)
            last = (page[-1].id, page[-1].program_id)

    def _all_links(self) -> Lines:
        last = 0
        while page := links.all_after(self._tx, self._id, last, PAGE):
            yield from map(shapes.link_line, page)
            last = page[-1].number

    def _customers(self) -> Lines:
        last = ""
        while page := customers.all_after(self._tx, self._id, last, PAGE):
            yield from (shapes.customer_line(each, self._api_url) for each in page)
            last = page[-1].id

    def _rates(self) -> Lines:
        last = ""
        while page := rates.all_after(self._tx, self._id, last, PAGE):
            yield from map(shapes.rate_line, page)
            last = page[-1].id

    def _clicks(self) -> Lines:
        last = ClickRef(0, 0, 0)
        while page := attribution.clicks_after(self._tx, self._id, last, PAGE):
            for ref, stored in page:
                yield shapes.click_line(stored, self._link(ref.link_number))
            last = page[-1][0]

    def _leads(self) -> Lines:
        last = 0
        while page := conversions.leads_after(self._tx, self._id, last, PAGE):
            for _, lead in page:
                link = self._link(lead.link_number)
                yield shapes.lead_line(lead, link, self._customer(lead.customer_id))
            last = page[-1][0]

    def _sales(self) -> Lines:
        last = ""
        while page := conversions.sales_after(self._tx, self._id, last, PAGE):
            for sale in page:
                lead = None if sale.lead_id is None else self._lead(sale.lead_id)
                link = None if sale.link_number is None else self._link(sale.link_number)
                yield shapes.sale_line(sale, lead, link, self._customer(sale.customer_id))
            last = page[-1].id

    def _commissions(self) -> Lines:
        last = ""
        while page := commissions.all_after(self._tx, self._id, last, PAGE):
            for each in page:
                link = None if each.link_number is None else self._link(each.link_number)
                whose = None if each.customer_id is None else self._customer(each.customer_id)
                invoice_id = self._invoice(each.conversion_id) if each.kind == "sale" else None
                yield shapes.commission_line(each, link, whose, invoice_id)
            last = page[-1].id

    def _refunds(self) -> Lines:
        last = ""
        while page := conversions.refunds_after(self._tx, self._id, last, PAGE):
            yield from map(shapes.refund_line, page)
            last = page[-1].id

    def _disputes(self) -> Lines:
        last = ""
        while page := conversions.disputes_after(self._tx, self._id, last, PAGE):
            yield from map(shapes.dispute_line, page)
            last = page[-1].id

    def _milestones(self) -> Lines:
        last = ""
        while page := conversions.milestones_after(self._tx, self._id, last, PAGE):
            for each in page:
                yield shapes.milestone_line(each, self._customer(each.customer_id))
            last = page[-1].id

    def _customer(self, customer_id: str) -> dict[str, Any]:
        customer = customers.by_id(self._tx, self._id, customer_id)
        assert customer is not None
        return {"id": customer.id, "externalId": customer.external_id}

    def _invoice(self, sale_id: str) -> str | None:
        """None also where a commission stands for itself."""
        sale = conversions.sale_by_id(self._tx, self._id, sale_id)
        return None if sale is None else sale.invoice_id

    def _lead(self, lead_id: str) -> Lead:
        lead = conversions.lead_by_id(self._tx, self._id, lead_id)
        assert lead is not None
        return lead

    def _link(self, number: int) -> Link:
        known = self._links.get(number)
        if known is None:
            known = links.by_number(self._tx, self._id, number)
            assert known is not None
            if len(self._links) >= self.LINKS_KEPT:
                self._links.clear()
            self._links[number] = known
        return known
