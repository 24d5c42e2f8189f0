"""The file: a header, a line per object, a closing line with the counts."""

from collections.abc import Iterator
from typing import Any

import msgspec

from headwater.moving.model import END, HEADER, VERSION, End, Header, Line

_encode = msgspec.json.Encoder().encode
_line = msgspec.json.Decoder(Line).decode
LINE_MAX = 4 * 1024 * 1024
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class BadLine(Exception):  # noqa: N818 - said to the operator with the number of the line
    """One sentence on what is wrong with a line."""


def encoded(kind: str, data: Any) -> bytes:
    return _encode({"kind": kind, "data": data}) + b"\n"


def header(workspace_id: str, slug: str, currency: str, at: str, release: str) -> bytes:
    whose = {"id": workspace_id, "slug": slug, "currency": currency}
    return encoded(HEADER, {"version": VERSION, "headwater": release, "workspace": whose, "at": at})


def closing(counts: dict[str, int]) -> bytes:
    return encoded(END, {"counts": counts})


def read_header(text: bytes) -> Header:
    """Refuses what is no export, and what a newer version wrote."""
    try:
        line = _line(text)
    except UNREADABLE:
        line = Line(kind="")
    if line.kind != HEADER:
        raise BadLine(
            "line 1 is not the header of an export. Give a file that headwater export wrote."
        )
    try:
        found = msgspec.json.decode(line.data, type=Header)
    except UNREADABLE as error:
        raise BadLine(f"line 1, the header, cannot be read: {error}.") from error
    if found.version != VERSION:
        raise BadLine(
            f"the file has the form {found.version} of exports, this version reads {VERSION}. Use"
            " the version that wrote it, or a newer one."
        )
    return found


def read_lines(lines: Iterator[bytes]) -> Iterator[tuple[int, Line | BadLine | End]]:
    """Each with its number, from the second on. A line that cannot be read is told and passed."""
    for number, text in enumerate(lines, 2):
        if not text.strip():
            continue
        try:
            yield number, _read(text)
        except BadLine as bad:
            yield number, bad


def _read(text: bytes) -> Line | End:
    if len(text) > LINE_MAX:
        raise BadLine(f"it is longer than {LINE_MAX} bytes")
    try:
        line = _line(text)
        return msgspec.json.decode(line.data, type=End) if line.kind == END else line
    except UNREADABLE as error:
        raise BadLine(f"it is no line of an export ({error})") from error
