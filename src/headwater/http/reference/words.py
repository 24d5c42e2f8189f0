"""What each field is, in a sentence: one glossary for the OpenAPI document and the page."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def _fields() -> dict[str, str]:
    text = (resources.files("headwater.http.reference") / "words.toml").read_text("utf-8")
    fields: dict[str, str] = tomllib.loads(text)["fields"]
    return fields


def meaning(name: str, parent: str) -> str | None:
    """None where the glossary lacks it, which a test does not let pass."""
    fields = _fields()
    return fields.get(f"{parent}.{name}") or fields.get(name)


def first_word(route: str) -> str:
    """What the fields of a route's body and answer stand in: `links` for /links/{link_id}."""
    return route.strip("/").partition("/")[0]


def describe(schema: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with a description at each field and parameter that has none."""
    forms = schema["components"]["schemas"]
    for route, methods in schema["paths"].items():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                _fill(parameter, parameter["name"], first_word(route))
            for name, form in body_fields(forms, operation).items():
                _fill(form, name, first_word(route))
    for name, form in forms.get("Told", {}).get("properties", {}).items():
        _fill(form, name, "error")
    return schema


def body_fields(forms: dict[str, Any], operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields of a request's JSON object, by name."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        fields: dict[str, dict[str, Any]] = form_of(forms, content["schema"]).get("properties", {})
        return fields
    return {}


def form_of(forms: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The object behind a reference, or of which a body is a list."""
    schema = schema.get("items", schema)
    form: dict[str, Any] = forms.get(schema.get("$ref", "").rpartition("/")[2], {})
    return form


def _fill(form: dict[str, Any], name: str, parent: str) -> None:
    words = meaning(name, parent)
    if words is not None:
        form.setdefault("description", words)
