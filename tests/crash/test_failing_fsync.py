"""After a failed fsync nobody knows what is on disk: the process ends, the next one reads it."""

from headwater.db.sqlite_connection import EXIT_FSYNC
from tests.crash.rounds import Rounds
from tests.support import wait_until


def test_the_process_ends_and_nothing_answered_is_missing(rounds: Rounds) -> None:
    for after in (3, rounds.chance.randrange(100)):
        server = rounds.forgetful()
        rounds.orders.fail_fsync(after=after)
        rounds.load(server, seconds=10)
        assert server.exit_code() == EXIT_FSYNC
        assert rounds.unbalanced() == []
        server = rounds.forgetful()
        assert rounds.check(server) == []
        server.kill()


def test_a_checkpoint_whose_fsync_fails_ends_the_process_too(rounds: Rounds) -> None:
    """Without any request: what the checkpoint copied may not have reached the database file."""
    server = rounds.forgetful()
    server.client.click("one")
    rounds.orders.fail_fsync()
    assert server.exit_code() == EXIT_FSYNC


def test_the_supervisor_starts_the_core_again(rounds: Rounds) -> None:
    """`headwater serve` with a core whose disk fails once."""
    server = rounds.serve_with_faults()
    before = server.role("core")
    rounds.orders.fail_fsync(after=20)
    rounds.load(server, seconds=10)
    wait_until(lambda: server.role("core") not in (None, before) and server.ready())
    assert f"core ended with status {EXIT_FSYNC}" in server.log.read_text()
    assert rounds.check(server) == []
    server.stop()
    assert rounds.unbalanced() == []
