"""`headwater export` and `headwater import dub`: what one server knows, another knows as well."""

import asyncio
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from headwater.audit import audit
from headwater.cli import importing, init, moving
from headwater.cli.store import CannotStart, opened
from headwater.config import Overrides, load
from headwater.erasure import erase_customer
from headwater.workspace import workspace_by_slug
from tests.http.conftest import ENGINES, new_store
from tests.http.world import World, serve
from tests.support import Store, run

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
    tag = client.post("/tags", {"name": "Spring \\u0000", "color": "green"})  # not the character
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
    client.post("/sales/ext_in-0/disputes", {"key": "dp_1", "amount": 400, "reason": "theirs"})
    client.post("/sales/ext_in-0/disputes", {"key": "dp_1", "state": "lost"})
    unlinked = world.name("u")
    for body in (
        {"type": "signup", "occurredAt": "2026-01-05", "metadata": {"from": "a fair"}},
        {"type": "trial_start", "entity": "t-1", "plan": "pro", "scope": "organization"},
    ):
        client.post("/track/milestone", {"customerExternalId": unlinked} | body)
    world.sale(unlinked, 700, invoiceId="in-alone", plan="pro", administrative=True)
    world.refund("ext_in-alone", 100, "r3")
    partner = world.make_partner(world.make_program(holdingPeriodDays=45))
    world.sale(world.customer(world.link(partner)), 2000, invoiceId="in-held")
    world.visit(link, agent="Googlebot/2.1 (+http://www.google.com/bot.html)")
    world.visit(link, cf_ipcountry="DE", cf_region_code="BE", cf_ipcity="Berlin")
    client.call("DELETE", f"/links/{gone['id']}")
    client.call("DELETE", f"/customers/ext_{customers[1]}")


def exported(store: Store, file: Path) -> list[bytes]:
    """In this process: a start of Python for each of them would take most of the time."""
    moving.export(workspace="acme", out=str(file), data=str(store.data), database=store.url)
    return file.read_bytes().splitlines()


def imported(store: Store, *, workspace: str = "acme", **source: str) -> tuple[int, dict[str, Any]]:
    said = io.StringIO()
    with redirect_stdout(said):
        code = importing.dub(
            workspace=workspace, data=str(store.data), database=store.url, json_=True, **source
        )
    return code, json.loads(said.getvalue())


def audited(store: Store) -> list[str]:
    config = load(Overrides(data=str(store.data), database=store.url))
    with opened(config) as app:
        return [each.line() for each in app.db.read_now(audit).differences]


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
    made(store)
    return store


def made(store: Store, currency: str = "usd") -> None:
    with redirect_stdout(io.StringIO()):
        init.init(
            workspace="acme", domain=SPARE, currency=currency, data=str(store.data),
            database=store.url,
        )  # fmt: skip


def test_an_export_imported_is_the_same_export(source: Told, target: Store) -> None:
    """Every id, key, time and amount; and the books are right."""
    assert source.file.stat().st_mode & 0o777 == 0o600  # it has passwords of links in it
    code, report = imported(target, file=str(source.file))
    assert not report["refusals"], "\n".join(str(each) for each in report["refusals"])
    assert (code, report["differences"]) == (0, 0)
    assert audited(target) == []
    again = exported(target, target.data.parent / "again.jsonl")
    assert comparable(again) == comparable(source.lines)
    assert "Berlin" in {line["click"]["city"] for line in of(again, "click")}
    assert len([line for line in of(again, "commission") if line["dueAt"]]) == 2
    assert {0, 45} == {line["holdingPeriodDays"] for line in of(again, "program")}
    code, report = imported(target, file=str(source.file))
    assert code == 0
    assert {each["imported"] for each in report["kinds"].values()} == {0}
    assert exported(target, target.data.parent / "third.jsonl")[1:-1] == again[1:-1]


