"""Links over HTTP: making, finding, listing and changing them."""

import re
from typing import Any

import pytest

from tests.http.world import World, problem
from tests.support import DOMAIN

ONE = {"url": "https://acme.test/a", "percentage": 50}


def create(world: World, **fields: Any) -> Any:
    return world.client.post("/links", {"url": "https://acme.test/pricing"} | fields)


def test_a_link_needs_only_a_destination(world: World) -> None:
    link = create(world)
    assert len(link["key"]) == 7
    assert link["domain"] == DOMAIN
    assert link["shortLink"] == f"https://{DOMAIN}/{link['key']}"
    assert link["trackConversion"] is True
    assert (link["clicks"], link["hits"], link["lastClicked"]) == (0, 0, None)


def test_everything_that_was_given_comes_back(world: World) -> None:
    given = {
        "key": world.name("Key"),
        "externalId": world.name("ext"),
        "tenantId": world.name("tenant"),
        "title": "Pricing",
        "description": "All plans",
        "comments": "for the newsletter",
        "trackConversion": False,
        "archived": True,
        "programId": world.program["id"],
        "partnerId": world.partner["id"],
        "domain": DOMAIN,
    }
    link = create(world, **given)
    assert given.items() <= link.items()
    assert world.client.get(f"/links/{link['id']}") == link


def test_length_and_prefix_of_random_keys(world: World) -> None:
    assert len(create(world, keyLength=12)["key"]) == 12
    start, _, rest = create(world, prefix="/sale/", keyLength=5)["key"].partition("/")
    assert (start, len(rest)) == ("sale", 5)


def test_utm_parameters_are_read_from_the_destination(world: World) -> None:
    link = create(world, url="https://acme.test/?utm_source=news&utm_campaign=may")
    assert (link["utm_source"], link["utm_campaign"], link["utm_medium"]) == ("news", "may", None)


def test_a_link_is_found_by_id_by_address_and_by_external_id(world: World) -> None:
    link = create(world, externalId=world.name("e"))
    key, external = link["key"], link["externalId"]
    for path in (
        f"/links/{link['id']}",
        f"/links/ext_{external}",
        f"/links/info?linkId={link['id']}",
        f"/links/info?externalId={external}",
        f"/links/info?externalId=ext_{external}",
        f"/links/info?domain={DOMAIN}&key={key.upper()}",
        f"/links/info?domain={DOMAIN.upper()}&key={key}",
    ):
        assert world.client.get(path) == link, path


@pytest.mark.parametrize("sent", ["a/b", "a%2Fb", "a/b/", "a/b%20", "/api a/b"])
def test_an_external_id_may_contain_slashes(world: World, sent: str) -> None:
    prefix, _, path = sent.rpartition(" ")
    name = world.name("e")
    link = create(world, externalId=f"{name}/a/b")
    address = f"{prefix}/links/ext_{name}/{path}"
    assert world.client.get(address) == link
    answer = world.client.call("PATCH", address, {"title": "x"})
    assert (answer.status, answer.json["id"]) == (200, link["id"])


def test_space_around_an_external_id_is_no_part_of_it(world: World) -> None:
    name = world.name("e")
    link = create(world, externalId=f"  {name} ")
    assert link["externalId"] == name
    assert world.client.get(f"/links/ext_{name}") == link
    assert world.client.get(f"/links/info?externalId=%20{name}%20") == link
    body = {"url": "https://acme.test", "externalId": f" ext_ {name}"}
    problem(world.client.call("POST", "/links", body), 409, "conflict", "externalId")
    assert create(world, externalId="  ")["externalId"] is None


def test_a_change_of_something_else_leaves_the_external_id(world: World) -> None:
    name = world.name("ext_e")
    link = create(world, externalId=f"ext_{name}")
    assert link["externalId"] == name
    assert change(world, link, title="x")["externalId"] == name
    assert change(world, link, externalId=" other ")["externalId"] == "other"


def test_a_domain_may_have_the_dot_of_the_root(world: World) -> None:
    link = create(world, domain=f"{DOMAIN.upper()}.")
    assert link["domain"] == DOMAIN
    assert world.client.get(f"/links/info?domain={DOMAIN}.&key={link['key']}") == link
    assert link in world.client.get(f"/links?domain={DOMAIN}.")


