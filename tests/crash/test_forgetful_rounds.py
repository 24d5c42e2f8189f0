"""Killed at any moment, on a disk that forgets what was not fsynced, nothing answered is lost."""

from tests.crash.rounds import Rounds


def test_nothing_answered_is_lost_by_kills(rounds: Rounds) -> None:
    """P1: each round goes on where the last was killed; at the end the plain server agrees."""
    for survives in ("0", "0.5", "0"):
        server = rounds.forgetful("--survives", survives)
        assert rounds.check(server) == []
        rounds.load_and_kill(server, seconds=1)
        assert rounds.unbalanced() == []
    assert rounds.memory.answered > 100
    assert rounds.memory.unanswered > 0
    plain = rounds.serve()
    assert rounds.check(plain, everything=True) == []
    plain.stop()
    assert rounds.unbalanced() == []


def test_a_missing_fsync_is_found(rounds: Rounds) -> None:
    """The proof can fail: a writer that answers before the fsync loses answers here."""
    server = rounds.forgetful("--break-fsync")
    rounds.load_and_kill(server, seconds=0.8)
    found = rounds.check(rounds.forgetful())
    assert [line for line in found if line.startswith("lost")]
