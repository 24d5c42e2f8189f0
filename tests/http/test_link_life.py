"""Links over HTTP: deleting, upserting, UTM parameters, many at once, tags and folders."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from tests.http.world import World, problem
from tests.support import DOMAIN, Answer


def create(world: World, **fields: Any) -> Any:
    return world.client.post("/links", {"url": "https://acme.test/pricing"} | fields)


def change(world: World, link: Any, **fields: Any) -> Any:
    answer = world.client.call("PATCH", f"/links/{link['id']}", fields)
    assert answer.status == 200, answer.body
    return answer.json


def delete(world: World, link: Any) -> None:
    answer = world.client.call("DELETE", f"/links/{link['id']}")
    assert (answer.status, answer.json) == (200, {"id": link["id"]})


def test_a_deleted_link_is_gone_at_once(world: World) -> None:
    link = world.link(externalId=world.name("e"))
    world.visit(link)
    delete(world, link)
    assert world.visit(link).status == 404
    for reference in (link["id"], f"ext_{link['externalId']}"):
        for method, body in (("GET", None), ("PATCH", {"title": "x"}), ("DELETE", None)):
            answer = world.client.call(method, f"/links/{reference}", body)
            problem(answer, 404, "not_found", "linkId")
    answer = world.client.call("GET", f"/links/info?domain={DOMAIN}&key={link['key']}")
    problem(answer, 404, "not_found", "key")
    assert world.client.get(f"/links?search={link['key']}") == []


def test_the_key_and_the_external_id_of_a_deleted_link_are_free_again(world: World) -> None:
    link = world.link(externalId=world.name("e"))
    for _ in range(2):
        delete(world, link)
        link = world.link(key=link["key"], externalId=link["externalId"])
        assert world.visit(link).status == 302
        assert world.again(link)["clicks"] == 1


def test_clicks_made_before_still_convert_and_are_explained(world: World) -> None:
    link, customer = world.link(), world.name("u")
    click_id = world.click(link)
    delete(world, link)
    lead = world.lead(click_id, customer)
    sale = world.sale(customer)["sale"]
    receipt = world.receipt(sale["receiptId"])
    assert receipt["winner"] == {
        "partnerId": world.partner["id"],
        "linkId": link["id"],
        "clickId": click_id,
    }
    assert receipt["owed"]["amount"] == 290
    found = world.client.get(f"/receipts?linkId={link['id']}&pageSize=5")
    assert {each["id"] for each in found} == {sale["receiptId"], lead["lead"]["receiptId"]}


def test_a_partners_totals_keep_what_a_deleted_link_brought(world: World) -> None:
    partner = world.make_partner()
    link = world.link(partner)
    world.sale(world.customer(link))
    delete(world, link)
    now = world.client.get(f"/partners/{partner['id']}")
    assert (now["links"], now["totalClicks"], now["totalSaleAmount"]) == ([], 1, 2900)


def test_a_root_link_is_not_deleted(world: World) -> None:
    link = world.client.get(f"/links/info?domain={DOMAIN}")
    assert link["shortLink"] == f"https://{DOMAIN}"
    problem(world.client.call("DELETE", f"/links/{link['id']}"), 403, "forbidden", "linkId")
    answer = world.client.call("PATCH", f"/links/{link['id']}", {"key": world.name("k")})
    problem(answer, 403, "forbidden", "key")
    path = f"/links/bulk?linkIds={link['id']}"
    assert world.client.call("DELETE", path).json == {"deletedCount": 0}


def test_put_changes_as_patch_does(world: World) -> None:
    link = create(world, title="Pricing", comments="keep")
    after = world.client.call("PUT", f"/links/{link['id']}", {"title": "Plans"}).json
    assert (after["title"], after["comments"]) == ("Plans", "keep")


def upsert(world: World, **fields: Any) -> Any:
    answer = world.client.call("PUT", "/links/upsert", fields)
    assert answer.status == 200, answer.body
    return answer.json


def test_an_upsert_makes_a_link_and_then_changes_it(world: World) -> None:
    url = f"https://acme.test/{world.name()}"
    made = upsert(world, url=url, title="One", key=world.name("k"))
    after = upsert(world, url=url, title="Two")
    assert (after["id"], after["title"], after["key"]) == (made["id"], "Two", made["key"])
    assert upsert(world, url=url + "/")["id"] != made["id"]
    assert upsert(world, url=url.removeprefix("https://"))["id"] == made["id"]


def test_an_upsert_with_utm_parameters_finds_what_it_made(world: World) -> None:
    url = f"https://acme.test/{world.name()}"
    made = upsert(world, url=url, utm_source="news")
    assert made["url"] == f"{url}?utm_source=news"
    assert upsert(world, url=url, utm_source="news")["id"] == made["id"]
    assert upsert(world, url=url, utm_source="post")["id"] != made["id"]


def test_an_upsert_finds_only_living_links_of_the_workspace_p10(world: World) -> None:
    url = f"https://acme.test/{world.name()}"
    made = upsert(world, url=url)
    theirs = world.stranger.call("PUT", "/links/upsert", {"url": url}).json
    assert theirs["workspaceId"] != made["workspaceId"]
    delete(world, made)
    assert upsert(world, url=url)["id"] != made["id"]


def test_long_destinations_that_begin_alike_are_told_apart(world: World) -> None:
    start = "https://acme.test/" + world.name() + "/" + "x" * 200
    one, two = upsert(world, url=start + "a"), upsert(world, url=start + "b")
    assert one["id"] != two["id"]
    assert upsert(world, url=start + "b")["id"] == two["id"]


def test_utm_parameters_are_written_into_the_destination(world: World) -> None:
    link = create(world, url="https://acme.test/?a=1&utm_source=old#x", utm_source=" news+more ")
    assert link["url"] == "https://acme.test/?a=1&utm_source=news%20more#x"
    assert link["utm_source"] == "news more"
    after = change(world, link, utm_medium="mail", ref="ann")
    assert after["url"] == (
        "https://acme.test/?a=1&utm_source=news%20more&utm_medium=mail&ref=ann#x"
    )
    after = change(world, link, utm_source=None, ref="")
    assert after["url"] == "https://acme.test/?a=1&utm_medium=mail#x"
    assert change(world, link, url="https://acme.test/new")["utm_medium"] is None


def test_the_qr_code_has_an_address(world: World) -> None:
    link = create(world)
    start = f"{world.server.url}/qr?url=https%3A%2F%2F{DOMAIN}%2F"
    assert link["qrCode"] == f"{start}{link['key']}%3Fqr%3D1"


def bulk(world: World, items: list[Any], **headers: str) -> Any:
    return world.client.call("POST", "/links/bulk", items, headers=headers)


def test_many_links_are_made_and_what_cannot_be_is_told(world: World) -> None:
    taken = create(world)
    items = [
        {"url": "https://acme.test/1"},
        {"url": "nonsense"},
        {"url": "https://acme.test/2", "key": taken["key"]},
        {"url": "https://acme.test/3", "tagIds": ["tag_none"]},
        {"url": "https://acme.test/4"},
    ]
    answer = bulk(world, items)
    assert answer.status == 200
    first, second, *refused = answer.json
    assert [first["url"], second["url"]] == ["https://acme.test/1", "https://acme.test/4"]
    assert [each["link"] for each in refused] == items[1:4]
    codes = [each["code"] for each in refused]
    assert codes == ["unprocessable_entity", "conflict", "unprocessable_entity"]
    assert all(each["error"].endswith((".", "?", ")")) for each in refused)
    assert world.again(first) == first


def test_many_links_are_made_once_under_one_key(world: World) -> None:
    items = [{"url": "https://acme.test/1"}, {"url": "nonsense"}]
    key = {"Idempotency-Key": world.name("i")}
    first, again = bulk(world, items, **key).json, bulk(world, items, **key).json
    assert again[0] == first[0]
    assert (again[1]["link"], again[1]["code"]) == (items[1], "unprocessable_entity")


SMALL = {"url": "https://acme.test", "percentage": 5}


@pytest.mark.parametrize(
    ("items", "status", "code", "field"),
    [
        ([], 422, "unprocessable_entity", "body"),
        ([{"url": "https://acme.test"}] * 101, 422, "unprocessable_entity", "body"),
        ({"url": "https://acme.test"}, 422, "unprocessable_entity", None),
        ([{"url": "https://a.test"}, 5], 422, "unprocessable_entity", "[1]"),
        ([{"url": "https://a.test"}, {}], 422, "unprocessable_entity", "[1].url"),
        (
            [{"url": "https://a.test"}, {"url": "https://a.test", "expiresAt": "soon"}],
            422,
            "unprocessable_entity",
            "[1].expiresAt",
        ),
        (
            [{"url": "https://a.test"}, {"url": "https://a.test", "testVariants": [SMALL]}],
            422,
            "unprocessable_entity",
            "[1].testVariants[0].percentage",
        ),
        ([{"url": "https://a.test", "key": "Twin"}] * 2, 400, "bad_request", "[1].key"),
    ],
)
def test_a_bulk_call_that_makes_no_sense_makes_nothing(
    world: World, items: Any, status: int, code: str, field: str | None
) -> None:
    before = world.client.get("/links/count")
    problem(bulk(world, items), status, code, field)
    assert world.client.get("/links/count") == before


def test_many_links_are_changed_alike(world: World) -> None:
    one, two = create(world), create(world, externalId=world.name("e"))
    world.visit(one)
    body = {"linkIds": [two["id"], "link_none", one["id"]], "data": {"url": "https://acme.test/n"}}
    first, second, refused = world.client.call("PATCH", "/links/bulk", body).json
    assert [first["id"], second["id"]] == [two["id"], one["id"]]
    assert (refused["link"], refused["code"]) == ("link_none", "not_found")
    assert world.visit(one).headers["location"].startswith("https://acme.test/n?")
    body = {"externalIds": [two["externalId"]], "data": {"utm_source": "x"}}
    (only,) = world.client.call("PATCH", "/links/bulk", body).json
    assert only["url"] == "https://acme.test/n?utm_source=x"
    answer = world.client.call("PATCH", "/links/bulk", {"data": {"title": "x"}})
    problem(answer, 422, "unprocessable_entity", "linkIds")
    for data, field in (({"expiresAt": "soon"}, "expiresAt"), ({"title": 5}, "title")):
        answer = world.client.call("PATCH", "/links/bulk", {"linkIds": ["x"], "data": data})
        problem(answer, 422, "unprocessable_entity", f"data.{field}")


def test_many_links_are_deleted_and_the_others_left(world: World) -> None:
    one, two, three = create(world), create(world, externalId=world.name("e")), create(world)
    world.visit(one)
    path = f"/links/bulk?linkIds={one['id']},ext_{two['externalId']},link_none,{one['id']}"
    assert world.client.call("DELETE", path).json == {"deletedCount": 2}
    assert world.visit(one).status == 404
    assert world.again(three) == three
    problem(world.client.call("DELETE", "/links/bulk"), 400, "bad_request", "linkIds")
    many = ",".join(["link_x"] * 101)
    answer = world.client.call("DELETE", f"/links/bulk?linkIds={many}")
    problem(answer, 422, "unprocessable_entity", "linkIds")


def test_nobody_changes_or_deletes_many_links_of_another_p10(world: World) -> None:
    link = create(world, externalId=world.name("theirs"))
    for reference in (link["id"], f"ext_{link['externalId']}"):
        body = {"linkIds": [reference], "data": {"title": "theirs"}}
        (refused,) = world.stranger.call("PATCH", "/links/bulk", body).json
        assert refused["code"] == "not_found"
        answer = world.stranger.call("DELETE", f"/links/bulk?linkIds={reference}")
        assert answer.json == {"deletedCount": 0}
    assert world.again(link) == link


def tag(world: World, **fields: Any) -> Any:
    return world.client.post("/tags", {"name": world.name("Tag")} | fields)


def folder(world: World, **fields: Any) -> Any:
    return world.client.post("/folders", {"name": world.name("Folder")} | fields)


def test_links_carry_tags_in_the_order_given(world: World) -> None:
    one, two = tag(world), tag(world, color="pink")
    link = create(world, tagIds=[two["id"], one["id"], two["id"]])
    assert link["tags"] == [two, one]
    assert link["tagId"] == two["id"]
    names = f"{one['name'].upper()}, {two['name']}"
    assert create(world, tagNames=names)["tags"] == [one, two]
    assert create(world, tagId=one["id"])["tags"] == [one]
    assert create(world, tagIds=f"{one['id']},{two['id']}", tagNames="x")["tags"] == [one, two]
    after = change(world, link, tagIds=[one["id"]])
    assert after["tags"] == [one]
    assert change(world, link, title="x")["tags"] == [one]
    assert change(world, link, tagIds=[])["tags"] == []


def test_links_are_found_and_counted_by_tag(world: World) -> None:
    one, two, tenant = tag(world), tag(world), world.name("t")
    both = create(world, tagIds=[one["id"], two["id"]], tenantId=tenant)
    first = create(world, tagIds=[one["id"]], tenantId=tenant)
    create(world, tenantId=tenant)

    def ids(query: str) -> list[str]:
        return [link["id"] for link in world.client.get(f"/links?tenantId={tenant}&{query}")]

    assert ids(f"tagId={two['id']}") == [both["id"]]
    assert ids(f"tagIds={one['id']},{two['id']}") == [first["id"], both["id"]]
    assert ids(f"tagNames={two['name'].lower()}") == [both["id"]]
    assert ids("tagNames=nobody-has-this") == []
    counted = f"/links/count?tenantId={tenant}"
    assert world.client.get(counted) == 3
    assert world.client.get(f"{counted}&tagId={one['id']}") == 2
    assert world.client.get(f"{counted}&groupBy=tagId") == [
        {"tagId": one["id"], "_count": 2},
        {"tagId": two["id"], "_count": 1},
    ]
    assert world.client.get(f"{counted}&groupBy=domain") == [{"domain": DOMAIN, "_count": 3}]


def test_links_are_found_and_counted_by_folder(world: World) -> None:
    one, tenant = folder(world), world.name("t")
    within = create(world, folderId=one["id"], tenantId=tenant)
    outside = [create(world, folderId=given, tenantId=tenant)["id"] for given in ("", None)]
    path = f"/links?tenantId={tenant}"
    assert [link["id"] for link in world.client.get(f"{path}&folderId={one['id']}")] == [
        within["id"]
    ]
    unsorted = world.client.get(f"{path}&folderId=unsorted")
    assert [link["id"] for link in unsorted] == outside[::-1]
    assert len(world.client.get(path)) == 3
    grouped = world.client.get(f"/links/count?tenantId={tenant}&groupBy=folderId")
    assert grouped == [{"folderId": None, "_count": 2}, {"folderId": one["id"], "_count": 1}]


def test_a_tag_that_goes_leaves_its_links(world: World) -> None:
    one = tag(world)
    link = create(world, tagIds=[one["id"]])
    assert world.client.call("DELETE", f"/tags/{one['id']}").json == {"id": one["id"]}
    assert world.again(link)["tags"] == []
    assert tag(world, name=one["name"])["id"] != one["id"]


def test_a_folder_that_goes_leaves_its_links(world: World) -> None:
    one = folder(world)
    link = create(world, folderId=one["id"])
    assert world.client.call("DELETE", f"/folders/{one['id']}").json == {"id": one["id"]}
    assert world.again(link)["folderId"] is None


def test_tags_are_listed_by_name_or_age(world: World) -> None:
    start = world.name()
    made = [tag(world, name=f"{start}_{letter}") for letter in "bca"]

    def listed(query: str) -> list[str]:
        return [each["name"][-1] for each in world.client.get(f"/tags?search={start}_&{query}")]

    assert listed("") == ["a", "b", "c"]
    assert listed("sortOrder=desc") == ["c", "b", "a"]
    assert listed("sortBy=createdAt") == ["b", "c", "a"]
    assert listed("sortBy=createdAt&sortOrder=desc&pageSize=2") == ["a", "c"]
    assert listed(f"ids={made[0]['id']},{made[2]['id']}") == ["a", "b"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "field"),
    [
        ("/tags", {}, 422, "unprocessable_entity", "name"),
        ("/tags", {"name": "  "}, 422, "unprocessable_entity", "name"),
        ("/tags", {"name": "a\nb"}, 422, "unprocessable_entity", "name"),
        ("/tags", {"name": "x", "color": "black"}, 422, "unprocessable_entity", "color"),
        ("/folders", {"name": "x" * 191}, 422, "unprocessable_entity", "name"),
        ("/folders", {"name": "x", "description": "d" * 501}, 422, "unprocessable_entity", "desc"),
        ("/folders", {"name": "x", "accessLevel": "all"}, 422, "unprocessable_entity", "access"),
    ],
)
def test_tags_and_folders_that_cannot_be_made(
    world: World, path: str, body: Any, status: int, code: str, field: str
) -> None:
    field = {"desc": "description", "access": "accessLevel"}.get(field, field)
    problem(world.client.call("POST", path, body), status, code, field)


@pytest.mark.parametrize("kind", ["tags", "folders"])
def test_a_name_is_taken_once_in_a_workspace_p10(world: World, kind: str) -> None:
    name = world.name("N")
    made = world.client.post(f"/{kind}", {"name": f" {name} "})
    assert made["name"] == name
    other = world.client.post(f"/{kind}", {"name": world.name("N")})
    answer = world.client.call("POST", f"/{kind}", {"name": name.upper()})
    problem(answer, 409, "conflict", "name")
    answer = world.client.call("PATCH", f"/{kind}/{other['id']}", {"name": name})
    problem(answer, 409, "conflict", "name")
    after = world.client.call("PATCH", f"/{kind}/{made['id']}", {"name": name.upper()}).json
    assert after["name"] == name.upper()
    assert world.stranger.post(f"/{kind}", {"name": name})["id"] != made["id"]


def test_tags_and_folders_of_another_are_unknown_p10(world: World) -> None:
    theirs = world.stranger.post("/tags", {"name": world.name("t")})
    elsewhere = world.stranger.post("/folders", {"name": world.name("f")})
    url = {"url": "https://acme.test"}
    answer = world.client.call("POST", "/links", url | {"tagIds": [theirs["id"]]})
    problem(answer, 422, "unprocessable_entity", "tagIds")
    answer = world.client.call("POST", "/links", url | {"folderId": elsewhere["id"]})
    problem(answer, 404, "not_found", "folderId")


def at_once(calls: list[Callable[[], Answer]]) -> list[Answer]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [each.result() for each in [pool.submit(call) for call in calls]]


def test_a_link_is_deleted_once_however_many_ask_at_once(world: World) -> None:
    for _ in range(8):
        link = world.link()
        single = partial(world.client.call, "DELETE", f"/links/{link['id']}")
        many = partial(world.client.call, "DELETE", f"/links/bulk?linkIds={link['id']}")
        answers = at_once([single, many, single, many])
        deleted = [each.status for each in answers[::2]].count(200)
        deleted += sum(each.json["deletedCount"] for each in answers[1::2])
        assert deleted == 1, [(each.status, each.body) for each in answers]


def test_a_tag_or_folder_deleted_while_a_link_takes_it_breaks_nothing(world: World) -> None:
    for _ in range(12):
        tag = world.client.post("/tags", {"name": world.name("t")})["id"]
        folder = world.client.post("/folders", {"name": world.name("f")})["id"]
        link = {"url": "https://acme.test"}
        answers = at_once(
            [
                partial(world.client.call, "POST", "/links", link | {"tagIds": [tag]}),
                partial(world.client.call, "POST", "/links", link | {"folderId": folder}),
                partial(world.client.call, "DELETE", f"/tags/{tag}"),
                partial(world.client.call, "DELETE", f"/folders/{folder}"),
            ]
        )
        assert all(each.status in (200, 404, 422) for each in answers), answers
