"""What cannot start says why in one sentence and what to do, and is not tried again in vain."""

import asyncio
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from headwater.cli import store as cli_store
from headwater.cli.exits import STORE_AWAY
from headwater.cli.store import CannotStart, wait_for_store
from headwater.config import Overrides, load
from headwater.http.serve import _say_when_ready
from tests.support import Client, Server, Store, free_port, initialise, run, wait_until

AWAY = "postgresql://nobody:secret@127.0.0.1:1/none"
NOBODY = 65534


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def not_a_database(data: Path) -> None:
    data.mkdir()
    (data / "headwater.db").write_bytes(b"This was a database once.\n" * 100)


def a_file(data: Path) -> None:
    data.write_text("")


def below_a_file(data: Path) -> None:
    data.parent.joinpath("file").write_text("")
    data.symlink_to(data.parent / "file" / "below")


def damaged(data: Path) -> None:
    initialise(Store(data))
    _overwrite(data, page=2, pages=20)


def damaged_in_one_page(data: Path) -> None:
    initialise(Store(data))
    connection = sqlite3.connect(data / "headwater.db")
    (page,) = connection.execute(
        "select rootpage from sqlite_schema where name = 'domains'"
    ).fetchone()
    connection.close()
    _overwrite(data, page=page, pages=1)


def _overwrite(data: Path, *, page: int, pages: int) -> None:
    with (data / "headwater.db").open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * pages * 4096)


BAD = [
    (not_a_database, "headwater.db is not a database. Put the right file there"),
    (a_file, "is not a directory, and the store needs one. Name another place with --data."),
    (below_a_file, "Name another place with --data."),
    (damaged, "is damaged (database disk image is malformed). Stop headwater, keep a copy"),
]
COMMANDS = [["verify"], ["explain", "rcp_none"], ["core"], ["worker"]]


@pytest.mark.parametrize(("spoil", "sentence"), BAD, ids=[case[0].__name__ for case in BAD])
def test_a_store_that_cannot_be_opened_is_refused_in_one_sentence(
    tmp_path: Path, spoil: Any, sentence: str
) -> None:
    spoil(tmp_path / "data")
    for command in COMMANDS:
        done = run(*command, "--data", str(tmp_path / "data"), env=somewhere())
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert sentences(done.stderr) == 1, done.stderr
        assert sentence in done.stderr


@pytest.mark.parametrize("command", COMMANDS[:3], ids=[command[0] for command in COMMANDS[:3]])
def test_damage_met_after_opening_is_told_as_plainly(tmp_path: Path, command: list[str]) -> None:
    damaged_in_one_page(tmp_path / "data")
    done = run(*command, "--data", str(tmp_path / "data"), env=somewhere())
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert sentences(done.stderr) == 1, done.stderr
    assert "is damaged" in done.stderr


def somewhere() -> dict[str, str]:
    """Not where another server on this machine may listen."""
    return {"HEADWATER_SERVER_PORT": str(free_port())}


def sentences(said: str) -> int:
    """Lines for the operator; a role has events for the log collector before them."""
    return sum(not line.startswith("{") for line in said.splitlines())