def test_a_foreign_domain_is_told_which_one_to_use(world: World) -> None:
    body = {"url": "https://acme.test", "domain": "elsewhere.test"}
    answer = world.client.call("POST", "/links", body)
    assert problem(answer, 403, "forbidden", "domain")["message"] == (
        f"The domain 'elsewhere.test' is not one of this workspace's. Leave it out, or give"
        f" {DOMAIN}."
    )


def test_the_root_of_a_domain_is_a_link_too(world: World) -> None:
    root = world.client.get(f"/links/info?domain={DOMAIN}")
    assert root["key"] == "_root", "init made it"
    body = {"url": "https://acme.test/pricing"}
    answer = world.client.call("POST", "/links", body | {"key": "_root"})
    assert "PATCH /links/{id}" in problem(answer, 409, "conflict", "key")["message"]
    changes = body | {"trackConversion": True}
    assert world.client.call("PATCH", f"/links/{root['id']}", changes).status == 200
    assert world.client.click("").headers["location"].startswith("https://acme.test/pricing?hw_id=")


def test_info_says_what_it_needs(world: World) -> None:
    problem(world.client.call("GET", "/links/info"), 400, "bad_request", "domain")
    answer = world.client.call("GET", f"/links/info?domain={DOMAIN}&key=nothing-here")
    problem(answer, 404, "not_found", "key")


@pytest.mark.parametrize(
    ("fields", "status", "code", "field"),
    [
        ({"url": ""}, 422, "unprocessable_entity", "url"),
        ({"url": "javascript:alert(1)"}, 422, "unprocessable_entity", "url"),
        ({"url": "https://a.test/\r\nX: y"}, 422, "unprocessable_entity", "url"),
        ({"url": "https://a.test/" + "a" * 32_000}, 422, "unprocessable_entity", "url"),
        ({"key": "a b"}, 422, "unprocessable_entity", "key"),
        ({"key": "_secret"}, 422, "unprocessable_entity", "key"),
        ({"key": "k" * 191}, 422, "unprocessable_entity", "key"),
        ({"key": "robots.txt"}, 403, "forbidden", "key"),
        ({"domain": "elsewhere.test"}, 403, "forbidden", "domain"),
        ({"keyLength": 2}, 422, "unprocessable_entity", "keyLength"),
        ({"keyLength": 191}, 422, "unprocessable_entity", "keyLength"),
        ({"programId": "prog_none", "partnerId": "p"}, 404, "not_found", "programId"),
        ({"partnerId": "pn_none"}, 404, "not_found", "partnerId"),
        ({"programId": "the only"}, 422, "unprocessable_entity", "partnerId"),
        ({"programId": "the only", "tenantId": "none"}, 422, "unprocessable_entity", "partnerId"),
        ({"externalId": "e" * 256}, 422, "unprocessable_entity", "externalId"),
        ({"trackConversion": "maybe"}, 422, "unprocessable_entity", "trackConversion"),
        ({"webhookIds": ["wh_1"]}, 422, "unprocessable_entity", "webhookIds"),
        ({"publicStats": True}, 422, "unprocessable_entity", "publicStats"),
        ({"expiresAt": "tomorrow"}, 422, "unprocessable_entity", "expiresAt"),
        ({"expiredUrl": "nonsense"}, 422, "unprocessable_entity", "expiredUrl"),
        ({"disabledAt": "2030-13-01"}, 422, "unprocessable_entity", "disabledAt"),
        ({"image": "data:image/png;base64,AAAA"}, 422, "unprocessable_entity", "image"),
        ({"geo": {"de": "https://acme.test"}}, 422, "unprocessable_entity", "geo"),
        ({"geo": {"DE": "nonsense"}}, 422, "unprocessable_entity", "geo.DE"),
        ({"ios": "javascript:alert(1)"}, 422, "unprocessable_entity", "ios"),
        ({"testVariants": [ONE]}, 422, "unprocessable_entity", "testVariants"),
        ({"testVariants": [ONE] * 5}, 422, "unprocessable_entity", "testVariants"),
        (
            {"testVariants": [ONE, ONE], "trackConversion": False},
            422,
            "unprocessable_entity",
            "testVariants",
        ),
        (
            {"testVariants": [ONE, {"url": "https://acme.test", "percentage": 5}]},
            422,
            "unprocessable_entity",
            "testVariants[1].percentage",
        ),
        (
            {"testVariants": [ONE, {"url": "nonsense", "percentage": 50}]},
            422,
            "unprocessable_entity",
            "testVariants[1].url",
        ),
        ({"tagIds": ["tag_none"]}, 422, "unprocessable_entity", "tagIds"),
        ({"tagNames": "none, neither"}, 422, "unprocessable_entity", "tagNames"),
        ({"folderId": "fold_none"}, 404, "not_found", "folderId"),
        ({"url": f"https://{DOMAIN}/x"}, 422, "unprocessable_entity", "url"),
        ({"android": f"https://{DOMAIN}./x"}, 422, "unprocessable_entity", "android"),
    ],
)
def test_a_link_that_cannot_be_made_says_why(
    world: World, fields: dict[str, Any], status: int, code: str, field: str
) -> None:
    program = {"programId": world.program["id"]}
    only = program if "pn_none" in fields.values() else {}
    only = only | program if fields.get("programId") == "the only" else only
    body = {"url": "https://acme.test"} | fields | only
    problem(world.client.call("POST", "/links", body), status, code, field)


