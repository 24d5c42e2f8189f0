"""Facts on the disk: a process that is killed, several that share the file, a disk that refuses."""

import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.client import Headwater, SetupError
from headwater.client.signin import SignIn
from tests.site.standin import PUBLIC, SECRET, Standin, soon
from tests.site.test_outbox import opened
from tests.site.test_trouble import visited
from tests.support import free_port


@pytest.fixture
def own() -> Iterator[Standin]:
    standin = Standin().start()
    yield standin
    standin.stop()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "headwater.spool"


def rows(file: Path) -> list[str]:
    with sqlite3.connect(file) as db:
        return [body for (body,) in db.execute("select body from letters order by number")]


def client_on(url: str, file: Path) -> Headwater:
    client = opened(url, spool=str(file))
    client._calls._delay_s, client._calls._waiting.look_s = 0.02, 0.1
    return client


def killed(script: str, *, at: str) -> None:
    """Run until it says so, and not an instruction longer."""
    run = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(run, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any(line.strip() == at for line in process.stdout)
        process.send_signal(signal.SIGKILL)
        assert process.wait(30) == -signal.SIGKILL


def sold(own: Standin) -> list[str]:
    return [call.json["customerExternalId"] for call in own.to("/track/sale")]


def test_a_process_that_is_killed_loses_no_fact_it_was_told(own: Standin, file: Path) -> None:
    """What `later` returned for is there, in order, and is sent by the next process."""
    script = f"""
        from tests.site.test_spool import Path, client_on
        client = client_on("http://127.0.0.1:{free_port()}", Path({str(file)!r}))
        for number in range(5):
            client.later.sale(f"u{{number}}", 100)
        print("told", flush=True)
        while True:
            client.later.lead("x", "Trial")
    """
    killed(script, at="told")
    assert len(rows(file)) >= 5
    client = client_on(own.url, file)
    soon(lambda: rows(file) == [])
    assert sold(own) == [f"u{number}" for number in range(5)]
    client.close()


def test_a_process_that_is_killed_while_it_sends_counts_once(own: Standin, file: Path) -> None:
    """The server took it and nobody heard: it is sent again, as the very same call."""
    own.slow_s = 30.0
    script = f"""
        import time
        from tests.site.test_spool import Path, client_on
        client = client_on({own.url!r}, Path({str(file)!r}))
        client.later.sale("u1", 100)
        print("told", flush=True)
        time.sleep(60)
    """
    run = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(run, stdout=subprocess.DEVNULL) as process:
        soon(lambda: sold(own))
        process.kill()
    own.slow_s = 0.0
    client = client_on(own.url, file)
    client.start()
    soon(lambda: rows(file) == [])
    first, second = own.to("/track/sale")
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.body == second.body
    client.close()


def test_of_several_processes_one_sends_for_all(own: Standin, file: Path) -> None:
    """Whoever holds the lock; when it ends, the next takes over."""
    own.ill = 503
    first = client_on(own.url, file)
    first.later.sale("u1", 100)
    soon(lambda: first.counts.repeated > 1)
    script = f"""
        from tests.site.test_spool import Path, client_on
        client = client_on({own.url!r}, Path({str(file)!r}))
        client.later.sale("u2", 100)
        client.close()
        assert client.counts.lost == {{}}
    """
    run = [sys.executable, "-c", textwrap.dedent(script)]
    assert subprocess.run(run, check=False, timeout=60).returncode == 0
    assert set(sold(own)) == {"u1"}, "it waits behind the first"
    own.ill = 0
    soon(lambda: rows(file) == [])
    assert sold(own)[-1] == "u2"
    first.close()


def test_workers_forked_from_one_that_sends_leave_that_to_it(own: Standin, file: Path) -> None:
    own.ill = 503
    script = f"""
        import os, sys
        from tests.site.test_spool import Path, client_on, soon
        client = client_on({own.url!r}, Path({str(file)!r}))
        client.later.sale("u0", 100)
        soon(lambda: client.counts.repeated)
        pid = os.fork()
        if pid == 0:
            client.later.sale("u1", 100)
            client.close(0.2)
            os._exit(client._calls.counts.repeated)
        assert os.waitpid(pid, 0)[1] == 0
        print("told", flush=True)
        soon(lambda: client.counts.sent == 2)
        client.close()
    """
    run = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(run, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "told\n"
        own.ill = 0
        assert process.wait(30) == 0
    assert rows(file) == []
    assert sold(own)[-1] == "u1"


def test_a_signup_in_the_spool_says_how_long_ago_it_was(own: Standin, file: Path) -> None:
    """Also to another process, whose clock of ticks began elsewhere."""
    client = client_on(f"http://127.0.0.1:{free_port()}", file)
    body = {"customerExternalId": "u1", "landing": {"id": "e1", "age": 0, "ids": {"gclid": "G"}}}
    client.later.put("/track/signup", body)
    client.close()
    with sqlite3.connect(file) as db:
        db.execute("update letters set happened_ms = happened_ms - 600000")
    again = client_on(own.url, file)
    again.start()
    soon(lambda: own.held.get("u1") == {"google": "G"})
    assert 600_000 <= own.to("/track/signup")[-1].json["landing"]["age"] < 660_000
    again.close()


def test_the_spool_is_the_sites_alone_and_holds_no_key(own: Standin, file: Path) -> None:
    client = client_on(f"http://127.0.0.1:{free_port()}", file)
    client.later.lead("u1", "Trial", customer_email="mia@mail.test")
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    assert SECRET.encode() not in file.read_bytes()
    client.close()
    again = client_on(own.url, file)
    again.start()
    soon(lambda: rows(file) == [])
    assert b"mia@mail.test" not in file.read_bytes(), "what was sent is overwritten"
    again.close()


def test_a_disk_that_refuses_leaves_a_fact_in_memory(
    own: Standin, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_on(own.url, file)
    with sqlite3.connect(file) as db:
        db.execute("drop table letters")
    client.later.sale("u1", 100)
    soon(lambda: client.counts.sent == 1)  # answered, too: the next one alone meets the 503
    assert sold(own) == ["u1"]
    assert "spool_not_written" in caplog.text
    own.ill = 503
    client.later.sale("u2", 100)
    client.close(0.2)
    assert client.counts.lost == {"left": 1}, "and is counted where the process ends first"


def test_a_sign_in_told_later_is_on_the_disk(file: Path) -> None:
    client = client_on(f"http://127.0.0.1:{free_port()}", file)
    signin = SignIn(client, "app")
    client._consent = "granted"
    attached = signin.attach(signin.finish(visited(client)), "u1", customer_email="m@mail.test")
    assert attached.outcome == "later"
    assert '"customerEmail": "m@mail.test"' in rows(file)[0]
    client.close(0)


def test_a_spool_that_cannot_be_is_refused_at_once(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere" / "file", tmp_path):
        with pytest.raises(SetupError, match="local disk"):
            Headwater("http://127.0.0.1:9", SECRET, PUBLIC, spool=str(path))
