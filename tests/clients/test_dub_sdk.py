"""The official Python SDK of the reference, unmodified, against our server."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from dub import Dub
from dub.models import errors

from tests.http.world import World
from tests.support import DOMAIN


@pytest.fixture
def sdk(world: World) -> Iterator[Dub]:
    with Dub(token=str(world.client.key), server_url=world.server.url) as client:
        yield client


def partner_link(world: World, sdk: Dub, **fields: Any) -> Any:
    request = {
        "url": "https://acme.test/pricing",
        "domain": DOMAIN,
        "key": world.name("k"),
        "program_id": world.program["id"],
        "partner_id": world.partner["id"],
        "track_conversion": True,
    }
    return sdk.links.create(request=request | fields)


def test_a_link_is_made_found_changed_and_listed(world: World, sdk: Dub) -> None:
    tenant = world.name("t")
    link = partner_link(world, sdk, external_id=world.name("e"), tenant_id=tenant)
    assert link.short_link == f"https://{DOMAIN}/{link.key}"
    assert sdk.links.get(request={"domain": DOMAIN, "key": link.key}) == link
    assert sdk.links.get(request={"link_id": link.id}) == link
    assert sdk.links.get(request={"external_id": f"ext_{link.external_id}"}) == link
    body = {"url": "https://acme.test/new", "title": "Plans"}
    changed = sdk.links.update(link_id=link.id, request_body=body)
    assert (changed.url, changed.title, changed.key) == (body["url"], "Plans", link.key)
    found = sdk.links.list(request={"tenant_id": tenant})
    assert found is not None
    assert [each.id for each in found.result] == [link.id]


def test_pages_of_links_follow_one_another(world: World, sdk: Dub) -> None:
    tenant = world.name("t")
    made = {partner_link(world, sdk, tenant_id=tenant).id for _ in range(3)}
    page = sdk.links.list(request={"tenant_id": tenant, "page_size": 2})
    seen: list[str] = []
    while page is not None and page.result:
        seen += [link.id for link in page.result]
        page = page.next()
    assert len(seen) == 3
    assert set(seen) == made


def test_from_click_to_commission(world: World, sdk: Dub) -> None:
    link, customer, invoice = partner_link(world, sdk), world.name("u"), world.name("in")
    click_id = world.visit({"key": link.key}).click_id
    signed_up = {
        "click_id": click_id,
        "event_name": "Sign up",
        "customer_external_id": customer,
        "customer_name": "Sam",
        "customer_email": "sam@customer.test",
        "metadata": {"plan": "pro"},
    }
    lead = sdk.track.lead(request=signed_up)
    assert lead.click.id == click_id
    assert (lead.link.id, lead.link.partner_id) == (link.id, world.partner["id"])
    assert (lead.customer.name, lead.customer.external_id) == ("Sam", customer)
    assert sdk.track.lead(request=signed_up) == lead
    bought = {
        "customer_external_id": customer,
        "amount": 2900,
        "invoice_id": invoice,
        "payment_processor": "stripe",
        "metadata": {"seats": 3},
    }
    sale = sdk.track.sale(request=bought)
    assert (sale.sale.amount, sale.sale.currency, sale.sale.invoice_id) == (2900, "usd", invoice)
    assert sale.sale.metadata == {"seats": 3}
    assert sale.customer.external_id == customer
    assert sdk.track.sale(request=bought) == sale
    counted = sdk.links.get(request={"link_id": link.id})
    totals = (counted.clicks, counted.leads, counted.conversions, counted.sales)
    assert totals == (1, 1, 1, 1)
    earned = sdk.commissions.list(request={"invoice_id": invoice})
    assert earned is not None
    (commission,) = earned.result
    assert (commission.earnings, commission.amount) == (290, 2900)
    assert commission.partner.id == world.partner["id"]
    assert commission.customer.external_id == customer


def test_a_deferred_lead_is_completed_without_its_click(world: World, sdk: Dub) -> None:
    link, customer = partner_link(world, sdk), world.name("u")
    click_id = world.visit({"key": link.key}).click_id
    request = {"click_id": click_id, "event_name": "Trial", "customer_external_id": customer}
    first = sdk.track.lead(request=request | {"mode": "deferred"})
    assert (first.click.id, first.link.id) == (click_id, link.id)
    assert sdk.links.get(request={"link_id": link.id}).leads == 0
    later = sdk.track.lead(request=request | {"click_id": "", "event_quantity": 4})
    assert later.click.id == click_id
    assert sdk.links.get(request={"link_id": link.id}).leads == 4
    earned = sdk.commissions.list(request={"partner_id": world.partner["id"], "type": "lead"})
    assert earned is not None
    (commission,) = [c for c in earned.result if c.customer.external_id == customer]
    assert (commission.quantity, commission.earnings) == (4, 2000)


def test_the_branches_without_a_lead_are_typed_errors(world: World, sdk: Dub) -> None:
    link, customer = partner_link(world, sdk), world.name("u")
    click_id = world.visit({"key": link.key}).click_id
    request = {"click_id": click_id, "event_name": "Trial", "customer_external_id": customer}
    sdk.track.lead(request=request | {"mode": "deferred"})
    with pytest.raises(errors.NotFound):
        sdk.track.sale(request={"customer_external_id": customer, "amount": 100})
    with pytest.raises(errors.UnprocessableEntity):
        sdk.track.lead(request=request | {"event_quantity": 101})
    with pytest.raises(errors.NotFound):
        sdk.track.lead(request=request | {"click_id": "made-up", "mode": "deferred"})


def test_a_sale_of_an_unknown_customer_is_nobodys_yet(world: World, sdk: Dub) -> None:
    answer = sdk.track.sale(request={"customer_external_id": world.name("u"), "amount": 100})
    assert (answer.customer, answer.sale) == (None, None)


def test_a_direct_sale_needs_only_the_click(world: World, sdk: Dub) -> None:
    link, customer = partner_link(world, sdk), world.name("u")
    click_id = world.visit({"key": link.key}).click_id
    request = {"customer_external_id": customer, "amount": 100, "click_id": click_id}
    assert sdk.track.sale(request=request).customer.external_id == customer


def test_partners_are_enrolled_listed_and_stopped(world: World, sdk: Dub) -> None:
    tenant, email = world.name("t"), f"{world.name('p')}@partner.test"
    program = {"program_id": world.program["id"]}
    request = program | {"email": email, "name": "Kim", "tenant_id": tenant, "country": "DE"}
    partner = sdk.partners.create(request=request)
    assert (partner.email, partner.tenant_id, partner.status.value) == (email, tenant, "approved")
    assert [each.id for each in sdk.partners.list(request={"tenant_id": tenant})] == [partner.id]
    stopped = sdk.partners.deactivate(request={"tenant_id": tenant} | program)
    assert stopped.partner_id == partner.id
    (again,) = sdk.partners.list(request={"tenant_id": tenant})
    assert again.status.value == "deactivated"


def test_commissions_are_listed_by_kind_and_partner(world: World, sdk: Dub) -> None:
    partner = world.make_partner()
    customer = world.customer(world.link(partner))
    sale = world.sale(customer)["sale"]
    world.refund(sale["id"], 2900, "r1")
    found = sdk.commissions.list(request={"partner_id": partner["id"]})
    assert found is not None
    told = {each.type.value: (each.earnings, each.status.value) for each in found.result}
    assert told == {"lead": (500, "pending"), "sale": (0, "refunded")}
    only = sdk.commissions.list(request={"partner_id": partner["id"], "type": "lead"})
    assert only is not None
    assert [each.type.value for each in only.result] == ["lead"]


def test_customers_are_found_changed_and_erased(world: World, sdk: Dub) -> None:
    link = world.link()
    made = [world.customer(link) for _ in range(3)]
    world.sale(made[0], 2900)
    here, seen = {"link_id": link["id"], "page_size": 2}, []
    page = sdk.customers.list(request=here)
    while page is not None and page.result:
        seen += [each.external_id for each in page.result]
        page = sdk.customers.list(request=here | {"starting_after": page.result[-1].id})
    assert seen == made[::-1]
    found = sdk.customers.get(request={"id": f"ext_{made[0]}", "include_expanded_fields": True})
    assert (found.sales, found.sale_amount) == (1, 2900)
    assert found.link.id == link["id"]
    assert found.partner.id == world.partner["id"]
    changes = {"name": "Kim", "country": "DE"}
    changed = sdk.customers.update(request={"id": found.id, "request_body": changes})
    assert (changed.name, changed.country) == ("Kim", "DE")
    with pytest.raises(errors.Conflict):
        sdk.customers.update(request={"id": found.id, "request_body": {"external_id": made[1]}})
    assert sdk.customers.delete(id=found.id).id == found.id
    with pytest.raises(errors.NotFound):
        sdk.customers.get(request={"id": found.id})


def test_problems_are_the_sdks_own_errors(world: World, sdk: Dub) -> None:
    with pytest.raises(errors.NotFound) as missing:
        sdk.links.get(request={"domain": DOMAIN, "key": "nothing-here"})
    assert missing.value.data.error.code.value == "not_found"
    with pytest.raises(errors.UnprocessableEntity):
        sdk.links.create(request={"url": "nonsense"})
    with pytest.raises(errors.Conflict):
        sdk.links.create(request={"url": "https://a.test", "key": partner_link(world, sdk).key})
    with pytest.raises(errors.Forbidden):
        sdk.links.create(request={"url": "https://a.test", "domain": "elsewhere.test"})
    with pytest.raises(errors.BadRequest):
        sdk.links.get(request={})
    lead = {"click_id": "made-up", "event_name": "Sign up", "customer_external_id": "u"}
    with pytest.raises(errors.NotFound):
        sdk.track.lead(request=lead)
    with pytest.raises(errors.BadRequest):
        sdk.track.lead(request=lead | {"click_id": "", "customer_external_id": world.name("u")})
    with (
        Dub(token="hw_sk_wrong", server_url=world.server.url) as stranger,
        pytest.raises(errors.Unauthorized),
    ):
        stranger.links.list(request={})


def test_the_same_in_asyncio(world: World) -> None:
    async def main() -> None:
        async with Dub(token=str(world.client.key), server_url=world.server.url) as sdk:
            link = await sdk.links.create_async(request={"url": "https://acme.test"})
            customer = world.name("u")
            click_id = (await asyncio.to_thread(world.visit, {"key": link.key})).click_id
            request = {
                "click_id": click_id,
                "event_name": "Sign up",
                "customer_external_id": customer,
            }
            announced = await sdk.track.lead_async(request=request | {"mode": "deferred"})
            assert announced.click.id == click_id
            await sdk.track.lead_async(request=request)
            bought = {"customer_external_id": customer, "amount": 2900, "currency": "usd"}
            sales = [sdk.track.sale_async(request=bought) for _ in range(5)]
            answers = await asyncio.gather(*sales)
            assert all(answer.sale.amount == 2900 for answer in answers)
            counted = await sdk.links.get_async(request={"link_id": link.id})
            assert (counted.sales, counted.sale_amount) == (5, 5 * 2900)
            of_link = {"link_id": link.id, "event": "sales"}
            assert (await sdk.analytics.retrieve_async(request=of_link)).sales == 5
            found = await sdk.customers.get_async(request={"id": f"ext_{customer}"})
            listed = await sdk.customers.list_async(request={"external_id": customer})
            assert listed is not None
            assert [each.id for each in listed.result] == [found.id]
            body = {"email": "kim@shop.test"}
            await sdk.customers.update_async(request={"id": found.id, "request_body": body})
            erased = await sdk.customers.delete_async(id=found.id)
            assert erased.id == found.id
            with pytest.raises(errors.NotFound):
                await sdk.links.get_async(request={"link_id": "link_none"})

    asyncio.run(main())
