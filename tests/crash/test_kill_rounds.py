"""Plain `kill -9` of `headwater serve` and of its core, on both engines."""

from tests.crash.rounds import Rounds, set_up
from tests.support import wait_until


def test_nothing_answered_is_lost_by_kills(both_engines: Rounds) -> None:
    """The core alone, which the supervisor starts again; then everything at once."""
    rounds = both_engines
    server = rounds.serve()
    set_up(server.client)
    before = server.role("core")
    rounds.load_until(server, lambda: server.kill_role("core"), seconds=0.5)
    wait_until(lambda: server.role("core") not in (None, before) and server.ready())
    assert rounds.check(server) == []
    rounds.load_and_kill(server, seconds=0.5)
    assert rounds.unbalanced() == []
    assert rounds.memory.answered > 50
    server = rounds.serve()
    assert rounds.check(server, everything=True) == []
    server.stop()
    assert rounds.unbalanced() == []


def test_a_killed_worker_is_started_again(both_engines: Rounds) -> None:
    server = both_engines.serve()
    before = server.role("worker")
    server.kill_role("worker")
    wait_until(lambda: server.role("worker") not in (None, before))
    assert server.ready()
