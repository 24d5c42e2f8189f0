"""An export as a source: its rows one after the other, whatever is wrong with some."""

import re
from collections.abc import Iterator
from typing import IO

import msgspec

from headwater.moving.lines import LINE_MAX, UNREADABLE, BadLine, read_header, read_lines
from headwater.moving.model import Came, End, Header, Kind, Line
from headwater.moving.rows import SHAPES

# Not after a backslash that is itself text: a pattern or a path may spell it out.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_KINDS = {kind.value: kind for kind in Kind}


class ExportFile:
    """Read once, from the header on. After the last row `troubles` says what is wrong with the file
    as a whole.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.header: Header = read_header(file.readline(LINE_MAX))
        self.troubles: list[str] = []

    def rows(self) -> Iterator[Came]:
        end: End | None = None
        counts: dict[str, int] = {}
        for number, line in read_lines(_physical(self._file)):
            where = f"line {number}"
            if end is not None:
                yield Came(kind="line", where=where, wrong="it stands below the closing line")
            elif isinstance(line, End):
                end = line
            elif isinstance(line, BadLine):
                yield Came(kind="line", where=where, wrong=str(line))
            else:
                counts[line.kind] = counts.get(line.kind, 0) + 1
                yield _came(where, line)
        self._look_back(end, counts)

    def _look_back(self, end: End | None, counts: dict[str, int]) -> None:
        if end is None:
            self.troubles.append(
                "The file ends without its closing line, so it was cut. Export again; what came"
                " before stands."
            )
            return
        for kind, count in end.counts.items():
            if counts.get(kind, 0) != count:
                self.troubles.append(
                    f"The closing line counts {count} of {kind}, the file has"
                    f" {counts.get(kind, 0)}. Export again."
                )


def _came(where: str, line: Line) -> Came:
    kind = _KINDS.get(line.kind)
    if kind is None:
        return Came(kind="line", where=where, wrong=f"nothing here is a {line.kind[:40]!r}")
    return read(kind, where, line.data)


def read(kind: Kind, where: str, data: msgspec.Raw) -> Came:
    """A row of a source, or what is wrong with it."""
    if _NUL.search(bytes(data)):
        return Came(kind=kind, where=where, wrong="it has a NUL character, which no text may have")
    try:
        row = msgspec.json.decode(data, type=SHAPES[kind])
    except UNREADABLE as error:
        return Came(kind=kind, where=where, wrong=f"it is no {kind} as the API shows one ({error})")
    return Came(kind=kind, where=where, row=row)


def _physical(file: IO[bytes]) -> Iterator[bytes]:
    """Lines; of one that is longer than any may be only the start is kept."""
    while text := file.readline(LINE_MAX + 1):
        rest = text
        while len(rest) > LINE_MAX and not rest.endswith(b"\n"):
            rest = file.readline(LINE_MAX + 1)
        yield text