def test_unused_features_may_be_sent_as_unused(world: World) -> None:
    unused = {"password": None, "proxy": False, "tagIds": [], "geo": None, "utm_source": ""}
    assert create(world, **unused)["password"] is None


def test_a_taken_key_or_external_id_is_a_conflict(world: World) -> None:
    link = create(world, key=world.name("Taken"), externalId=world.name("e"))
    url = "https://acme.test"
    answer = world.client.call("POST", "/links", {"url": url, "key": link["key"].upper()})
    assert problem(answer, 409, "conflict", "key")["message"].startswith("Duplicate key")
    answer = world.client.call("POST", "/links", {"url": url, "externalId": link["externalId"]})
    problem(answer, 409, "conflict", "externalId")


def test_the_partner_is_found_by_tenant_id(world: World) -> None:
    tenant = world.name("t")
    partner = world.make_partner(tenantId=tenant)
    link = create(world, programId=world.program["id"], tenantId=tenant)
    assert link["partnerId"] == partner["id"]


def change(world: World, link: Any, **fields: Any) -> Any:
    answer = world.client.call("PATCH", f"/links/{link['id']}", fields)
    assert answer.status == 200, answer.body
    return answer.json


def test_what_is_left_out_of_a_change_stays(world: World) -> None:
    link = create(world, title="Pricing", comments="keep", externalId=world.name("e"))
    after = change(world, link, title="Plans")
    assert after["title"] == "Plans"
    assert after["updatedAt"] > link["updatedAt"]
    same = set(link) - {"title", "updatedAt"}
    assert {name: after[name] for name in same} == {name: link[name] for name in same}


def test_a_change_that_changes_nothing_leaves_no_trace(world: World) -> None:
    link = create(world, title="Pricing")
    assert change(world, link, title="Pricing") == link
    assert change(world, link) == link


def test_a_field_is_emptied_with_null(world: World) -> None:
    link = create(world, title="Pricing", externalId=world.name("e"))
    after = change(world, link, title=None, externalId="")
    assert (after["title"], after["externalId"]) == (None, None)


def test_a_link_taken_from_its_partner_leaves_the_program(world: World) -> None:
    after = change(world, world.link(), partnerId=None)
    assert (after["programId"], after["partnerId"]) == (None, None)


def test_a_link_is_changed_by_its_external_id(world: World) -> None:
    link = create(world, externalId=world.name("e"))
    answer = world.client.call("PATCH", f"/links/ext_{link['externalId']}", {"title": "x"})
    assert answer.json["id"] == link["id"]


@pytest.mark.parametrize(
    ("fields", "status", "code", "field"),
    [
        ({"url": "nonsense"}, 422, "unprocessable_entity", "url"),
        ({"url": None}, 422, "unprocessable_entity", "url"),
        ({"key": "a b"}, 422, "unprocessable_entity", "key"),
        ({"domain": "elsewhere.test"}, 403, "forbidden", "domain"),
        ({"archived": "perhaps"}, 422, "unprocessable_entity", "archived"),
        ({"geo": {"DE": "nonsense"}}, 422, "unprocessable_entity", "geo.DE"),
    ],
)
def test_a_change_that_cannot_be_made_says_why(
    world: World, fields: dict[str, Any], status: int, code: str, field: str
) -> None:
    link = create(world)
    answer = world.client.call("PATCH", f"/links/{link['id']}", fields)
    problem(answer, status, code, field)
    assert world.again(link) == link


