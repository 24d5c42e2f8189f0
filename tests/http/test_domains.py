"""Domains over HTTP: adding, setting, moving and deleting them, and what they answer."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.http.world import World, ask, problem
from tests.support import BROWSER, DOMAIN, Answer


def add(world: World, **fields: Any) -> Any:
    return world.client.post("/domains", {"slug": f"{world.name('d')}.test"} | fields)


def change(world: World, domain: Any, **fields: Any) -> Any:
    answer = world.client.call("PATCH", f"/domains/{domain['slug']}", fields)
    assert answer.status == 200, answer.body
    return answer.json


def visit(world: World, domain: Any, path: str = "/") -> Answer:
    headers = {"Host": domain["slug"], "User-Agent": f"{BROWSER} {world.name()}"}
    return ask(world.server, path, headers=headers)


def link_on(world: World, domain: Any, **fields: Any) -> Any:
    body = {"url": "https://acme.test/x", "domain": domain["slug"]}
    return world.client.post("/links", body | fields)


def test_a_domain_serves_links_at_once(world: World) -> None:
    domain = add(world)
    assert (domain["verified"], domain["primary"], domain["archived"]) == (True, False, False)
    link = link_on(world, domain)
    assert link["shortLink"] == f"https://{domain['slug']}/{link['key']}"
    assert visit(world, domain, f"/{link['key']}").click_id


def test_a_host_is_taken_as_hosts_are_written(world: World) -> None:
    name = world.name("d")
    assert add(world, slug=f" {name.upper()}.Test. ")["slug"] == f"{name}.test"


def test_a_host_in_any_script_is_one_domain_however_it_is_written(world: World) -> None:
    name = world.name("straße")
    domain = add(world, slug=f"{name}.test")
    assert domain["slug"].startswith("xn--strae-")
    link = link_on(world, {"slug": f" {name.upper()}.Test".replace("SS", "ẞ")})
    assert link["shortLink"] == f"https://{domain['slug']}/{link['key']}"
    assert visit(world, domain, f"/{link['key']}").click_id
    assert world.client.get(f"/links/info?domain={quote(name)}.test")["key"] == "_root"


def test_www_before_a_domain_is_no_other_domain(world: World) -> None:
    domain = add(world)
    link = link_on(world, domain)
    headers = {"Host": f"www.{domain['slug']}.", "User-Agent": f"{BROWSER} {world.name()}"}
    assert ask(world.server, f"/{link['key']}", headers=headers).click_id
    own = add(world, slug=f"www.{domain['slug']}")
    there = link_on(world, own)
    assert visit(world, own, f"/{there['key']}").click_id
    assert visit(world, own, f"/{link['key']}").status == 404, "unless it was added as one"
    told = {"domain": own["slug"], "key": there["key"]}
    assert world.client.post("/track/click", told)["clickId"]


def test_the_bare_address_leads_nowhere_until_its_root_link_is_told(world: World) -> None:
    domain = add(world)
    answer = visit(world, domain)
    assert answer.status == 200
    assert b"leads nowhere" in answer.body
    root = world.client.get(f"/links/info?domain={domain['slug']}")
    assert (root["url"], root["key"], root["clicks"]) == ("", "_root", 1)
    changed = world.client.call("PATCH", f"/links/{root['id']}", {"url": "https://acme.test"})
    assert changed.status == 200
    answer = visit(world, domain)
    assert (answer.status, answer.headers["location"]) == (302, "https://acme.test")
    emptied = world.client.call("PATCH", f"/links/{root['id']}", {"url": ""})
    assert emptied.json["url"] == ""


def test_only_a_root_link_may_lead_nowhere(world: World) -> None:
    problem(
        world.client.call("POST", "/links", {"url": "", "key": world.name("k")}),
        422,
        "unprocessable_entity",
        "url",
    )


def test_a_domain_says_what_there_is_where_no_link_is(world: World) -> None:
    domain = add(world)
    assert visit(world, domain, "/none").status == 404
    change(world, domain, notFoundUrl="https://acme.test/lost", expiredUrl="acme.test/late")
    answer = visit(world, domain, "/none")
    assert (answer.status, answer.headers["location"]) == (307, "https://acme.test/lost")
    link = link_on(world, domain, expiresAt="2020-01-01")
    answer = visit(world, domain, f"/{link['key']}")
    assert (answer.status, answer.headers["location"]) == (302, "https://acme.test/late")
    off = link_on(world, domain, disabledAt="2020-01-01")
    assert visit(world, domain, f"/{off['key']}").status == 307
    change(world, domain, notFoundUrl=None)
    assert visit(world, domain, "/none").status == 404


def test_no_visitor_is_sent_in_circles(world: World) -> None:
    domain = add(world)
    for host in (domain["slug"], f"{domain['slug'].upper()}.:443"):
        url = f"https://{host}/elsewhere"
        answer = world.client.call("POST", "/links", {"url": url})
        assert "circles" in problem(answer, 422, "unprocessable_entity", "url")["message"]
        answer = world.client.call("PATCH", f"/domains/{domain['slug']}", {"notFoundUrl": url})
        problem(answer, 422, "unprocessable_entity", "notFoundUrl")
    slug = f"{world.name('d')}.test"
    answer = world.client.call("POST", "/domains", {"slug": slug, "notFoundUrl": slug})
    problem(answer, 422, "unprocessable_entity", "notFoundUrl")
    website = f"https://www.{domain['slug']}"
    assert change(world, domain, notFoundUrl=website)["notFoundUrl"] == website
    assert link_on(world, domain, url=website)["url"] == website


def test_apps_find_their_files(world: World) -> None:
    domain = add(world, assetLinks='[{"a": 1}]', appleAppSiteAssociation='{"b": 2}')
    for path, text in (
        ("assetlinks.json", b'[{"a": 1}]'),
        ("apple-app-site-association", b'{"b": 2}'),
    ):
        answer = visit(world, domain, f"/.well-known/{path}")
        assert (answer.status, answer.body) == (200, text)
        assert answer.headers["content-type"] == "application/json"
    change(world, domain, assetLinks="")
    assert visit(world, domain, "/.well-known/assetlinks.json").status == 404


def test_what_is_left_out_of_a_change_stays(world: World) -> None:
    domain = add(world, placeholder="https://acme.test", logo="https://acme.test/l.png")
    after = change(world, domain, archived=True)
    assert (after["placeholder"], after["archived"]) == ("https://acme.test", True)
    listed = [each["slug"] for each in world.client.get(f"/domains?search={domain['slug']}")]
    assert listed == []
    archived = world.client.get(f"/domains?archived=true&search={domain['slug']}")
    assert archived == [after]
    assert visit(world, domain).status == 200, "an archived domain still answers"


def test_an_archived_domain_is_not_where_links_are_made(world: World) -> None:
    first = next(each for each in world.client.get("/domains") if each["primary"])
    domain = add(world)
    change(world, domain, primary=True)
    try:
        assert not change(world, domain, archived=True)["primary"]
        assert world.client.post("/links", {"url": "https://acme.test"})["domain"] == first["slug"]
        answer = world.client.call("PATCH", f"/domains/{domain['slug']}", {"primary": True})
        problem(answer, 422, "unprocessable_entity", "primary")
        assert change(world, domain, archived=False)["primary"], "it was chosen"
    finally:
        change(world, first, primary=True)


def test_the_primary_domain_is_where_links_are_made(world: World) -> None:
    (first,) = [each for each in world.client.get("/domains") if each["slug"] == DOMAIN]
    assert first["primary"]
    domain = add(world)
    try:
        assert change(world, domain, primary=True)["primary"]
        assert world.client.post("/links", {"url": "https://a.test"})["domain"] == domain["slug"]
        (before,) = world.client.get(f"/domains?search={DOMAIN}")
        assert not before["primary"]
        answer = world.client.call("PATCH", f"/domains/{domain['slug']}", {"primary": False})
        problem(answer, 422, "unprocessable_entity", "primary")
    finally:
        change(world, first, primary=True)


def test_a_domain_goes_when_nothing_leads_from_it(world: World) -> None:
    domain = add(world)
    link = link_on(world, domain)
    path = f"/domains/{domain['slug']}"
    told = problem(world.client.call("DELETE", path), 409, "conflict", "slug")
    assert told["message"].startswith(f"1 links lead from {domain['slug']}.")
    assert visit(world, domain, f"/{link['key']}").status == 302
    world.client.call("DELETE", f"/links/{link['id']}")
    assert world.client.call("DELETE", path).json == {"slug": domain["slug"]}
    problem(world.client.call("DELETE", path), 404, "not_found", "slug")
    answer = visit(world, domain)
    assert answer.json["error"]["code"] == "not_found", "it is a host of the API like any other"


def test_a_deleted_domain_can_be_added_by_anybody_p10(world: World) -> None:
    domain = add(world)
    link = link_on(world, domain)
    world.client.call("DELETE", f"/links/{link['id']}")
    world.client.call("DELETE", f"/domains/{domain['slug']}")
    theirs = world.stranger.post("/domains", {"slug": domain["slug"]})
    assert theirs["id"] != domain["id"]
    body = {"url": "https://acme.test", "domain": domain["slug"]}
    problem(world.client.call("POST", "/links", body), 403, "forbidden", "domain")


def test_a_domain_moves_while_nothing_leads_from_it(world: World) -> None:
    domain, other = add(world), add(world)
    wanted = f"{world.name('d')}.test"
    moved = change(world, domain, slug=wanted)
    assert (moved["id"], moved["slug"]) == (domain["id"], wanted)
    assert visit(world, moved).status == 200
    assert world.client.get(f"/links/info?domain={wanted}")["key"] == "_root"
    link_on(world, moved)
    answer = world.client.call("PATCH", f"/domains/{wanted}", {"slug": domain["slug"]})
    problem(answer, 409, "conflict", "slug")
    answer = world.client.call("PATCH", f"/domains/{other['slug']}", {"slug": wanted})
    problem(answer, 409, "conflict", "slug")


@pytest.mark.parametrize(
    ("fields", "status", "code", "field"),
    [
        ({"slug": "localhost"}, 422, "unprocessable_entity", "slug"),
        ({"slug": "127.0.0.1"}, 422, "unprocessable_entity", "slug"),
        ({"slug": "a b.test"}, 422, "unprocessable_entity", "slug"),
        ({"slug": "go.test:80"}, 422, "unprocessable_entity", "slug"),
        ({"slug": "0x7f.1"}, 422, "unprocessable_entity", "slug"),
        ({"slug": f"{'a' * 64}.test"}, 422, "unprocessable_entity", "slug"),
        ({"slug": DOMAIN.upper()}, 409, "conflict", "slug"),
        ({"slug": "go.other.test"}, 409, "conflict", "slug"),
        ({"notFoundUrl": "nonsense"}, 422, "unprocessable_entity", "notFoundUrl"),
        ({"expiredUrl": "javascript:x"}, 422, "unprocessable_entity", "expiredUrl"),
        ({"expiredUrl": f"https://{DOMAIN}/late"}, 422, "unprocessable_entity", "expiredUrl"),
        ({"assetLinks": "{"}, 422, "unprocessable_entity", "assetLinks"),
    ],
)
def test_a_domain_that_cannot_be_added_says_why(
    world: World, fields: dict[str, Any], status: int, code: str, field: str
) -> None:
    body = {"slug": f"{world.name('d')}.test"} | fields
    problem(world.client.call("POST", "/domains", body), status, code, field)
    if field != "slug":
        problem(world.client.call("DELETE", f"/domains/{body['slug']}"), 404, "not_found", "slug")


def test_a_domain_is_added_once_under_one_key(world: World) -> None:
    body, key = {"slug": f"{world.name('d')}.test"}, {"Idempotency-Key": world.name("i")}
    first = world.client.call("POST", "/domains", body, headers=key).json
    assert world.client.call("POST", "/domains", body, headers=key).json == first
