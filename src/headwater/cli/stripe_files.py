"""What Stripe exported, read from files: objects as JSON, or the dashboard's table of payments."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from headwater.billing import BadTable, payments
from headwater.cli.store import CannotStart

TABLE = ".csv"


def objects(file: Path) -> Iterator[dict[str, Any]]:
    """Of a list, of a page of Stripe's API, one to a line, or a row of a table."""
    try:
        said = file.read_bytes()
    except OSError as error:
        raise CannotStart(f"cannot read {file} ({error.strerror}).") from error
    yield from _of_table(file, said) if file.suffix.lower() == TABLE else _of_json(file, said)


def _of_table(file: Path, said: bytes) -> Iterator[dict[str, Any]]:
    try:
        yield from payments(said.decode())
    except UnicodeDecodeError as error:
        raise CannotStart(f"{file} is no UTF-8. Export it again.") from error
    except BadTable as error:
        raise CannotStart(f"{file}: {error}") from error


def _of_json(file: Path, said: bytes) -> Iterator[dict[str, Any]]:
    try:
        try:
            found = msgspec.json.decode(said)
        except msgspec.DecodeError:
            found = [msgspec.json.decode(line) for line in said.splitlines() if line.strip()]
    except (msgspec.DecodeError, RecursionError) as error:
        raise CannotStart(
            f"{file} is no JSON ({error}). Export objects as JSON, or payments as {TABLE}."
        ) from error
    for page in found if isinstance(found, list) else [found]:
        listed = isinstance(page, dict) and page.get("object") == "list"
        rows = page.get("data") if listed else [page]
        yield from (row for row in rows or () if isinstance(row, dict))
