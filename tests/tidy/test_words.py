"""What code says: to people only through the command line, to readers where the name is not enough,
and nothing that nobody calls."""

import ast
import re
from collections.abc import Iterable, Iterator

import pytest

from tests.tidy.source import (
    Finding,
    Module,
    dotted,
    modules,
    nothing,
    parsed,
    parsed_text,
    within,
)

PRINTERS = {
    "cli/": "talks to people",
    "drawing/__main__.py": "answers the process that started it",
    "drawing/portrait.py": "answers the process that started it",
    "bench/command.py": "its asides go to standard error",
}

COMMANDS = "cli/main.py"

# Seams every package has: the file name says what is in it.
SEAMS = {"model.py", "sql.py", "actions.py", "run.py", "errors.py"}

# Finished, exported and not called yet. The list may only shrink.
UNUSED = {
    "journal/sql.py:sealed_of_kind_after",
    "journal/sql.py:unsealed_count",
    "kit/signing.py:hash_key",
    "ledger/sql.py:reversed_of",
    "simulate/facts.py:Waiting",
}

# Called by the framework, the language, a person at a prompt or a site's own backend.
CALLED_FROM_OUTSIDE = {"__main__.py", "http/api/", "client/"}


def prints(module: Module) -> Iterator[Finding]:
    if within(module.path, PRINTERS):
        return
    for node, name in dotted(module):
        if name in {"print", "input", "sys.stdout", "sys.stderr"}:
            yield Finding(
                module.at(node),
                name,
                "log an event with structlog at the rims; return a value everywhere else",
            )


LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
# Words that a log line must not carry: it is copied, shipped and kept where no erasure reaches.
UNLOGGED = {
    *("name", "email", "user_agent", "referrer", "address", "client", "external_id", "metadata"),
    *("url", "body", "request", "secret", "key", "token", "cookie", "params", "row"),
}
LOGGED_ALL_THE_SAME = {"core_ready.url"}  # our own, from the settings
_EVENT = re.compile(r"[a-z]+(_[a-z]+)*\Z")


def talkative_log(module: Module) -> Iterator[Finding]:
    """An event has a fixed name in snake_case, and values that say nothing of a person."""
    for node in ast.walk(module.tree):
        called = node.func if isinstance(node, ast.Call) else None
        if not (isinstance(called, ast.Attribute) and called.attr in LEVELS and node.args):
            continue
        if not (isinstance(called.value, ast.Name) and called.value.id in {"log", "logger"}):
            continue
        event = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
        if not isinstance(event, str) or not _EVENT.match(event):
            instead = (
                'log.info("delivery_failed", delivery_id=…): a name to search for, then values'
            )
            yield Finding(module.at(node), "an event without a fixed name", instead)
        for keyword in node.keywords:
            named = f"{event}.{keyword.arg}"
            if keyword.arg in UNLOGGED and named not in LOGGED_ALL_THE_SAME:
                what = f"{named} may tell of a person, or open something"
                yield Finding(module.at(node), what, "log the id of the row instead")


def silent_file(module: Module) -> Iterator[Finding]:
    """A file whose name is not one of the seams says what it is for."""
    name = module.path.split("/")[-1]
    if name in SEAMS or name == "__main__.py" or ast.get_docstring(module.tree):
        return
    yield Finding(
        f"src/headwater/{module.path}:1",
        "the name says too little and the file starts without a sentence",
        '"""What this is for, and what it leaves to others."""',
    )


def silent_verb(module: Module) -> Iterator[Finding]:
    """A public function says what its name and types cannot: what None, a tuple or a flag means."""
    if module.package in {"simulate", "bench", "cli"}:
        return
    for function in module.tree.body:
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if function.name.startswith("_") or ast.get_docstring(function):
            continue
        puzzle = _puzzle(module, function)
        if puzzle:
            yield Finding(
                module.at(function),
                f"{function.name} returns {puzzle} and does not say what it means",
                "one sentence: what for, and when it is None, False or refused",
            )


