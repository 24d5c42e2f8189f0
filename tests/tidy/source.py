"""The source as the house rules see it: parsed modules, what they import, and findings in words."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REPO = Path(__file__).parents[2]
ROOT = REPO / "src" / "headwater"
SHOWN_MAX = 30


@dataclass(frozen=True, slots=True)
class Finding:
    """Where, what is wrong, and what to write instead."""

    where: str
    what: str
    instead: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}\n    instead: {self.instead}"


def nothing(findings: Iterable[Finding]) -> None:
    """Fail with every finding, one per line, each with its replacement."""
    found = sorted(set(findings), key=lambda finding: finding.where)
    more = f"\nand {len(found) - SHOWN_MAX} more" if len(found) > SHOWN_MAX else ""
    assert not found, "\n" + "\n".join(str(finding) for finding in found[:SHOWN_MAX]) + more


@dataclass(frozen=True, slots=True)
class Module:
    """One file. `path` is relative to the package: `links/sql.py`."""

    path: str
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        parts = self.path.removesuffix(".py").removesuffix("/__init__").split("/")
        return "headwater" if parts == ["__init__"] else ".".join(["headwater", *parts])

    @property
    def package(self) -> str:
        """The part directly below `headwater`: a package, or a module of its own."""
        return self.path.split("/")[0].removesuffix(".py")

    @property
    def folder(self) -> str:
        return self.name if self.path.endswith("__init__.py") else self.name.rpartition(".")[0]

    def at(self, node: ast.AST) -> str:
        return f"src/headwater/{self.path}:{getattr(node, 'lineno', 1)}"

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


def parsed(path: str, text: str) -> Module:
    """For the tests of the rules themselves: a file that exists only as text."""
    return Module(path, text, parsed_text(text))


@cache
def parsed_text(text: str) -> ast.Module:
    """Once more where another thread compiled something just then: CPython 3.11 counts the depth of
    both in one number (its issue 106905).
    """
    try:
        return ast.parse(text)
    except SystemError:
        return ast.parse(text)


def modules() -> tuple[Module, ...]:
    paths = sorted(path for path in ROOT.rglob("*.py") if "frozen" not in path.parts)
    return tuple(parsed(path.relative_to(ROOT).as_posix(), path.read_text()) for path in paths)


@cache
def module_names() -> frozenset[str]:
    return frozenset(module.name for module in modules())


@dataclass(frozen=True, slots=True)
class Import:
    """`target` is the module that is loaded: `from headwater.links import sql` loads its `sql`."""

    node: ast.stmt
    target: str
    local: bool


@cache
def imports(module: Module) -> tuple[Import, ...]:
    return tuple(_imports(module))


def _imports(module: Module) -> Iterator[Import]:
    inner = {
        id(node)
        for function in module.functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node, alias.name, id(node) in inner)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for target in _targets(node):
                yield Import(node, target, id(node) in inner)


def _targets(node: ast.ImportFrom) -> set[str]:
    """A name the package exports is the package's, even where a file is called the same."""
    base = node.module or ""
    found = set()
    for alias in node.names:
        deeper = f"{base}.{alias.name}"
        is_module = deeper in module_names() and alias.name not in _exported(base)
        found.add(deeper if is_module else base)
    return found


@cache
def _exported(package: str) -> frozenset[str]:
    path = ROOT.joinpath(*package.split(".")[1:], "__init__.py")
    tree = parsed_text(path.read_text() if path.exists() else "")
    nodes = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return frozenset(alias.name for node in nodes for alias in node.names)


def dotted(module: Module) -> Iterator[tuple[ast.expr, str]]:
    """Names and attributes with the full name they stand for: `now` -> `datetime.datetime.now`."""
    known: dict[str, str] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                known[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.Attribute):
            name = _full_name(node, known)
            if name is not None:
                yield node, name


def _full_name(node: ast.expr, known: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return known.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        base = _full_name(node.value, known)
        return None if base is None else f"{base}.{node.attr}"
    return None


def within(path: str, places: Iterable[str]) -> bool:
    """Whether a file is one of `places`: folders end with a slash."""
    return any(path.startswith(place) if place.endswith("/") else path == place for place in places)
