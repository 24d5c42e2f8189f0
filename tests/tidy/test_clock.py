"""Time, chance and the environment enter in one file each; everything else is handed values."""

from collections.abc import Iterator

import pytest

from tests.tidy.source import Finding, Module, dotted, modules, nothing, parsed, within

# Reading any of these makes a result depend on when or where it ran.
CLOCK = {
    *(
        f"time.{name}{unit}"
        for name in ("time", "monotonic", "perf_counter")
        for unit in ("", "_ns")
    ),
    *(f"time.{name}" for name in ("localtime", "gmtime", "ctime", "strftime", "process_time")),
    *(f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")),
    "datetime.date.today",
}
ENTROPY = ("random.", "secrets.", "uuid.", "os.urandom", "os.getrandom")
ENVIRONMENT = ("os.environ", "os.getenv", "os.putenv", "os.unsetenv")

CLOCK_READERS = {
    "kit/clock.py": "the one reader",
    "cli/serve.py": "watches processes, decides nothing about facts",
    "cli/child.py": "waits for a process to come up",
    "simulate/": "a world of its own, outside the server",
    "client/world.py": "the one reader of the client, outside the server",
    "shop/world.py": "the one reader of the shop, outside the server",
    "sandbox/world.py": "the one reader of the stand-ins, outside the server",
}
ENTROPY_READERS = {
    "kit/entropy.py": "the one reader",
    "simulate/": "seeded, a world of its own",
    "client/world.py": "the one reader of the client, outside the server",
    "shop/world.py": "the one reader of the shop, outside the server",
    "sandbox/world.py": "the one reader of the stand-ins, outside the server",
    "shop/visitors.py": "seeded, like the simulator",
}
ENVIRONMENT_READERS = {
    "config/load.py": "the one reader",
    "cli/serve.py": "hands it on to the roles",
    "cli/private_server.py": "hands it on to the server",
    "bench/tools.py": "hands it on, without our own settings",
}


def reads_the_clock(module: Module) -> Iterator[Finding]:
    yield from _reads(
        module, CLOCK.__contains__, CLOCK_READERS, "take now_us, or a Clock at the rims"
    )


def rolls_dice(module: Module) -> Iterator[Finding]:
    yield from _reads(
        module, _starts(ENTROPY), ENTROPY_READERS, "take an Entropy; kit/entropy.py has the forms"
    )


def reads_the_environment(module: Module) -> Iterator[Finding]:
    yield from _reads(
        module,
        _starts(ENVIRONMENT),
        ENVIRONMENT_READERS,
        "add a setting to defaults.toml and config/model.py, and take its value",
    )


def _starts(prefixes: tuple[str, ...]):
    return lambda name: any(name == each.rstrip(".") or name.startswith(each) for each in prefixes)


def _reads(module: Module, banned, readers: dict[str, str], instead: str) -> Iterator[Finding]:
    if within(module.path, readers):
        return
    for node, name in dotted(module):
        if banned(name):
            yield Finding(module.at(node), f"{name} outside {next(iter(readers))}", instead)


RULES = {
    reads_the_clock: CLOCK_READERS,
    rolls_dice: ENTROPY_READERS,
    reads_the_environment: ENVIRONMENT_READERS,
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_world_enters_in_one_place(rule):
    nothing(finding for module in modules() for finding in rule(module))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_exception_outlives_its_need(rule):
    for place in RULES[rule]:
        readers = [module for module in modules() if within(module.path, [place])]
        copies = [parsed("elsewhere.py", module.text) for module in readers]
        assert any(list(rule(copy)) for copy in copies), f"{place} needs no exception any more"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (reads_the_clock, "import time\nat = time.time()"),
        (reads_the_clock, "from time import monotonic as tick\nat = tick()"),
        (reads_the_clock, "from datetime import datetime\nat = datetime.now()"),
        (reads_the_clock, "import datetime as dt\nat = dt.datetime.utcnow()"),
        (reads_the_clock, "import time\nfield(default_factory=time.time_ns)"),
        (rolls_dice, "import random\nx = random.random()"),
        (rolls_dice, "from uuid import uuid4\nx = uuid4()"),
        (rolls_dice, "import os\nx = os.urandom(4)"),
        (rolls_dice, "import secrets\nx = secrets.token_hex()"),
        (reads_the_environment, "import os\nx = os.environ['HOME']"),
        (reads_the_environment, "from os import getenv\nx = getenv('HOME')"),
    ],
)
def test_the_rule_can_fail(rule, text):
    assert list(rule(parsed("links/actions.py", text)))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_lets_good_code_be(rule):
    text = "from datetime import UTC, datetime\nx = datetime.fromtimestamp(now_us, UTC)"
    assert not list(rule(parsed("links/actions.py", text)))
