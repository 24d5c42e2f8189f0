"""SQL as it is written in the source: every text handed to a transaction, with its constants in."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.tidy.source import Module

_CALLS = {"one", "all", "run", "many"}
_VERB = re.compile(r"(?:with\b.*?\)\s*)?(?:select|insert|update|delete)\b", re.DOTALL)
_TABLE = re.compile(r"\b(?:from|join|into|update)\s+([a-z_]+)\b")
_WRITTEN = re.compile(r"\b(?:insert into|update|delete from)\s+([a-z_]+)\b")
UNKNOWN = " … "
EACH = "«each»"  # rows handed over as JSON, in the words of the engine


@dataclass(frozen=True, slots=True)
class Statement:
    """`function` is None where the call stands at module level."""

    module: Module
    node: ast.Call
    function: ast.FunctionDef | ast.AsyncFunctionDef | None
    raw: str

    @property
    def text(self) -> str:
        return " ".join(self.raw.lower().split())

    @property
    def tables(self) -> set[str]:
        return set(_TABLE.findall(self.text)) - {"set"}  # `on conflict … do update set`

    @property
    def written(self) -> set[str]:
        found = _WRITTEN.findall(self.text)
        return set(found) - {"set"}

    @property
    def changes_rows(self) -> bool:
        """Also an upsert: its `do update` reaches rows that are there already."""
        return self.text.lstrip().startswith(("update", "delete"))

    @property
    def name(self) -> str:
        inner = self.function.name if self.function else "module"
        return f"{self.module.path}:{inner}"

    @property
    def docstring(self) -> str:
        return (ast.get_docstring(self.function) or "") if self.function else ""


@cache
def statements(module: Module) -> tuple[Statement, ...]:
    return tuple(_statements(module))


def _statements(module: Module) -> Iterator[Statement]:
    constants = _constants(module.tree)
    for function, node in _calls(module.tree):
        local = constants | (_constants(function) if function else {})
        statement = Statement(module, node, function, _text(node.args[0], local))
        if _VERB.match(statement.text):
            yield statement


def _calls(tree: ast.Module):
    owners = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            owners |= {id(inner): function for inner in ast.walk(function)}
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) and node.args else None
        if isinstance(called, ast.Attribute) and called.attr in _CALLS:
            yield owners.get(id(node)), node


def _constants(scope: ast.AST) -> dict[str, str]:
    """Names that stand for text; of a dictionary of texts, all its values."""
    found: dict[str, str] = {}
    for node in getattr(scope, "body", []):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = _text(node.value, found)
        if isinstance(node, ast.If):
            for inner in [*node.body, *node.orelse]:
                if isinstance(inner, ast.Assign) and isinstance(inner.targets[0], ast.Name):
                    name = inner.targets[0].id
                    found[name] = found.get(name, "") + _text(inner.value, found)
    return found


def _text(node: ast.expr, known: dict[str, str]) -> str:
    match node:
        case ast.Constant(value=str() | int() as value):
            return str(value)
        case ast.IfExp(body=body):
            return _text(body, known)
        case ast.Attribute(attr="each"):
            return EACH
        case ast.JoinedStr(values=values):
            return "".join(_text(value, known) for value in values)
        case ast.FormattedValue(value=value):
            return _text(value, known)
        case ast.Name(id=name):
            return known.get(name, UNKNOWN)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left, known) + _text(right, known)
        case ast.Dict(values=values):
            return UNKNOWN.join(_text(value, known) for value in values)
        case ast.Subscript(value=value):
            return _text(value, known)
        case _:
            return UNKNOWN
