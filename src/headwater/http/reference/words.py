"""What each field is, in a sentence: one glossary for the OpenAPI document and the page."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any

Entry = tuple[str, str]  # the table and the name in it


@cache
def tables() -> dict[str, dict[str, str]]:
    """`fields` says what a field is, `sent` what it asks for where that is another thing."""
    text = (resources.files("headwater.http.reference") / "words.toml").read_text("utf-8")
    found: dict[str, dict[str, str]] = tomllib.loads(text)
    return found


def entry_of_sent(name: str, method: str, route: str) -> Entry | None:
    """A parameter, or a field of a body: its route's own words win, then its object's.
    None where no words are found.
    """
    parent = first_word(route)
    for said in (f"{method} {route}.{name}", f"{parent}.{name}", name):
        if said in tables()["sent"]:
            return "sent", said
    return entry_of_answered(name, parent)


def entry_of_answered(name: str, parent: str) -> Entry | None:
    """`parent`: the object it stands in. None where no words are found."""
    for said in (f"{parent}.{name}", name):
        if said in tables()["fields"]:
            return "fields", said
    return None


def meaning(entry: Entry | None) -> str | None:
    """None where the words are lacking, which a test does not let pass."""
    return tables()[entry[0]][entry[1]] if entry else None


def first_word(route: str) -> str:
    """What the fields of a route's body and answer stand in: `links` for /links/{link_id}."""
    return route.strip("/").partition("/")[0]


def describe(schema: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with a description at each field and parameter that has none."""
    forms = schema["components"]["schemas"]
    for route, methods in schema["paths"].items():
        for method, operation in methods.items():
            parameters = [(each["name"], each) for each in operation.get("parameters", ())]
            for name, form in [*parameters, *body_fields(forms, operation).items()]:
                _fill(form, entry_of_sent(name, method.upper(), route))
    for name, form in forms.get("Told", {}).get("properties", {}).items():
        _fill(form, entry_of_answered(name, "error"))
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


def _fill(form: dict[str, Any], entry: Entry | None) -> None:
    words = meaning(entry)
    if words is not None:
        form.setdefault("description", words)
