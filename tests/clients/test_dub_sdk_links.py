"""Links, tags and folders through the official Python SDK, unmodified."""

import asyncio
from collections.abc import Iterator

import pytest
from dub import Dub
from dub.models import components, errors

from tests.http.world import World


@pytest.fixture
def sdk(world: World) -> Iterator[Dub]:
    with Dub(token=str(world.client.key), server_url=world.server.url) as client:
        yield client


def test_a_link_with_everything_is_made_and_read(world: World, sdk: Dub) -> None:
    tag = sdk.tags.create(request={"name": world.name("t"), "color": "pink"})
    folder = sdk.folders.create(request={"name": world.name("f"), "access_level": "read"})
    given = {
        "url": "https://acme.test/plans",
        "tag_ids": [tag.id],
        "folder_id": folder.id,
        "key_length": 9,
        "expires_at": "2040-01-31T00:00:00Z",
        "password": "p",
        "geo": {"DE": "https://acme.test/de"},
        "ios": "https://acme.test/ios",
        "utm_source": "news",
        "test_variants": [
            {"url": "https://acme.test/a", "percentage": 40},
            {"url": "https://acme.test/b", "percentage": 60},
        ],
    }
    link = sdk.links.create(request=given)
    assert len(link.key) == 9
    assert (link.password, link.geo, link.folder_id) == ("p", given["geo"], folder.id)
    assert [each.id for each in link.tags or []] == [tag.id]
    assert [each.percentage for each in link.test_variants or []] == [40, 60]
    assert link.utm_source == "news"
    assert sdk.links.get(request={"link_id": link.id}) == link
    found = sdk.links.list(request={"tag_ids": [tag.id], "folder_id": folder.id})
    assert found is not None
    assert found.result == [link]


def test_links_are_upserted_counted_and_deleted(world: World, sdk: Dub) -> None:
    url, tenant = f"https://acme.test/{world.name()}", world.name("t")
    made = sdk.links.upsert(request={"url": url, "tenant_id": tenant, "title": "One"})
    again = sdk.links.upsert(request={"url": url, "title": "Two"})
    assert (again.id, again.title) == (made.id, "Two")
    assert sdk.links.count(request={"tenant_id": tenant}) == 1
    assert sdk.links.delete(link_id=made.id).id == made.id
    assert sdk.links.count(request={"tenant_id": tenant}) == 0
    with pytest.raises(errors.NotFound):
        sdk.links.delete(link_id=made.id)
    with pytest.raises(errors.NotFound):
        sdk.links.update(link_id=made.id, request_body={"title": "x"})


def test_many_links_at_once(world: World, sdk: Dub) -> None:
    first, refused = sdk.links.create_many(
        request=[{"url": "https://acme.test/1"}, {"url": "https://acme.test/2", "key": "a b"}]
    )
    assert isinstance(first, components.LinkSchema)
    assert isinstance(refused, components.LinkErrorSchema)
    assert refused.code.value == "unprocessable_entity"
    (changed,) = sdk.links.update_many(request={"link_ids": [first.id], "data": {"title": "x"}})
    assert (changed.id, changed.title) == (first.id, "x")
    gone = sdk.links.delete_many(request={"link_ids": [first.id, "link_none"]})
    assert gone.deleted_count == 1
    with pytest.raises(errors.UnprocessableEntity):
        sdk.links.create_many(request=[])
    with pytest.raises(errors.BadRequest):
        sdk.links.delete_many(request={"link_ids": []})


def test_tags_and_folders_live_and_go(world: World, sdk: Dub) -> None:
    name = world.name("t")
    tag = sdk.tags.create(request={"name": name})
    assert sdk.tags.update(id=tag.id, request_body={"color": "red"}).color.value == "red"
    assert [each.id for each in sdk.tags.list(request={"search": name})] == [tag.id]
    with pytest.raises(errors.Conflict):
        sdk.tags.create(request={"name": name})
    assert sdk.tags.delete(id=tag.id).id == tag.id
    with pytest.raises(errors.NotFound):
        sdk.tags.delete(id=tag.id)
    folder = sdk.folders.create(request={"name": name, "description": "d"})
    changed = sdk.folders.update(id=folder.id, request_body={"description": None})
    assert (changed.name, changed.description) == (name, None)
    assert [each.id for each in sdk.folders.list(request={"search": name})] == [folder.id]
    with pytest.raises(errors.Conflict):
        sdk.folders.create(request={"name": name})
    assert sdk.folders.delete(id=folder.id).id == folder.id
    with pytest.raises(errors.NotFound):
        sdk.folders.update(id=folder.id, request_body={"name": "x"})