@pytest.mark.parametrize(("spoil", "sentence"), BAD, ids=[case[0].__name__ for case in BAD])
def test_the_supervisor_does_not_try_again_what_cannot_start(
    tmp_path: Path, spoil: Any, sentence: str
) -> None:
    spoil(tmp_path / "data")
    begun = time.monotonic()
    done = run("serve", "--data", str(tmp_path / "data"), "--port", str(free_port()))
    assert done.returncode == 2, done.stderr
    assert time.monotonic() - begun < 10
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("core ended with status") <= 1


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("place", ["data", "data/headwater.db"])
def test_a_store_of_somebody_else_is_refused_in_one_sentence(tmp_path: Path, place: str) -> None:
    """As the user nobody, beside a store of root."""
    tmp_path.chmod(0o755)
    for folder in tmp_path.parents:
        if "pytest-of-" in str(folder):
            folder.chmod(0o755)
    store = Store(tmp_path / "data")
    initialise(store)
    if place != "data":
        store.data.chmod(0o777)
    code = f"""
import os, sys
from headwater.cli import main
import headwater.http.serve, headwater.worker.run, headwater.audit, headwater.explain
os.setgid({NOBODY}); os.setuid({NOBODY})
sys.argv = ["headwater", "verify", "--data", {str(store.data)!r}]
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2, done.stderr
    assert "Give it to the user headwater runs as" in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


def test_a_port_that_is_taken_is_refused_in_one_sentence(store: Store) -> None:
    initialise(store)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for role in ("core", "serve"):
            done = run(role, *store.arguments, "--port", port)
            assert done.returncode == 2
            assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in done.stderr
            assert "Traceback" not in done.stderr


def test_two_that_start_at_once_do_not_share_a_port(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "headwater", "core", "--port", str(port), "--data"]
    pair = [
        subprocess.Popen(
            [*command, str(tmp_path / name)], stderr=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for name in "ab"
    ]
    try:
        loser = wait_until(lambda: next((p for p in pair if p.poll() is not None), None))
        assert loser.returncode == 2
        assert b"cannot listen on" in loser.stderr.read()
        wait_until(lambda: healthy(port))
    finally:
        for process in pair:
            process.kill()
            process.communicate()


def healthy(port: int) -> bool:
    try:
        return Client(f"http://127.0.0.1:{port}", None).call("GET", "/healthz").status == 200
    except OSError:
        return False


def test_it_says_that_it_is_ready_when_it_answers(store: Store, tmp_path: Path) -> None:
    initialise(store)
    port, log = free_port(), tmp_path / "core.log"
    command = [sys.executable, "-m", "headwater", "core", *store.arguments, "--port", str(port)]
    with log.open("wb") as file:
        process = subprocess.Popen(command, stderr=file)
    try:
        wait_until(lambda: b"core_ready" in log.read_bytes(), pause_s=0.0005)
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
    finally:
        process.kill()
        process.wait()


def test_it_is_not_ready_before_an_answer_came_over_the_wire(tmp_path: Path) -> None:
    config = load(Overrides(data=str(tmp_path), port=free_port()))

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        writer.close()

    async def main() -> tuple[int, int]:
        with capture_logs() as logs:
            waiting = asyncio.create_task(_say_when_ready(SimpleNamespace(config=config)))
            await asyncio.sleep(0.2)
            before = len(logs)
            server = await asyncio.start_server(answer, "127.0.0.1", config.server.port)
            await asyncio.wait_for(waiting, 5)
            server.close()
            return before, len(logs)

    assert asyncio.run(main()) == (0, 1)


def test_a_database_that_is_away_may_come_back(tmp_path: Path) -> None:
    """A role says so with a status of its own, so that it is started again; no raw line appears."""
    ended: dict[str, subprocess.CompletedProcess[str]] = {}
    env = {"HEADWATER_STORE_DATABASE": AWAY}

    def ask(*command: str) -> None:
        ended[command[0]] = run(*command, env=env)

    threads = [
        Thread(target=ask, args=command)
        for command in (("verify",), ("worker",), ("core", "--port", str(free_port())))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: done.returncode for name, done in ended.items()} == {
        "verify": 2,
        "worker": 69,
        "core": 69,
    }
    for done in ended.values():
        *events, sentence = done.stderr.splitlines()
        assert [json.loads(line)["event"] for line in events] == ["database_unreachable"] * len(
            events
        )
        assert "PostgreSQL could not be used" in sentence
        assert "Connection refused" in sentence
        assert "secret" not in done.stderr
    assert len(ended["verify"].stderr.splitlines()) == 1


def test_a_store_that_somebody_holds_may_be_free_later(store: Store) -> None:
    initialise(store)
    holder = sqlite3.connect(store.data / "headwater.db", isolation_level=None)
    holder.execute("begin immediate")
    done = run("core", *store.arguments, "--port", str(free_port()))
    holder.close()
    assert done.returncode == 69, done.stderr
    assert "another program holds the store" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("SERVER_PROT", "SERVER_PORT"),
        ("DATABASE_URL", "STORE_DATABASE"),
    ],
)
def test_a_misspelt_variable_is_refused(tmp_path: Path, name: str, nearest: str) -> None:
    for command in ("serve", "core", "worker", "verify"):
        done = run(command, "--data", str(tmp_path / "data"), env={f"HEADWATER_{name}": "1"})
        assert done.returncode == 2
        assert done.stderr.startswith(f"headwater: HEADWATER_{name} is set in the environment")
        assert f"the nearest is HEADWATER_{nearest}." in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_geoip_database_that_is_none_is_refused_in_one_sentence(tmp_path: Path) -> None:
    wrong = tmp_path / "City.mmdb"
    wrong.write_text("not a database")
    done = run("serve", "--data", str(tmp_path / "data"), "--port", str(free_port()),
               env={"HEADWATER_GEO_FILE": str(wrong)})  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert f"geo.file names {wrong}, which is no MaxMind DB file" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("core ended with status") == 1


def test_a_private_server_has_its_database_on_no_command_line(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    from headwater.cli.private_server import PrivateServer
    from tests.crash.process import children

    url = request.getfixturevalue("postgres")
    server = PrivateServer(
        log=tmp_path / "log",
        workspace="private",
        domain="go.private.test",
        port=free_port(),
        database=url,
    )
    try:
        server.start()
        assert server.process is not None
        pids = [server.process.pid, *children(server.process.pid)]
        assert len(pids) == 3
        for pid in pids:
            assert b"postgres" not in Path(f"/proc/{pid}/cmdline").read_bytes()
        assert server.verify()
    finally:
        server.stop()


def test_a_worker_waits_for_the_core_to_make_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started late beside a store that was moved, it would put an empty one in its place."""
    config = load(Overrides(data=str(tmp_path)))
    monkeypatch.setattr(cli_store, "WAIT_FOR_STORE_S", 0.2)
    with pytest.raises(CannotStart, match="a worker makes none") as told:
        wait_for_store(config)
    assert told.value.status == STORE_AWAY
    assert not list(tmp_path.iterdir())
    initialise(Store(tmp_path))
    wait_for_store(config)


def test_the_worker_alone_needs_no_port(store: Store) -> None:
    """`Server` is ready when the core is; the worker beside it changes nothing."""
    key = initialise(store)["secret_key"]
    core = Server(store, role="core", key=key).start()
    assert core.stop() == 0


def test_the_page_names_the_connections_and_statuses_of_the_code() -> None:
    from headwater.cli import exits
    from headwater.db import postgres, sqlite_connection

    page = (Path(__file__).parents[2] / "docs" / "operations" / "running.md").read_text()
    most = postgres.WRITERS + postgres.READERS + 1
    assert f"{postgres.WRITERS} writers, {postgres.READERS} readers" in page
    assert f"`headwater serve` | {2 * most} |" in page
    assert f"| {most} each |" in page
    statuses = [value for name, value in vars(exits).items() if name.isupper()]
    for status in [*statuses, sqlite_connection.EXIT_FSYNC]:
        assert f"\n| {status} | " in page
