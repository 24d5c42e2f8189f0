"""From the OpenAPI document and the recorded examples to one page of HTML."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from headwater.http.reference.words import (
    body_fields,
    entry_of_answered,
    first_word,
    form_of,
    meaning,
)

_CODE = re.compile(r"`([^`]+)`")
_KINDS = {str: "text", bool: "true or false", int: "number", float: "number", dict: "object"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    name: str
    kind: str
    words: str
    limits: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One section of the page."""

    anchor: str
    method: str
    path: str
    group: str
    summary: str
    words: str
    open_to_all: bool
    parameters: list[Field]
    body: list[Field]
    answer: list[Field]
    shell: str
    status: int
    answered: str


def page(schema: dict[str, Any]) -> bytes:
    """`schema`: the described OpenAPI document."""
    environment = Environment(
        loader=PackageLoader("headwater.http.reference", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["marked"] = marked
    groups: dict[str, list[Route]] = {}
    for route in sorted(routes(schema), key=lambda each: each.group == "health"):
        groups.setdefault(route.group, []).append(route)
    template = environment.get_template("page.html.jinja")
    return template.render(groups=groups, version=schema["info"]["version"]).encode()


def routes(schema: dict[str, Any]) -> Iterator[Route]:
    """In the order of the document, without those that have no example: a test finds them."""
    forms = schema["components"]["schemas"]
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            told = examples().get((method.upper(), path))
            if told is None:
                continue
            yield Route(
                anchor=f"{method}{re.sub(r'[^a-z]+', '-', path.lower())}".strip("-"),
                method=method.upper(),
                path=path,
                group=operation["tags"][0],
                summary=operation["summary"],
                words=operation.get("description", ""),
                open_to_all="security" not in operation,
                parameters=[_parameter(each) for each in operation.get("parameters", ())],
                body=_body(forms, operation),
                answer=list(answer_fields(told["answer"], first_word(path))),
                shell=told["shell"],
                status=told["status"],
                answered=_answered(told),
            )


def _answered(told: dict[str, Any]) -> str:
    if "file" in told:
        return f"(a picture, in {told['file']})"
    return json.dumps(told["answer"], indent=2, ensure_ascii=False)


@cache
def examples() -> dict[tuple[str, str], dict[str, Any]]:
    """By method and route; the first where there are several."""
    text = (resources.files("headwater.http.reference") / "examples.json").read_text("utf-8")
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for told in json.loads(text):
        found.setdefault((told["method"], told["route"]), told)
    return found


def answer_fields(value: Any, parent: str, before: str = "") -> Iterator[Field]:
    """Every field of an answer, nested ones with their path."""
    if isinstance(value, list):
        if value:
            yield from answer_fields(value[0], parent, f"{before}[]." if before else "")
        return
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        path = f"{before}{name}"
        words = meaning(entry_of_answered(name, parent)) or ""
        yield Field(name=path, kind=_kind_of(inner), words=words)
        if name not in FREE:
            yield from answer_fields(inner, name, f"{path}." if isinstance(inner, dict) else path)


FREE = frozenset(
    {"attribution", "geo", "metadata", "payload", "request", "settings", "utm"}
)  # objects with names of the caller's, or of another's


def marked(text: str) -> Markup:
    """Words in backticks as code, everything else as text."""
    parts = _CODE.split(text)
    pieces = [
        escape(p) if i % 2 == 0 else Markup("<code>{}</code>").format(p)
        for i, p in enumerate(parts)
    ]
    return Markup("").join(pieces)


def _parameter(form: dict[str, Any]) -> Field:
    return Field(
        name=form["name"],
        kind=_kind(form["schema"]),
        limits=_limits(form["schema"]),
        words=form.get("description", ""),
        required=form.get("required", False),
    )


def _body(forms: dict[str, Any], operation: dict[str, Any]) -> list[Field]:
    required: set[str] = set()
    for content in operation.get("requestBody", {}).get("content", {}).values():
        required = set(form_of(forms, content["schema"]).get("required", ()))
    fields = [
        Field(
            name=name,
            kind=_kind(form),
            limits=_limits(form),
            words=form.get("description", ""),
            required=name in required,
        )
        for name, form in body_fields(forms, operation).items()
    ]
    return sorted(fields, key=lambda each: not each.required)


def _kind(form: dict[str, Any]) -> str:
    """A JSON schema in a word or two."""
    if "enum" in form:
        return " | ".join(str(each) for each in form["enum"] if each is not None)
    if "const" in form:
        return str(form["const"])
    for several in ("oneOf", "anyOf"):
        if several in form:
            kinds = [_kind(each) for each in form[several]]
            return " | ".join(dict.fromkeys(kind for kind in kinds if kind != "null"))
    if "$ref" in form:
        return "object"
    kinds = form.get("type", "any")
    kind = " | ".join(k for k in kinds if k != "null") if isinstance(kinds, list) else str(kinds)
    if kind == "array":
        return f"list of {_kind(form.get('items', {}))}"
    return _WORDS.get(kind, kind)


_WORDS = {"string": "text", "integer": "number", "boolean": "true or false"}


def _limits(form: dict[str, Any]) -> str:
    """How small and how large, and what is taken where nothing is given."""
    said = [
        _range(form.get(least), form.get(most), what)
        for least, most, what in (
            ("minimum", "maximum", ""),
            ("minLength", "maxLength", " characters"),
            ("minItems", "maxItems", " of them"),
        )
    ]
    if form.get("default") is not None:
        said.append(f"default {json.dumps(form['default']).strip(chr(34))}")
    return ", ".join(filter(None, said))


def _range(least: float | None, most: float | None, what: str) -> str:
    if most is None:
        return "" if least is None else f"from {int(least):,}{what}"
    start = f"{int(least):,} to " if least else "up to "
    return f"{start}{int(most):,}{what}"


def _kind_of(value: Any) -> str:
    if value is None:
        return "null here"
    if isinstance(value, list):
        return f"list of {_kind_of(value[0])}" if value else "list"
    return _KINDS[type(value)]
