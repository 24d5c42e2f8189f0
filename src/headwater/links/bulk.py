"""Many links in one transaction: one that cannot be made or changed leaves the others alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from headwater.db import Write
from headwater.kit.context import Context
from headwater.kit.problems import Code, Problem
from headwater.links import rules, sql
from headwater.links.actions import by_reference, create, drafted, ever, update
from headwater.links.model import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What could not be done, by its place in the request."""

    place: int
    code: str
    message: str


def create_many(
    tx: Write, ctx: Context, wanted: Sequence[dict[str, Any]]
) -> tuple[list[Link], list[Refused]]:
    """The links made, and what was refused. A draft is refused before anything of it is written."""
    _refuse_twins(wanted)
    made: list[Link] = []
    refused: list[Refused] = []
    for place, fields in enumerate(wanted):
        try:
            made.append(create(tx, ctx, drafted(fields)))
        except Problem as problem:
            refused.append(_refused(place, problem))
    return made, refused


def update_many(
    tx: Write, ctx: Context, references: Sequence[str], changes: dict[str, Any]
) -> tuple[list[tuple[Link, Link]], list[Refused]]:
    """(before, after) of the links changed, and what was refused.

    In order of id, so that two such calls do not wait for each other in a circle.
    """
    found: dict[str, tuple[int, Link]] = {}
    refused: list[Refused] = []
    for place, reference in enumerate(references):
        try:
            link = by_reference(tx, ctx.workspace_id, reference)
            found.setdefault(link.id, (place, link))
        except Problem as problem:
            refused.append(_refused(place, problem))
    changed: dict[str, Link] = {}
    for link_id in sorted(found):
        try:
            changed[link_id] = update(tx, ctx, link_id, changes)
        except Problem as problem:
            refused.append(_refused(found[link_id][0], problem))
    both = [(link, changed[link.id]) for _, link in found.values() if link.id in changed]
    return both, sorted(refused, key=lambda each: each.place)


def delete_many(tx: Write, ctx: Context, references: Sequence[str]) -> list[Link]:
    """The links that were there and are gone now; root links stay."""
    there: dict[str, Link] = {}
    for reference in references:
        try:
            link = by_reference(tx, ctx.workspace_id, reference)
        except Problem:
            continue
        if not link.is_root:
            there[link.id] = link
    gone: set[str] = set()
    for link_id in sorted(there):
        tx.lock(f"link:{ctx.workspace_id}:{link_id}")
        if ever(tx, ctx.workspace_id, link_id).deleted_at is None:
            sql.delete(tx, ctx.workspace_id, link_id, ctx.now_us)
            gone.add(link_id)
    return [link for link_id, link in there.items() if link_id in gone]


def _refuse_twins(wanted: Sequence[dict[str, Any]]) -> None:
    """The same domain and key twice in one call: whoever wrote that means something else."""
    seen: set[tuple[str, str]] = set()
    for number, fields in enumerate(wanted):
        key = fields.get("key")
        if not key:
            continue
        place = (rules.host_name(fields.get("domain") or ""), rules.key_in_path(key))
        if place in seen:
            message = f"The key {key!r} is in this call twice. Give each once."
            raise Problem(Code.BAD_REQUEST, message, f"[{number}].key")
        seen.add(place)


def _refused(place: int, problem: Problem) -> Refused:
    return Refused(place=place, code=problem.code.value, message=problem.message)
