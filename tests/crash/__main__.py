"""The long form: `python -m tests.crash --rounds 200 --seconds 5 [--seed N] [--folder DIR]`.

From the root of the repository. Every round loads one store for up to so many seconds, kills the
server at a random moment on a disk that forgets what was not fsynced, verifies the books as they
lie there, starts again and asks for everything that was answered since the last check, and for a
sample of what came before. Every third round lets some unsynced writes reach the disk early;
every fifth meets a failing fsync, every seventh a disk that fills up. At the end a plain
`headwater serve` is asked for everything, and on a store beside it, for every fifth round, a
worker is killed while a receiver has its requests. Exit 1, and the store is kept, if anything is
missing, double or unbalanced.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.crash import mid_send
from tests.crash.process import Process
from tests.crash.rounds import Rounds, begin, set_up
from tests.support import Store


def main() -> int:
    options = _options()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="headwater-crash-"))
    print(f"seed {options.seed}, store {folder / 'data'}")
    rounds = begin(Store(folder / "data"), seed=options.seed)
    try:
        found = _run(rounds, options.rounds, options.seconds)
    finally:
        rounds.close()
    found += _mid_send(folder / "mid-send", options.rounds // 5, random.Random(options.seed))
    print("\n".join(found) or "Nothing answered is missing, nothing is double, the books balance.")
    return 1 if found else 0


def _run(rounds: Rounds, count: int, seconds: float) -> list[str]:
    for number in range(1, count + 1):
        server = rounds.forgetful("--survives", "0" if number % 3 else "0.5")
        if number == 1:
            set_up(server.client)
        found = rounds.check(server) or _round(rounds, server, number, seconds)
        _say(rounds, number, count)
        if found:
            return found
    plain = rounds.serve()
    found = rounds.check(plain, everything=True)
    plain.stop()
    return found + rounds.unbalanced()


def _mid_send(folder: Path, count: int, chance: random.Random) -> list[str]:
    folder.mkdir()
    made = mid_send.begin(Store(folder / "data"))
    try:
        for number in range(1, count + 1):
            found = made.round(chance)
            print(f"mid-send {number}/{count}", flush=True)
            if found:
                return found
    finally:
        made.close()
    return []


def _round(rounds: Rounds, server: Process, number: int, seconds: float) -> list[str]:
    if number % 5 == 0:
        rounds.orders.fail_fsync(after=rounds.chance.randrange(500))
    if number % 7 == 0:
        rounds.orders.disk_full(bytes_left=rounds.chance.randrange(5_000_000))
    rounds.load_and_kill(server, seconds=seconds)
    rounds.orders.clear()
    return rounds.unbalanced()


def _say(rounds: Rounds, number: int, count: int) -> None:
    answered, unanswered = rounds.memory.answered, rounds.memory.unanswered
    print(f"round {number}/{count}: {answered} answered, {unanswered} not", flush=True)


def _options() -> argparse.Namespace:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=3.0, help="of load before a kill, at most")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--folder", type=Path, help="an empty directory for the store and the log")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