def test_what_our_own_server_tells_over_http_comes_along(source: Told, target: Store) -> None:
    """Whatever its lists leave out is reported, and what is owed is owed."""
    world = source.world
    _, report = imported(target, from_=world.server.url, key=str(world.client.key))
    commissions = report["kinds"]["commission"]
    assert commissions["leftOut"] == {"commission_refunded": 2}
    assert commissions["imported"] + 2 == commissions["source"]
    for kind in ("folder", "tag", "domain", "program", "partner", "rate"):
        counted = report["kinds"][kind]
        assert counted["imported"] == counted["source"] == len(of(source.lines, kind)), kind
    living = [line for line in of(source.lines, "link") if not line["deletedAt"]]
    assert report["kinds"]["link"]["imported"] == len(living)
    assert not [each for each in report["notAvailable"] if "events" in each]
    for kind in ("click", "lead", "sale"):  # less those of a deleted link and an erased customer
        counted = report["kinds"][kind]
        facts = [line for line in of(source.lines, kind) if line["link"]]
        there = [line for line in facts if line.get("counted", True)]
        assert counted["source"] == len(there), kind
        assert 0 < counted["imported"] < counted["source"], kind
    reasons = {each["reason"] for each in report["refusals"]}
    assert reasons <= {"link_unknown", "customer_unknown", "lead_unknown"}
    assert audited(target) == []
    owed = sum(each["pending"] for each in world.client.get("/balances"))
    again = exported(target, target.data.parent / "again.jsonl")
    assert sum(each["earnings"] for each in of(again, "commission")) == owed
    here = {each["id"] for each in of(again, "link") if each["domain"] != SPARE}
    assert here == {each["id"] for each in living}


def test_an_import_that_is_killed_goes_on(source: Told, target: Store) -> None:
    """Killed twice, in the middle of different kinds; the third run ends as one run does."""
    pipe = target.data.parent / "pipe"
    os.mkfifo(pipe)
    for last, seen in (("click", "link:"), ("commission", "sale:")):
        _killed(target, source.lines, pipe, last, seen)
    code, report = imported(target, file=str(source.file))
    assert (code, report["differences"]) == (0, 0)
    assert report["kinds"]["link"]["alreadyThere"] == report["kinds"]["link"]["source"]
    assert report["kinds"]["refund"]["imported"] == report["kinds"]["refund"]["source"]
    assert audited(target) == []
    again = exported(target, target.data.parent / "again.jsonl")
    assert comparable(again) == comparable(source.lines)