def _puzzle(module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """A finder's None is "no such row"; elsewhere None, a flag and a tuple need a word."""
    given = ast.unparse(function.returns) if function.returns else ""
    finder = module.path.endswith("sql.py") or function.name.endswith("_or_none")
    puzzling = given.startswith("tuple[") or (given.endswith("| None") and not finder)
    writes = any(
        each.annotation and ast.unparse(each.annotation) == "Write" for each in function.args.args
    )
    return given if puzzling or (given == "bool" and writes) else ""


def uncalled(
    all_modules: Iterable[Module], but: frozenset[str] = frozenset(UNUSED)
) -> Iterator[Finding]:
    """A public function or class that no other line of the source names."""
    everything = list(all_modules)
    named: dict[str, int] = {}
    for module in everything:
        for word in re.findall(r"\b[A-Za-z_]\w*\b", _code(module)):
            named[word] = named.get(word, 0) + 1
    for module in everything:
        if within(module.path, CALLED_FROM_OUTSIDE):
            continue
        for node in module.tree.body:
            made = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            if made and named.get(node.name, 0) < 2 and f"{module.path}:{node.name}" not in but:
                yield Finding(module.at(node), f"nothing uses {node.name}", "drop it, or use it")


def _code(module: Module) -> str:
    """Without strings, imports and __all__: to be exported is not to be used. Commands are named
    by strings, `file:function`.
    """
    tree = parsed_text(module.text)
    kept = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    words = [
        node.id if isinstance(node, ast.Name) else node.attr
        for statement in kept
        for node in ast.walk(statement)
        if isinstance(node, ast.Name | ast.Attribute)
    ]
    defined = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    commands = [
        node.value.partition(":")[2]
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and module.path == COMMANDS
        if isinstance(node.value, str)
    ]
    return " ".join(words + defined + commands)


RULES = [prints, talkative_log, silent_file, silent_verb]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_words(rule):
    nothing(finding for module in modules() for finding in rule(module))


def test_nothing_is_there_for_nobody():
    nothing(uncalled(modules()))


def test_the_list_of_unused_shrinks():
    unused = {finding.what.split()[-1] for finding in uncalled(modules(), but=frozenset())}
    gone = {name for name in UNUSED if name.split(":")[1] not in unused}
    assert not gone, f"used or dropped by now, so drop from UNUSED: {sorted(gone)}"


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (prints, "links/actions.py", "print('hello')"),
        (prints, "worker/run.py", "import sys\nsys.stdout.write('hello')"),
        (talkative_log, "worker/run.py", "log.info(f'sent {url}')"),
        (talkative_log, "worker/run.py", "log.info('Sent it')"),
        (talkative_log, "worker/run.py", "log.error('sent', email=customer.email)"),
        (silent_file, "shapes/novelty.py", "x = 1"),
        (silent_verb, "links/actions.py", "def f(tx: Read) -> Link | None: ..."),
        (silent_verb, "links/actions.py", "def f(tx: Write) -> bool: ..."),
        (silent_verb, "links/sql.py", "def f(tx: Read) -> tuple[str, int]: ..."),
    ],
)
def test_the_rule_can_fail(rule, path, text):
    assert list(rule(parsed(path, text)))


def test_the_rule_lets_good_code_be():
    text = 'def f(tx: Read) -> Link | None:\n    """None where the link is archived."""'
    assert not list(silent_verb(parsed("links/actions.py", text)))
    assert not list(silent_verb(parsed("links/sql.py", "def by_id(tx: Read) -> Link | None: ...")))
    assert not list(prints(parsed("cli/init.py", "print('hello')")))
    assert not list(talkative_log(parsed("worker/run.py", "log.info('sent', delivery_id=id)")))


def test_what_nobody_calls_is_found():
    alone = parsed("links/rules.py", "def checked_key(key): ...")
    assert list(uncalled([alone]))
    assert not list(uncalled([alone, parsed("links/actions.py", "key = rules.checked_key(key)")]))
    assert list(uncalled([alone, parsed("links/__init__.py", "from x import checked_key")]))
