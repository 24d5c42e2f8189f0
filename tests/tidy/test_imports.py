"""Who may import whom. The table is the architecture; a change to it is a decision, not a fix."""

import sys
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.tidy.source import Finding, Module, imports, modules, nothing, parsed, within

# Higher may import lower, never the reverse; names on one line may not import each other.
LAYERS = """
    cli
    http | worker
    runtime
    audit | config | doctor | drawing | erasure | explain | insights | moving
    billing
    tracking
    consequences
    messages | reasoning | reports
    shapes
    receipts
    commissions
    conversions
    attribution
    links
    avatars | programs
    customers | inbox | rates | visitors
    idempotency
    conversion_log | delivery | journal | ledger | workspace
    db
    kit | landing
"""

# Worlds of their own: they see the server as anyone does, by HTTP and by its command. Only the
# command line may start them, and they import nothing of it.
ISLANDS = {"simulate", "bench", "client", "shop", "sandbox"}
STARTS_ISLANDS = {"cli"}
# What an island may see all the same: it has no dependencies and belongs to both sides; and a shop
# has what every shop has.
ISLAND_PACKAGES = {"client": {"landing"}, "shop": {"client"}}
# Known, to be paid back; the list may only shrink.
DEBTS = {
    ("bench/disk.py", "headwater.kit.clock"),  # then bench/disk.py reads the clock: CLOCK_READERS
}
ISLAND_LIBRARIES = {
    "simulate": {"aiohttp"},
    "bench": {"aiohttp", "apsw", "msgspec"},
    "shop": {"litestar", "granian"},
    "sandbox": {"aiohttp", "msgspec"},
    "client": {"asgiref", "django", "flask", "werkzeug"},
}

# `kit` has no face of its own; these are the ways into the rims.
OPEN = {"headwater.http.serve", "headwater.worker.run"}
# What a site imports of the client, besides its face: each for who needs it.
OPEN |= {
    f"headwater.client.{name}"
    for name in ("signin", "checkout", "checkout.asgi", "middleware.asgi")
}

# Files that belong to another package's work, and so may use its inside.
GUESTS = {
    "worker/deliver.py": "delivery",  # its driver: the one place where plan and judge meet I/O
}

# Imports inside functions that are not there to break a circle.
LATE = {
    "cli/": "a command imports what it needs when it runs, so that --help stays quick",
    "avatars/shelf.py": "the library for buckets is there only where somebody wants it",
    "db/open.py": "the driver of the engine that is not used costs a tenth of a second",
}

# Which file may import what from outside. A new dependency gets a line here and a reason in a
# decision record; a second file that wants one, asks the first.
LIBRARIES = {
    "PIL": ["drawing/portrait.py"],
    "aiohttp": ["kit/egress.py", "simulate/", "bench/", "sandbox/", "doctor/visit.py"],
    "apsw": ["db/"],
    "boto3": ["avatars/bucket.py"],
    "botocore": ["avatars/bucket.py"],
    "asgiref": ["client/middleware/django.py"],
    "crawleruseragents": ["attribution/classify.py"],
    "cyclopts": ["cli/"],
    "django": ["client/middleware/django.py", "client/checkout/django.py"],
    "dns": ["kit/resolver.py"],
    "flask": ["client/checkout/flask.py"],
    "granian": ["http/", "shop/"],
    "idna": ["kit/hosts.py"],
    "uvloop": ["cli/"],
    "jinja2": ["http/reference/render.py"],
    "litestar": ["http/", "shop/"],
    "maxminddb": ["http/geo.py"],
    "markupsafe": ["http/reference/render.py"],
    "msgspec": [""],
    "psycopg": ["db/"],
    "psycopg_pool": ["db/"],
    "publicsuffixlist": ["kit/sites.py"],
    "rich": ["cli/"],
    "segno": ["drawing/"],
    "standardwebhooks": ["kit/signing.py"],
    "structlog": ["db/", "http/", "worker/", "cli/logs.py"],
    "ua_parser": ["shapes/click.py"],
    "werkzeug": ["client/checkout/flask.py"],
    "yarl": ["kit/egress.py", "kit/targets.py"],
    # of the standard library
    "asyncio": [
        "cli/",
        "db/",
        "http/",
        "worker/",
        "kit/egress.py",
        "simulate/",
        "bench/",
        "drawing/process.py",
        "doctor/walk.py",
        "client/",
        "shop/",
        "sandbox/",
    ],
    "concurrent": ["db/", "kit/egress.py", "client/middleware/", "shop/", "cli/years.py"],
    "http": [
        "cli/",
        "simulate/",
        "bench/",
        "client/wire.py",
        "client/middleware/flask.py",
        "shop/",
    ],
    "multiprocessing": [],
    "pickle": [],
    "smtplib": [],
    "socket": [
        "kit/egress.py",
        "http/address.py",
        "cli/",
        "simulate/",
        "bench/",
        "doctor/",
        "drawing/process.py",
    ],
    "sqlite3": ["client/spool.py", "shop/"],
    "subprocess": ["cli/", "bench/", "drawing/process.py"],
    "threading": [
        "db/",
        "cli/parent.py",
        "cli/years.py",
        "client/outbox.py",
        "client/patience.py",
        "client/settings.py",
    ],
    "urllib.request": ["cli/", "bench/"],
}

