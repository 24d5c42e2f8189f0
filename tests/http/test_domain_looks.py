"""Domains as the DNS shows them: a real resolver asks a name server on loopback."""

import asyncio
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec.structs import replace

from headwater.http.link_table import LinkTable
from headwater.runtime import App
from headwater.workspace import Setup, add_domain, initialise
from tests.http.conftest import ENGINES, new_store
from tests.http.name_server import NameServer, name_server
from tests.http.world import World, ask, problem, serve
from tests.support import BROWSER, DOMAIN, Answer, wait_until

TARGET, ADDRESS = "links.headwater.test", "192.0.2.10"


@dataclass(slots=True)
class Place:
    world: World
    names: NameServer

    def domain(self, client: Any = None) -> Any:
        """One that was just added and is not set up yet."""
        slug = f"{self.world.name('d')}.test"
        return (client or self.world.client).post("/domains", {"slug": slug})

    def looked(self, domain: Any, client: Any = None) -> Any:
        return (client or self.world.client).get(f"/domains/{domain['slug']}/verify")

    def verified(self, domain: Any, client: Any = None) -> bool:
        found = (client or self.world.client).get(f"/domains?search={domain['slug']}")
        return bool(found[0]["verified"])

    def visit(self, domain: Any, key: str) -> Answer:
        agent = f"{BROWSER} {self.world.name()}"
        headers = {"Host": domain["slug"], "User-Agent": agent}
        return ask(self.world.server, f"/{key}", headers=headers)

    def prove(self, domain: Any, client: Any) -> None:
        """Add the TXT record the server asks this workspace for."""
        (record,) = self.looked(domain, client)["records"]
        assert record["type"] == "TXT"
        known = self.names.records.get(record["name"], {}).get("TXT", [])
        self.names.set(record["name"], "TXT", *known, f'"{record["value"]}"')


@pytest.fixture(scope="module", params=ENGINES)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    with name_server() as names:
        names.set(TARGET, "A", ADDRESS)
        store = new_store(request.param, tmp_path_factory.mktemp("looks") / "data", request)
        world = serve(
            store,
            HEADWATER_DOMAINS_TARGET=TARGET,
            HEADWATER_DOMAINS_RESOLVERS=names.place,
        )
        yield Place(world, names)
        world.server.stop()


def link_on(client: Any, domain: Any, key: str, url: str = "https://acme.test/x") -> Any:
    return client.post("/links", {"url": url, "domain": domain["slug"], "key": key})


def test_a_domain_is_verified_once_it_points_here(place: Place) -> None:
    domain = place.domain()
    assert not domain["verified"]
    found = place.looked(domain)
    assert (found["verified"], found["status"]) == (False, "no_such_name")
    assert found["records"] == [{"type": "CNAME", "name": domain["slug"], "value": TARGET}]
    assert found["message"].startswith(f"The DNS knows no address of {domain['slug']}.")
    assert found["lookedAt"] < found["nextLookAt"]
    place.names.set(domain["slug"], "CNAME", f"{TARGET}.")
    found = place.looked(domain)
    assert (found["verified"], found["status"], found["records"]) == (True, "points_here", [])
    assert place.verified(domain)


def test_a_domain_may_have_the_address_of_the_target_itself(place: Place) -> None:
    domain = place.domain()
    place.names.set(domain["slug"], "A", ADDRESS)
    assert place.looked(domain)["verified"]


def test_a_domain_of_which_one_address_is_foreign_points_elsewhere(place: Place) -> None:
    domain = place.domain()
    place.names.set(domain["slug"], "A", ADDRESS)
    place.names.set(domain["slug"], "AAAA", "2001:db8::66")
    found = place.looked(domain)
    assert (found["verified"], found["status"]) == (False, "points_elsewhere")


def test_silence_says_nothing(place: Place) -> None:
    domain = place.domain()
    place.names.set(domain["slug"], "CNAME", f"{TARGET}.")
    assert place.looked(domain)["verified"]
    place.names.broken.add(domain["slug"])
    found = place.looked(domain)
    assert (found["verified"], found["status"]) == (True, "no_answer")


@pytest.mark.parametrize(
    ("target", "serve_unverified", "served"),
    [
        ((TARGET,), True, {DOMAIN, "fresh.test"}),
        ((TARGET,), False, {DOMAIN}),
        ((), False, {DOMAIN, "fresh.test"}),
    ],
)
def test_a_domain_nobody_saw_here_is_served_as_the_operator_says(
    app: App, target: tuple[str, ...], serve_unverified: bool, served: set[str]
) -> None:
    setup = Setup(slug="acme", domain=DOMAIN)
    owner = app.db.write_now(initialise, setup, app.clock.now_us(), app.entropy).workspace
    app.db.write_now(lambda tx: add_domain(tx, app.context(owner), "fresh.test", {}, provable=True))
    domains = replace(app.config.domains, target=target, serve_unverified=serve_unverified)
    table = LinkTable(dataclasses.replace(app, config=replace(app.config, domains=domains)))
    asyncio.run(table.refresh())
    assert {host for host in (DOMAIN, "fresh.test") if table.host(host)} == served


