"""`headwater export` and `headwater import dub`: what one server knows, another knows as well."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.http.conftest import ENGINES, new_store
from tests.http.world import World, serve
from tests.support import Store, initialise, run

SPARE = "go.spare.test"


@dataclass(frozen=True, slots=True)
class Told:
    world: World
    folder: Path
    lines: list[bytes]

    @property
    def file(self) -> Path:
        return self.folder / "acme.jsonl"


@pytest.fixture(scope="module", params=ENGINES)
def source(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Told]:
    """A server with one of everything that moves, and its export."""
    folder = tmp_path_factory.mktemp("moving")
    world = serve(new_store(request.param, folder / "data", request))
    _fill(world)
    yield Told(world, folder, exported(world.server.store, folder / "acme.jsonl"))
    world.server.stop()


def _fill(world: World) -> None:
    client = world.client
    client.post("/domains", {"slug": "go.more.test", "placeholder": "https://acme.test/hi"})
    tag = client.post("/tags", {"name": "Spring", "color": "green"})
    folder = client.post("/folders", {"name": "Partners"})
    client.post("/rates", {"currency": "eur", "date": "2026-01-01", "rate": "0.8"})
    sorted_away = {"tagIds": [tag["id"]], "folderId": folder["id"], "externalId": "mine"}
    link = world.link(key="sorted", **sorted_away)
    world.link(
        key="late",
        password="open sesame",
        expiresAt="2030-01-01",
        geo={"DE": "https://acme.test/de"},
    )
    client.post("/links", {"url": "https://acme.test/nobody", "key": "nobodys", "archived": True})
    gone = world.link(key="gone")
    customers = [world.customer(each) for each in (link, link, gone)]
    for number, customer in enumerate(customers):
        world.sale(customer, 1000 * (number + 1), invoiceId=f"in-{number}", metadata={"n": number})
    sale = world.sale(customers[0], 4000, currency="eur", invoiceId="in-eur")["sale"]
    world.refund(sale["id"], 1500, "r1", reason="half of it")
    world.refund("ext_in-2", 3000, "r2")
    world.visit(link, agent="Googlebot/2.1 (+http://www.google.com/bot.html)")
    client.call("DELETE", f"/links/{gone['id']}")
    client.call("DELETE", f"/customers/ext_{customers[1]}")


def exported(store: Store, file: Path) -> list[bytes]:
    done = run("export", *store.arguments, "--workspace", "acme", "--out", str(file))
    assert done.returncode == 0, done.stderr
    return file.read_bytes().splitlines()


def imported(store: Store, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = run("import", "dub", *store.arguments, "--workspace", "acme", "--json", *arguments)
    assert done.returncode in (0, 1), (done.stdout, done.stderr)
    return done.returncode, json.loads(done.stdout)


def of(lines: list[bytes], kind: str) -> list[dict[str, Any]]:
    read = [json.loads(line) for line in lines]
    return [line["data"] for line in read if line["kind"] == kind]


def comparable(lines: list[bytes]) -> list[bytes]:
    """All but the header and the domain the target was made with; clicks of an hour may swap."""
    spare = [line for line in lines[1:-1] if SPARE.encode() not in line]
    return sorted(spare)


@pytest.fixture
def target(source: Told, request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store with an empty workspace, on the engine the source is not on."""
    other = "sqlite" if source.world.server.store.url else "postgres"
    store = new_store(other, tmp_path / "target", request)
    initialise(store, domain=SPARE)
    return store


def verify(store: Store) -> None:
    done = run("verify", *store.arguments)
    assert done.stdout.splitlines()[-1] == "The books are right.", done.stdout + done.stderr


def test_an_export_imported_is_the_same_export(source: Told, target: Store) -> None:
    """Every id, key, time and amount; and the books are right."""
    code, report = imported(target, "--file", str(source.file))
    assert not report["refusals"], "\n".join(str(each) for each in report["refusals"])
    assert (code, report["differences"]) == (0, 0)
    verify(target)
    again = exported(target, target.data.parent / "again.jsonl")
    assert comparable(again) == comparable(source.lines)
    code, report = imported(target, "--file", str(source.file))
    assert code == 0
    assert {each["imported"] for each in report["kinds"].values()} == {0}
    assert exported(target, target.data.parent / "third.jsonl")[1:-1] == again[1:-1]