# Who may call somebody else over HTTP: no call of ours is answered with one.
CALLS_OUT = ["worker/", "cli/"]

# What a decision may look at besides the nouns of other packages.
PURE = {"kit", "landing", "programs", "conversions", "attribution", "delivery", "links"}
IMPURE_LIBRARIES = {"structlog", "asyncio", "time", "random", "os", "threading"}


def layer_of() -> dict[str, int]:
    rows = [line.split("|") for line in LAYERS.split("\n") if line.strip()]
    return {name.strip(): -row for row, names in enumerate(rows) for name in names}


def wrong_direction(module: Module) -> Iterator[Finding]:
    layers = layer_of()
    own = module.package
    for each in imports(module):
        if not each.target.startswith("headwater."):
            continue
        other = each.target.split(".")[1]
        free = {own, "__version__", *ISLAND_PACKAGES.get(own, ())}
        if other in free or own in {"__init__", "__main__"} or (module.path, each.target) in DEBTS:
            continue
        where = module.at(each.node)
        if own in ISLANDS:
            yield Finding(
                where,
                f"{own} imports {each.target}",
                f"{own} talks to the server over HTTP or its command line; keep a small equivalent",
            )
        elif other in ISLANDS:
            if own not in STARTS_ISLANDS:
                yield Finding(where, f"{own} imports {other}", "only cli/ starts it")
        elif own not in layers or other not in layers:
            unknown = own if own not in layers else other
            yield Finding(
                where, f"{unknown} has no layer", "give it a line in LAYERS, test_imports"
            )
        elif layers[own] <= layers[other]:
            yield Finding(
                where,
                f"{own} imports {other}, which is not below it in LAYERS",
                f"pass {other}'s value in as an argument, or let a package above both call them",
            )


def not_by_the_door(module: Module) -> Iterator[Finding]:
    """Packages talk through each other's `__init__`; `sql.py` is private to its package."""
    for each in imports(module):
        parts = each.target.split(".")
        if parts[0] != "headwater" or len(parts) < 3 or each.target in OPEN:
            continue
        guest = GUESTS.get(module.path) == parts[1] and not parts[-1].endswith("sql")
        if guest or parts[1] in {module.package, "kit"}:
            continue
        yield Finding(
            module.at(each.node),
            f"{each.target} is inside another package",
            f"export what is needed in {parts[1]}/__init__.py and import it from"
            f" headwater.{parts[1]}",
        )


def foreign_library(module: Module) -> Iterator[Finding]:
    for each in imports(module):
        top = each.target.split(".")[0]
        name = each.target if each.target in LIBRARIES else top
        if name == "headwater" or (name in sys.stdlib_module_names and name not in LIBRARIES):
            continue
        where = module.at(each.node)
        if module.package in ISLANDS and name not in sys.stdlib_module_names:
            if name not in ISLAND_LIBRARIES[module.package] or _is_misplaced(module, name):
                yield Finding(where, f"{module.package} imports {name}", "do without it")
        elif name not in LIBRARIES:
            yield Finding(where, f"{name} is new here", "add it to LIBRARIES, test_imports")
        elif not any(place == "" or within(module.path, [place]) for place in LIBRARIES[name]):
            places = ", ".join(LIBRARIES[name]) or "nowhere"
            yield Finding(where, f"{name} belongs to {places}", "use what that place offers")


def _is_misplaced(module: Module, name: str) -> bool:
    """The client is there without its frameworks: only the file for each may import it."""
    return module.package == "client" and not within(module.path, LIBRARIES[name])


def hidden_import(module: Module) -> Iterator[Finding]:
    for each in imports(module):
        if each.local and not within(module.path, LATE):
            yield Finding(
                module.at(each.node),
                f"{each.target} is imported inside a function",
                "import it at the top; if that makes a cycle, the code stands in the wrong package",
            )


def impure(module: Module) -> Iterator[Finding]:
    """`rules.py` decides from values: no store, no log, no time of its own."""
    if not module.path.endswith("/rules.py"):
        return
    for each in imports(module):
        parts = each.target.split(".")
        inside = parts[0] == "headwater" and len(parts) > 1
        stored = inside and (parts[1] == "db" or parts[-1] in {"sql", "actions", "queue_sql"})
        foreign = inside and parts[1] not in PURE | {module.package}
        if not (stored or foreign or parts[0] in IMPURE_LIBRARIES):
            continue
        yield Finding(
            module.at(each.node),
            f"a rule imports {each.target}",
            "load it in actions.py and hand it over in the facts",
        )