def test_a_domain_of_another_workspace_takes_no_traffic_until_it_is_proven_p10(
    place: Place,
) -> None:
    """Both point here: that says nothing of whose it is. The links of both stay what they are."""
    world = place.world
    theirs = place.domain()
    place.names.set(theirs["slug"], "CNAME", f"{TARGET}.")
    assert place.looked(theirs)["verified"]
    link_on(world.client, theirs, "same", "https://first.test/")
    ours = world.stranger.post("/domains", {"slug": theirs["slug"]})
    link_on(world.stranger, ours, "same", "https://second.test/")
    found = place.looked(ours, world.stranger)
    assert (found["verified"], found["status"]) == (False, "not_proven")
    assert found["message"].startswith(f"Another workspace holds {ours['slug']}.")
    location = place.visit(ours, "same").headers["location"]
    assert location.startswith("https://first.test/")

    place.prove(ours, world.stranger)
    assert place.looked(ours, world.stranger)["verified"]
    location = place.visit(ours, "same").headers["location"]
    assert location.startswith("https://second.test/")
    assert not place.verified(theirs)
    assert world.client.get(f"/links/info?domain={theirs['slug']}&key=same")["clicks"] == 1

    place.prove(theirs, world.client)
    assert place.looked(theirs)["status"] == "not_proven", "both prove it: whoever holds it stays"
    world.stranger.call("DELETE", f"/links/{_id(world.stranger, ours, 'same')}")
    assert world.stranger.call("DELETE", f"/domains/{ours['slug']}").status == 200
    assert place.looked(theirs)["verified"], "nobody holds it any more"
    assert place.visit(theirs, "same").headers["location"].startswith("https://first.test/")


def _id(client: Any, domain: Any, key: str) -> str:
    return str(client.get(f"/links/info?domain={domain['slug']}&key={key}")["id"])


def test_another_workspaces_proof_proves_nothing(place: Place) -> None:
    """A record somebody set for one workspace gives the host to no other."""
    world = place.world
    theirs = place.domain()
    ours = world.stranger.post("/domains", {"slug": theirs["slug"]})
    last = world.quiet.post("/domains", {"slug": theirs["slug"]})
    place.prove(last, world.quiet)
    assert not place.looked(ours, world.stranger)["verified"]
    place.names.set(theirs["slug"], "CNAME", f"{TARGET}.")
    assert place.looked(last, world.quiet)["verified"]
    for client in (world.quiet, world.stranger, world.client):
        assert client.call("DELETE", f"/domains/{theirs['slug']}").status == 200


def test_what_the_operator_vouches_for_is_verified_and_cannot_be_claimed(place: Place) -> None:
    found = place.looked({"slug": DOMAIN})
    assert (found["verified"], found["status"]) == (True, "not_looked_at")
    assert found["message"].startswith("The operator of this server vouches")
    assert (found["records"], found["lookedAt"], found["nextLookAt"]) == ([], None, None)
    assert f"{DOMAIN} A" not in place.names.asked
    answer = place.world.stranger.call("POST", "/domains", {"slug": DOMAIN})
    problem(answer, 409, "conflict", "slug")


def test_a_domain_is_looked_up_without_being_asked_for(place: Place) -> None:
    domain = place.domain()
    place.names.set(domain["slug"], "CNAME", f"{TARGET}.")
    wait_until(lambda: place.verified(domain), timeout_s=20)


def test_a_domain_that_takes_another_name_is_looked_at_anew(place: Place) -> None:
    domain = place.domain()
    place.names.set(domain["slug"], "CNAME", f"{TARGET}.")
    assert place.looked(domain)["verified"]
    slug = f"{place.world.name('d')}.test"
    changed = place.world.client.call("PATCH", f"/domains/{domain['slug']}", {"slug": slug}).json
    assert (changed["slug"], changed["verified"]) == (slug, False)


def test_a_domain_of_one_workspace_is_looked_up_for_no_other(place: Place) -> None:
    domain = place.domain()
    answer = place.world.stranger.call("GET", f"/domains/{domain['slug']}/verify")
    problem(answer, 404, "not_found", "slug")