def test_the_same_in_asyncio(world: World) -> None:
    async def main() -> None:
        async with Dub(token=str(world.client.key), server_url=world.server.url) as sdk:
            url = f"https://acme.test/{world.name()}"
            made = await sdk.links.upsert_async(request={"url": url})
            ids = [made.id]
            (other,) = await sdk.links.create_many_async(request=[{"url": url + "/2"}])
            ids.append(other.id)
            data = {"link_ids": ids, "data": {"comments": "c"}}
            changed = await sdk.links.update_many_async(request=data)
            assert [each.comments for each in changed] == ["c", "c"]
            assert await sdk.links.count_async(request={"search": url}) == 2
            assert (await sdk.links.delete_async(link_id=made.id)).id == made.id
            gone = await sdk.links.delete_many_async(request={"link_ids": ids})
            assert gone.deleted_count == 1
            tag = await sdk.tags.create_async(request={"name": world.name("t")})
            await sdk.tags.update_async(id=tag.id, request_body={"name": world.name("t")})
            assert await sdk.tags.list_async(request={"ids": [tag.id]})
            await sdk.tags.delete_async(id=tag.id)
            folder = await sdk.folders.create_async(request={"name": world.name("f")})
            assert await sdk.folders.list_async(request={"search": folder.name})
            await sdk.folders.update_async(id=folder.id, request_body={"name": world.name("f")})
            await sdk.folders.delete_async(id=folder.id)
            with pytest.raises(errors.NotFound):
                await sdk.links.delete_async(link_id=made.id)

    asyncio.run(main())


def test_domains_live_and_go(world: World, sdk: Dub) -> None:
    slug = f"{world.name('d')}.test"
    domain = sdk.domains.create(request={"slug": slug, "not_found_url": "https://acme.test"})
    assert (domain.slug, domain.verified, domain.archived) == (slug, True, False)
    with pytest.raises(errors.Conflict):
        sdk.domains.create(request={"slug": slug})
    changed = sdk.domains.update(slug=slug, request_body={"placeholder": "https://acme.test/p"})
    assert (changed.placeholder, changed.not_found_url) == (
        "https://acme.test/p",
        "https://acme.test",
    )
    found = sdk.domains.list(request={"search": slug})
    assert found is not None
    assert [each.id for each in found.result] == [domain.id]
    link = sdk.links.create(request={"url": "https://acme.test", "domain": slug})
    with pytest.raises(errors.Conflict):
        sdk.domains.delete(slug=slug)
    sdk.links.delete(link_id=link.id)
    assert sdk.domains.delete(slug=slug).slug == slug
    with pytest.raises(errors.NotFound):
        sdk.domains.delete(slug=slug)


def test_no_domain_is_sold_here(world: World, sdk: Dub) -> None:
    (found,) = sdk.domains.check_status(request={"domains": [f"{world.name('d')}.link"]})
    assert (found.available, found.prices) == (False, None)
    with pytest.raises(errors.Forbidden) as refused:
        sdk.domains.register(request={"domain": found.domain})
    assert found.domain in refused.value.data.error.message


def test_domains_in_asyncio(world: World) -> None:
    async def main() -> None:
        async with Dub(token=str(world.client.key), server_url=world.server.url) as sdk:
            slug = f"{world.name('d')}.test"
            await sdk.domains.create_async(request={"slug": slug})
            after = await sdk.domains.update_async(slug=slug, request_body={"archived": True})
            assert after.archived
            found = await sdk.domains.list_async(request={"search": slug, "archived": True})
            assert found is not None
            assert [each.slug for each in found.result] == [slug]
            await sdk.domains.delete_async(slug=slug)
            names = [slug, "acme.link"]
            told = await sdk.domains.check_status_async(request={"domains": names})
            assert [(each.domain, each.available) for each in told] == [(n, False) for n in names]
            with pytest.raises(errors.Forbidden):
                await sdk.domains.register_async(request={"domain": slug})
            assert await sdk.qr_codes.get_async(request={"url": f"https://{slug}"})

    asyncio.run(main())
