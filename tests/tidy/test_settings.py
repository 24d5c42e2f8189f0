"""defaults.toml is the reference page: every setting is there with its words, and is used."""

import ast
import re
import tomllib
from collections.abc import Iterator

import msgspec
import pytest

from headwater.config import Config
from tests.tidy.source import REPO, ROOT, Finding, Module, modules, nothing, parsed

DEFAULTS = ROOT / "defaults.toml"
_NAMED = re.compile(r"\bHEADWATER_([A-Z0-9_]+[A-Z0-9])\b")
OTHER_VARIABLES = {"CONFIG"}
OF_TESTS = ("tests/", "Makefile", "justfile")


def typed() -> dict[str, set[str]]:
    """Section -> settings, as config/model.py has them."""
    sections = msgspec.structs.fields(Config)
    return {each.name: {f.name for f in msgspec.structs.fields(each.type)} for each in sections}


def told(text: str) -> dict[str, set[str]]:
    return {section: set(settings) for section, settings in tomllib.loads(text).items()}


def not_in_step(text: str) -> Iterator[Finding]:
    known, written = typed(), told(text)
    for section in known.keys() | written.keys():
        for name in known.get(section, set()) - written.get(section, set()):
            yield Finding(
                f"{section}.{name}",
                "config/model.py has it, defaults.toml does not",
                "write it there",
            )
        for name in written.get(section, set()) - known.get(section, set()):
            yield Finding(
                f"{section}.{name}",
                "defaults.toml has it, config/model.py does not",
                "add the field",
            )


def without_words(text: str) -> Iterator[Finding]:
    """A comment stands above each setting; settings that follow at once share it."""
    explained = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            explained = True
        elif not line.strip() or line.startswith("["):
            explained = False
        elif not explained:
            yield Finding(
                f"src/headwater/defaults.toml:{number}",
                f"{line.split('=')[0].strip()} has no comment",
                "say above it what it does, in which unit, and what a wrong value costs",
            )


def unknown_setting(module: Module) -> Iterator[Finding]:
    """`config.edge.name` names a setting there is."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
            section, holder = node.value.attr, node.value.value
            ours = isinstance(holder, ast.Name | ast.Attribute) and _last(holder) == "config"
            if ours and section in typed() and node.attr not in typed()[section]:
                yield Finding(
                    module.at(node),
                    f"there is no setting {section}.{node.attr}",
                    f"one of {', '.join(sorted(typed()[section]))}, or a new one",
                )


def _last(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


def unused() -> Iterator[Finding]:
    used = {
        node.attr
        for module in modules()
        if module.package not in {"simulate", "bench"}
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
    }
    for section, names in typed().items():
        for name in names - used:
            yield Finding(f"{section}.{name}", "nothing reads this setting", "drop it, or use it")


def unknown_variable(path: str, text: str) -> Iterator[Finding]:
    """Who sets a variable nobody reads waits in vain. Tests may have words of their own."""
    known = {f"{section}_{name}".upper() for section, names in typed().items() for name in names}
    for number, line in enumerate(text.splitlines(), 1):
        for name in _NAMED.findall(line):
            own = path.startswith(OF_TESTS) and name.split("_")[0].lower() not in typed()
            if name not in known | OTHER_VARIABLES and not own:
                yield Finding(
                    f"{path}:{number}",
                    f"HEADWATER_{name} is no setting",
                    "HEADWATER_<SECTION>_<SETTING> with a name of defaults.toml",
                )


def texts() -> Iterator[tuple[str, str]]:
    for folder in ("src", "tests", "docs"):
        for path in sorted((REPO / folder).rglob("*")):
            passed_over = {"tidy", "node_modules"} & set(path.parts)
            if path.suffix in {".py", ".md", ".toml", ".sh"} and not passed_over:
                yield path.relative_to(REPO).as_posix(), path.read_text()
    for path in [*REPO.glob("*.md"), *REPO.glob("Makefile"), *REPO.glob("justfile")]:
        yield path.name, path.read_text()


def test_defaults_and_config_are_in_step():
    nothing(not_in_step(DEFAULTS.read_text()))


def test_every_setting_is_explained():
    nothing(without_words(DEFAULTS.read_text()))


def test_every_setting_read_exists():
    nothing(finding for module in modules() for finding in unknown_setting(module))


def test_every_setting_is_used():
    nothing(unused())


def test_every_variable_named_is_a_setting():
    nothing(finding for path, text in texts() for finding in unknown_variable(path, text))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (not_in_step, DEFAULTS.read_text() + "\nnovelty = 1\n"),
        (not_in_step, DEFAULTS.read_text().replace("port = 8787", "")),
        (without_words, "[server]\nport = 1\n"),
        (without_words, "[server]\n# The port.\nport = 1\n\nhost = 2\n"),
    ],
)
def test_the_rule_can_fail(rule, text):
    assert list(rule(text))


def test_a_setting_that_does_not_exist_is_found():
    assert list(unknown_setting(parsed("http/edge.py", "x = app.config.edge.timeout")))
    assert not list(unknown_setting(parsed("http/edge.py", "x = app.config.edge.uncounted")))
    assert list(unknown_variable("docs/x.md", "Set `HEADWATER_EDGE_TIMEOUT`."))
    assert list(unknown_variable("docs/x.md", "Set `HEADWATER_NOVELTY`."))
    assert list(unknown_variable("tests/x.py", "HEADWATER_EDGE_TIMEOUT"))
    assert not list(unknown_variable("tests/x.py", "HEADWATER_ROUNDS"))
    assert not list(unknown_variable("docs/x.md", "Set `HEADWATER_EDGE_UNCOUNTED`."))
