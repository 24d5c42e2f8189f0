"""POST /track/visit, /track/open, and what made a click."""

from typing import Any

import pytest

from tests.http.test_edge import within_one_hour
from tests.http.world import OTHER_DOMAIN, World, problem
from tests.support import BROWSER, DOMAIN, Client


def send(world: World, path: str, body: Any, agent: str | None = None, **headers: str) -> Any:
    named = {"user-agent": agent or f"{BROWSER} {world.name()}"} | headers
    return Client(world.server.url, None).call("POST", path, body, headers=named)


def page(world: World, link: Any) -> dict[str, str]:
    return {"domain": DOMAIN, "url": f"https://{DOMAIN}/{link['key']}?utm=1"}


def test_a_page_view_is_a_click_of_the_link_of_that_path(world: World) -> None:
    link = world.link()
    answer = send(world, "/track/visit", page(world, link))
    assert answer.status == 200
    assert world.again(link)["clicks"] == 1
    lead = world.lead(answer.json["clickId"], world.name("u"))
    assert lead["link"]["id"] == link["id"]


def test_the_same_visitor_in_the_same_hour_has_one_id_however_they_came(world: World) -> None:
    def attempt() -> tuple[set[str], int]:
        link, agent = world.link(), f"{BROWSER} {world.name()}"
        deep = {"deepLink": f"{DOMAIN}/{link['key']}"}
        ids = {
            world.visit(link, agent=agent).click_id,
            send(world, "/track/visit", page(world, link), agent).json["clickId"],
            send(world, "/track/open", deep, agent).json["clickId"],
        }
        return ids, world.again(link)["clicks"]

    ids, clicks = within_one_hour(attempt)
    assert (len(ids), clicks) == (1, 1)


@pytest.mark.parametrize("field", ["domain", "url"])
def test_a_visit_without_its_page_is_400(world: World, field: str) -> None:
    body = {"domain": DOMAIN, "url": "https://x.test/"}
    del body[field]
    problem(send(world, "/track/visit", body), 400, "bad_request", field)


def test_a_visit_of_a_page_without_a_link_is_404(world: World) -> None:
    body = {"domain": DOMAIN, "url": f"https://{DOMAIN}/{world.name()}"}
    problem(send(world, "/track/visit", body), 404, "not_found", "url")
    problem(send(world, "/track/visit", body | {"domain": "x.test"}), 404, "not_found", "url")


@pytest.mark.parametrize("form", ["https://{}/{}", "{}/{}", "https://WWW.{}/{}?x=1", "//{}/{}/"])
def test_an_opened_link_answers_click_and_link(world: World, form: str) -> None:
    link = world.link()
    answer = send(world, "/track/open", {"deepLink": form.format(DOMAIN, link["key"])})
    assert answer.status == 200, answer.body
    assert answer.json["link"] == {name: link[name] for name in ("id", "domain", "key", "url")}
    assert world.again(link)["clicks"] == 1
    assert world.lead(answer.json["clickId"], world.name("u"))["link"]["id"] == link["id"]


def test_an_app_is_no_bot_whatever_it_calls_itself(world: World) -> None:
    link = world.link()
    body = {"deepLink": f"https://{DOMAIN}/{link['key']}"}
    send(world, "/track/open", body, "Mozilla/5.0 (compatible; Googlebot/2.1)")
    assert world.again(link)["clicks"] == 1


def test_an_opened_link_that_is_none_is_404(world: World) -> None:
    for body in (
        {"deepLink": f"https://{DOMAIN}/{world.name()}"},
        {"deepLink": f"https://{OTHER_DOMAIN}/{world.link()['key']}"},
    ):
        problem(send(world, "/track/open", body), 404, "not_found", "deepLink")


def test_an_open_needs_one_of_the_two(world: World) -> None:
    problem(send(world, "/track/open", {}), 422, "unprocessable_entity", "deepLink")


def test_the_domain_alone_finds_nobody(world: World) -> None:
    answer = send(world, "/track/open", {"dubDomain": DOMAIN})
    assert answer.json == {"clickId": None, "link": None}


def test_who_is_not_to_be_tracked_is_not(world: World) -> None:
    link = world.link()
    body = {"deepLink": f"https://{DOMAIN}/{link['key']}"}
    for path, headers in (("/track/open", {"dub-no-track": "1"}), ("/track/open?dub-no-track", {})):
        answer = send(world, path, body, **headers)
        assert (answer.json["clickId"], answer.json["link"]["id"]) == (None, link["id"])
    assert world.again(link)["hits"] == 0


def test_a_link_that_cannot_be_read_is_422(world: World) -> None:
    answer = send(world, "/track/open", {"deepLink": "http://[broken"})
    problem(answer, 422, "unprocessable_entity", "deepLink")


def shut(world: World, **fields: Any) -> tuple[Any, list[tuple[str, Any]]]:
    """A link with these fields, and all that anybody may report of it."""
    link = world.link()
    world.client.call("PATCH", f"/links/{link['id']}", fields)
    body = page(world, link)
    opened = {"deepLink": body["url"]}
    return link, [
        ("/track/click", {"domain": DOMAIN, "key": link["key"]}),
        ("/track/visit", body),
        ("/track/open", opened),
        ("/track/open?dub-no-track=1", opened),
    ]


@pytest.mark.parametrize(
    ("field", "said"), [("disabledAt", "There is no short link"), ("expiresAt", "has expired")]
)
def test_a_link_that_lets_nobody_through_is_not_reported_either(
    world: World, field: str, said: str
) -> None:
    link, calls = shut(world, **{field: "2020-01-01T00:00:00Z"})
    for path, body in calls:
        answer = send(world, path, body)
        assert (answer.status, answer.json["error"]["code"]) == (404, "not_found"), path
        assert said in answer.json["error"]["message"]
    assert world.again(link)["hits"] == 0


def test_what_a_password_protects_is_not_told_to_an_app(world: World) -> None:
    link, calls = shut(world, password="open sesame", url="https://secret.test/?token=1")
    for path, body in calls[2:]:
        answer = send(world, path, body)
        assert (answer.status, answer.json["link"]["url"]) == (200, link["shortLink"])
        assert b"secret" not in answer.body


def test_who_has_no_key_is_not_told_to_check_it(world: World) -> None:
    for path, body in (
        ("/track/click", {"domain": DOMAIN, "key": world.name()}),
        ("/track/visit", {"domain": DOMAIN, "url": f"https://{DOMAIN}/{world.name()}"}),
        ("/track/open", {"deepLink": f"https://{DOMAIN}/{world.name()}"}),
    ):
        message = send(world, path, body).json["error"]["message"]
        assert "workspace" not in message
        assert "Check its domain and its key." in message


def test_a_key_no_link_can_have_is_not_echoed(world: World) -> None:
    long = "k" * 15_000
    for path, body in (
        ("/track/visit", {"domain": DOMAIN, "url": f"https://{DOMAIN}/{long}"}),
        ("/track/open", {"deepLink": f"https://{DOMAIN}/{long}"}),
        ("/track/open", {"deepLink": f"https://{long}/{long}"}),
    ):
        answer = send(world, path, body)
        assert answer.status == 404
        assert len(answer.body) < 600