def _killed(target: Store, lines: list[bytes], pipe: Path, last: str, seen: str) -> None:
    """Everything up to the second row of `last`; killed once a kind before it was told."""
    command = [sys.executable, "-m", "headwater", "import", "dub", *target.arguments]
    command += ["--workspace", "acme", "--file", str(pipe)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    end = next(place for place, line in enumerate(lines) if f'"kind":"{last}"'.encode() in line)
    with pipe.open("wb", buffering=0) as half:
        half.write(b"\n".join(lines[: end + 2]) + b"\n")
        assert process.stderr is not None
        while not process.stderr.readline().startswith(seen):
            assert process.poll() is None
        process.kill()
        process.communicate()


BAD = [
    (b'{"kind":"tag","data":{"id":"tag_y","name":"a\\u0000b"}}', "it has a NUL character"),
    (
        b'{"kind":"rate","data":{"id":"fx_y","currency":"chf","date":"2026-01-01","rate":"dear",%b'
        % b'"createdAt":"2026-01-01"}}',
        "A rate is a positive decimal",
    ),
    (
        b'{"kind":"program","data":{"id":"prog_y","name":"y","createdAt":"2026-01-01","rewards":[%b'
        % b'{"id":"rw_y","event":"sale","type":"percentage","amountInPercentage":"1e-99999999",%b'
        % b'"createdAt":"2026-01-01"}]}}',
        "A percentage is 0..100",
    ),
    (b'{"kind":"customer","data":{"id":"%b"}}' % (b"x" * 256), "length <= 255 - at `$.id`"),
    (
        b'{"kind":"customer","data":{"id":"cus_y","externalId":"y","createdAt":"0001-01-01"}}',
        "'0001-01-01' is no time since 1970",
    ),
    (b'{"kind":"lead","data":%b}' % (b"[" * 9999 + b"]" * 9999), "maximum recursion depth"),
    (b"nonsense", "it is no line of an export"),
    (b'{"kind":"bounty","data":{}}', "nothing here is a 'bounty'"),
    (b'{"kind":"link","data":{"id":7}}', "Expected `str`, got `int` - at `$.id`"),
    (b'{"kind":"tag","data":{"id":"tag_x","name":"","color":"red"}}', "A name has 1..190"),
    (
        b'{"kind":"rate","data":{"id":"fx_x","currency":"eur","date":"x"}}',
        "missing required field `rate`",
    ),
]


def test_bad_lines_are_named_and_the_others_come_along(source: Told, target: Store) -> None:
    lines = [source.lines[0], *(line for line, _ in BAD), *source.lines[1:-1]]
    file = target.data.parent / "bad.jsonl"
    file.write_bytes(b"\n".join(lines))
    code, report = imported(target, file=str(file))
    assert code == 1
    for place, (_, sentence) in enumerate(BAD):
        refused = report["refusals"][place]
        assert refused["where"] == f"line {place + 2}"
        assert sentence in refused["message"]
    assert len(report["refusals"]) == len(BAD)
    assert report["differences"] == len(BAD) + 1
    assert "ends without its closing line" in report["troubles"][0]
    again = exported(target, target.data.parent / "again.jsonl")
    assert comparable(again) == comparable(source.lines)


def test_what_the_source_has_empty_is_not_there(source: Told, target: Store) -> None:
    """An empty address is no destination, and an empty external id is nobody's."""
    domain = of(source.lines, "domain")[0] | {"expiredUrl": "", "notFoundUrl": ""}
    empty = ("expiredUrl", "ios", "android", "image", "video", "password", "externalId")
    apart = {"programId": None, "partnerId": None, "folderId": None, "tags": []}
    living = [line for line in of(source.lines, "link") if not line["deletedAt"]]
    told = [each | apart | dict.fromkeys(empty, "") for each in living]
    rows = [("domain", domain), *(("link", each) for each in told)]
    lines = [json.dumps({"kind": kind, "data": data}).encode() for kind, data in rows]
    file = target.data.parent / "empty.jsonl"
    file.write_bytes(b"\n".join([source.lines[0], *lines]))
    _, report = imported(target, file=str(file))
    on_it = [each["id"] for each in told if each["domain"] == domain["slug"]]
    assert len(on_it) > 1
    assert report["kinds"]["link"]["imported"] == len(on_it)
    again = exported(target, target.data.parent / "again.jsonl")
    came = [each for each in of(again, "link") if each["id"] in on_it]
    assert {each[name] for each in came for name in empty} == {None}
    (now,) = [each for each in of(again, "domain") if each["slug"] == domain["slug"]]
    assert (now["expiredUrl"], now["notFoundUrl"]) == (None, None)


def reasons(report: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {kind: row["refused"] for kind, row in report["kinds"].items() if row["refused"]}


def test_who_was_erased_here_stays_erased_when_more_of_them_comes_along(
    source: Told, target: Store, tmp_path: Path
) -> None:
    """First only who they are, then what they did, as a source goes on telling it."""
    first = next(line["customer"]["id"] for line in of(source.lines, "sale") if line["metadata"])
    facts = ("click", "lead", "sale", "commission", "refund")
    without = [line for line in source.lines if json.loads(line)["kind"] not in facts]
    part, whole = tmp_path / "part", tmp_path / "whole"
    part.write_bytes(b"\n".join(without))
    imported(target, file=str(part))
    config = load(Overrides(data=str(target.data), database=target.url))
    with opened(config) as app:
        own = app.db.read_now(workspace_by_slug, "acme")
        assert own is not None
        asyncio.run(app.db.write(erase_customer, app.context(own), first))
    imported(target, file=str(source.file))
    again = exported(target, whole)
    mine = [line for kind in ("lead", "sale") for line in of(again, kind)]
    theirs = [line for line in mine if line["customer"]["id"] == first]
    assert len(theirs) > 1
    assert {line["metadata"] for line in theirs} == {None}
    sales = {line["eventId"] for line in theirs}
    refunds = [line["reason"] for line in of(again, "refund") if line["saleId"] in sales]
    assert refunds
    assert set(refunds) == {None}
    clicked = {line["click"]["id"] for line in theirs}
    clicks = [line["click"] for line in of(again, "click") if line["click"]["id"] in clicked]
    assert {click["ua"] for click in clicks} == {None}


def test_who_was_erased_at_the_source_meanwhile_is_named(
    source: Told, target: Store, tmp_path: Path
) -> None:
    imported(target, file=str(source.file))
    known = next(line for line in of(source.lines, "customer") if not line["erasedAt"])
    erased = json.dumps(
        {"kind": "customer", "data": known | {"erasedAt": "2026-05-01T00:00:00.000Z"}}
    )
    file = tmp_path / "later"
    file.write_bytes(b"\n".join([source.lines[0], erased.encode()]))
    code, report = imported(target, file=str(file))
    assert code == 1
    assert report["refusals"][0]["reason"] == "erased"
    assert f"DELETE /customers/{known['id']}" in report["refusals"][0]["message"]


def test_what_a_sale_earned_here_is_not_owed_once_more(
    source: Told, target: Store, tmp_path: Path
) -> None:
    """The same invoice was reported to both servers while one took over from the other."""
    sale = next(line for line in of(source.lines, "sale") if line["sale"]["invoiceId"] == "in-0")
    text = b"\n".join(source.lines)
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    earned = next(
        line for line in of(source.lines, "commission") if line["conversionId"] == sale["eventId"]
    )
    elsewhere = text.replace(sale["eventId"].encode(), b"sale_here")
    ours.write_bytes(elsewhere.replace(earned["id"].encode(), b"cm_here"))
    theirs.write_bytes(text)
    imported(target, file=str(ours))
    _, report = imported(target, file=str(theirs))
    assert reasons(report)["sale"] == {"invoice_taken": 1}
    assert reasons(report)["commission"] == {"earned_already": 1}
    again = exported(target, tmp_path / "again")
    owed = [
        sum(each["earnings"] for each in of(lines, "commission")) for lines in (again, source.lines)
    ]
    assert owed[0] == owed[1]


def test_a_workspace_beside_the_source_keeps_apart_from_it(source: Told) -> None:
    """Ids and hosts of one workspace are not those of another of the same store."""
    store = source.world.server.store
    code, report = imported(store, file=str(source.file), workspace="quiet")
    assert code == 1
    assert {row["imported"] for row in report["kinds"].values()} == {0}
    refused = reasons(report)
    assert refused["domain"] == {"domain_taken": 2}
    for kind in ("folder", "tag", "program", "rate"):
        assert set(refused[kind]) == {"id_taken"}, kind
    assert [each["key"] for each in source.world.quiet.get("/links")] == ["_root"]
    assert source.world.quiet.get("/customers") == []
    assert audited(store) == []


def test_money_of_another_currency_waits_for_a_rate_and_is_never_taken_for_ours(
    source: Told, tmp_path: Path
) -> None:
    store = Store(tmp_path / "euros")
    made(store, "eur")
    code, report = imported(store, file=str(source.file))
    assert code == 1
    refused = reasons(report)
    assert refused["rate"] == {"own_currency": 1}
    assert refused["sale"] == {"unknown_currency": 5}  # a sixth was given in euros
    assert set(refused["commission"]) == {"other_currency"}
    assert report["behind"] > 0
    assert audited(store) == []


NO_EXPORTS = [
    (b"", "line 1 is not the header of an export"),
    (b'{"kind":"link","data":{}}\n', "line 1 is not the header of an export"),
    (b'{"kind":"headwater-export","data":{"version":1}}\n', "missing required field `workspace`"),
    (
        b'{"kind":"headwater-export","data":{"version":2,"at":"x","workspace":%b}}\n'
        % b'{"id":"x","slug":"x","currency":"usd"}',
        "has the form 2 of exports",
    ),
]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_what_is_no_export_is_refused_with_a_sentence(store: Store, tmp_path: Path) -> None:
    made(store)
    file = tmp_path / "file"
    for text, sentence in NO_EXPORTS:
        file.write_bytes(text)
        with pytest.raises(CannotStart, match=re.escape(sentence)):
            imported(store, file=str(file))
    with pytest.raises(CannotStart, match="--from with --key, or --file"):
        imported(store)
    with pytest.raises(CannotStart, match="cannot read"):
        imported(store, file=str(tmp_path / "none"))
    with pytest.raises(CannotStart, match="no workspace 'nobody'"):
        imported(store, file=str(file), workspace="nobody")
    with pytest.raises(CannotStart, match="it is no file"):
        moving.export(workspace="acme", out=str(tmp_path), data=str(store.data))
    with pytest.raises(CannotStart, match="No such file or directory"):
        moving.export(workspace="acme", out=str(tmp_path / "no" / "x"), data=str(store.data))
    command = [sys.executable, "-m", "headwater", "export", *store.arguments]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*command, "--workspace", "acme", "--out", "-"], stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode == 2
    assert b"cannot write - (No space left on device)" in done.stderr
    assert b"Traceback" not in done.stderr
    out = run("export", *store.arguments, "--workspace", "acme", "--out", "-").stdout.splitlines()
    assert [json.loads(line)["kind"] for line in (out[0], out[-1])] == ["headwater-export", "end"]
