"""The record of a run: one JSON line per request, answer and message, for whoever judges it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from pathlib import Path


class Trace:
    """Numbers and writes what happens; never writes the secret key of the workspace."""

    def __init__(self, path: Path | None) -> None:
        self._file: TextIO | None = path.open("w", encoding="utf-8") if path else None
        self._started = time.monotonic()
        self._lines = 0

    def write(self, kind: str, **fields: Any) -> int:
        """Write one line and give its number, by which answers name their request."""
        self._lines += 1
        if self._file:
            at = round(time.monotonic() - self._started, 6)
            line = {"n": self._lines, "at": at, "kind": kind, **fields}
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        return self._lines

    def close(self) -> None:
        """Flush what was written."""
        if self._file:
            self._file.close()


def without_secret(headers: dict[str, str]) -> dict[str, str]:
    """Copy headers with the key blotted out."""
    return {
        name: "Bearer ***" if name.lower() == "authorization" else value
        for name, value in headers.items()
    }