def calls_out(module: Module) -> Iterator[Finding]:
    for each in imports(module):
        if each.target == "headwater.kit.egress" and not within(module.path, CALLS_OUT):
            yield Finding(
                module.at(each.node),
                "this calls out, and somebody may be waiting for an answer here",
                "write down what is to be told; worker/ tells it",
            )


def circles(all_modules: Iterable[Module]) -> Iterator[Finding]:
    """Among files, where a package's own `__init__` only collects."""
    graph: dict[str, set[str]] = {}
    for module in all_modules:
        targets = {each.target for each in imports(module)} - {module.folder, module.name}
        graph[module.name] = {name for name in targets if name.startswith("headwater")}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = " <- ".join(error.args[1])
        yield Finding(circle, "these import each other", "move the shared noun to model.py")


RULES = [wrong_direction, not_by_the_door, foreign_library, hidden_import, impure, calls_out]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_imports(rule):
    """A-76 is one of them."""
    nothing(finding for module in modules() for finding in rule(module))


def test_no_file_imports_itself_by_a_detour():
    nothing(circles(modules()))


def test_debts_are_real():
    owed = {(module.path, each.target) for module in modules() for each in imports(module)}
    assert owed >= DEBTS, f"paid back, so drop it from DEBTS: {sorted(DEBTS - owed)}"


def test_every_package_has_a_layer():
    present = {module.package for module in modules()} - ISLANDS - {"__init__", "__main__"}
    assert present == set(layer_of()), "LAYERS names each package once, and nothing else"


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (wrong_direction, "ledger/sql.py", "from headwater.programs import Program"),
        (wrong_direction, "ledger/sql.py", "from headwater import journal"),
        (wrong_direction, "links/rules.py", "import headwater.runtime"),
        (wrong_direction, "conversions/model.py", "from headwater.config import Config"),
        (wrong_direction, "simulate/world.py", "from headwater.kit.money import share"),
        (wrong_direction, "http/app.py", "from headwater.simulate import Options"),
        (wrong_direction, "client/visit.py", "from headwater.kit.money import share"),
        (wrong_direction, "http/app.py", "from headwater.client import Headwater"),
        (foreign_library, "client/visit.py", "import msgspec"),
        (foreign_library, "client/visit.py", "import flask"),
        (wrong_direction, "novelty/model.py", "from headwater.kit.money import share"),
        (not_by_the_door, "tracking/sale.py", "from headwater.links import sql"),
        (not_by_the_door, "tracking/sale.py", "from headwater.links.model import Link"),
        (not_by_the_door, "cli/core.py", "from headwater.http.app import build_api"),
        (foreign_library, "links/sql.py", "import apsw"),
        (foreign_library, "simulate/world.py", "import msgspec"),
        (foreign_library, "links/actions.py", "from litestar import Request"),
        (foreign_library, "delivery/webhook.py", "import aiohttp"),
        (foreign_library, "links/actions.py", "import requests"),
        (foreign_library, "tracking/sale.py", "import urllib.request"),
        (foreign_library, "db/sqlite.py", "import sqlite3"),
        (hidden_import, "links/actions.py", "def f():\n    from headwater import programs"),
        (impure, "commissions/rules.py", "from headwater.db import Read"),
        (impure, "commissions/rules.py", "from headwater.commissions import sql"),
        (impure, "commissions/rules.py", "import structlog"),
        (impure, "commissions/rules.py", "from headwater import ledger"),
        (calls_out, "http/api/track.py", "from headwater.kit.egress import EgressClient"),
        (calls_out, "tracking/sale.py", "from headwater.kit import egress"),
    ],
)
def test_the_rule_can_fail(rule, path, text):
    assert list(rule(parsed(path, text)))


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (wrong_direction, "tracking/sale.py", "from headwater import links, rates"),
        (not_by_the_door, "tracking/sale.py", "from headwater.kit.money import share"),
        (not_by_the_door, "links/actions.py", "from headwater.links import sql"),
        (foreign_library, "db/sqlite.py", "import apsw"),
        (hidden_import, "cli/core.py", "def f():\n    from headwater.runtime import open_app"),
        (wrong_direction, "client/visit.py", "from headwater import landing"),
        (foreign_library, "client/checkout/flask.py", "from flask import Blueprint"),
        (impure, "commissions/rules.py", "from headwater.programs import Reward"),
        (calls_out, "worker/deliver.py", "from headwater.kit.egress import EgressClient"),
    ],
)
def test_the_rule_lets_good_code_be(rule, path, text):
    assert not list(rule(parsed(path, text)))


def test_a_circle_is_found():
    pair = [
        parsed("links/model.py", "from headwater.links.rules import checked_key"),
        parsed("links/rules.py", "from headwater.links.model import Link"),
    ]
    assert list(circles(pair))