def test_a_change_to_a_taken_key_is_a_conflict(world: World) -> None:
    taken, link = create(world), create(world)
    answer = world.client.call("PATCH", f"/links/{link['id']}", {"key": taken["key"]})
    problem(answer, 409, "conflict", "key")


def test_counters_survive_a_change(world: World) -> None:
    link = world.link()
    world.visit(link)
    after = change(world, link, url="https://acme.test/other", key=world.name("k"))
    assert (after["clicks"], after["hits"]) == (1, 1)


def test_the_list_is_newest_first_in_pages_and_by_cursor(world: World) -> None:
    tenant = world.name("t")
    ids = [create(world, tenantId=tenant)["id"] for _ in range(5)][::-1]

    def listed(query: str) -> list[str]:
        return [link["id"] for link in world.client.get(f"/links?tenantId={tenant}&{query}")]

    assert listed("") == ids
    assert listed("pageSize=2") == ids[:2]
    assert listed("pageSize=2&page=3") == ids[4:]
    assert listed(f"pageSize=2&startingAfter={ids[1]}") == ids[2:4]
    assert listed(f"pageSize=2&endingBefore={ids[3]}") == ids[1:3]
    assert listed("page=9") == []
    assert listed(f"domain={DOMAIN.upper()}") == ids


def test_the_list_is_searched_by_text_as_it_stands(world: World) -> None:
    key = world.name("50%_off~").replace("%", "")
    link = create(world, key=key.replace("~", "-"), url=f"https://acme.test/{world.name('dest')}")
    path = link["url"].rsplit("/", 1)[1]
    for text in (link["key"], link["key"].upper(), path, f"{DOMAIN}/{link['key']}"):
        assert [each["id"] for each in world.client.get(f"/links?search={text}")] == [link["id"]]
    for text in ("%25", "_", "~"):
        found = world.client.get(f"/links?search={text}{path}")
        assert found == []


def test_archived_links_are_listed_only_when_asked_for(world: World) -> None:
    link = create(world, archived=True, tenantId=world.name("t"))
    query = f"/links?tenantId={link['tenantId']}"
    assert world.client.get(query) == []
    assert [each["id"] for each in world.client.get(f"{query}&showArchived=true")] == [link["id"]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("page=x", "page"),
        ("page=1.5", "page"),
        ("page=99999999999999999999999", "page"),
        ("pageSize=0", "pageSize"),
        ("pageSize=101", "pageSize"),
        ("showArchived=perhaps", "showArchived"),
        ("search=" + "s" * 256, "search"),
    ],
)
def test_a_query_that_makes_no_sense_names_its_parameter(
    world: World, query: str, field: str
) -> None:
    problem(world.client.call("GET", f"/links?{query}"), 422, "unprocessable_entity", field)


def test_a_key_is_asked_for_before_a_link_is_made(world: World) -> None:
    link = world.link()

    def taken(key: str, domain: str = DOMAIN) -> Any:
        return world.client.get(f"/links/exists?domain={domain}&key={key}")

    assert taken(link["key"].upper()) is True
    assert taken("robots.txt") is True, "reserved"
    assert taken(world.name("k")) is False
    for key in ("_hidden", "a%20b", "x.php"):
        answer = world.client.call("GET", f"/links/exists?domain={DOMAIN}&key={key}")
        problem(answer, 422, "unprocessable_entity", "key")
    answer = world.stranger.call("GET", f"/links/exists?domain={DOMAIN}&key={link['key']}")
    problem(answer, 403, "forbidden", "domain")


def test_a_random_key_is_free(world: World) -> None:
    key = world.client.get(f"/links/random?domain={DOMAIN}")
    assert re.fullmatch("[A-Za-z0-9]{7}", key)
    assert world.client.get(f"/links/exists?domain={DOMAIN}&key={key}") is False
    assert world.client.post("/links", {"url": "https://a.test", "key": key})["key"] == key
    problem(
        world.stranger.call("GET", f"/links/random?domain={DOMAIN}"), 403, "forbidden", "domain"
    )


def test_a_payment_link_gets_the_click_id_as_its_reference(world: World) -> None:
    link = world.link(url="https://buy.test/p?dub_client_reference_id=1&plan=pro")
    location = world.visit(link).headers["location"]
    found = re.fullmatch(r"https://buy.test/p\?plan=pro&client_reference_id=dub_id_(.+)", location)
    assert found
    assert world.lead(found[1], world.name("u"))["click"]["id"] == found[1]
