"""The list of what did not come out as it had to, each entry naming one thing to look at."""

from __future__ import annotations

from typing import Any

MOST_LISTED = 500


class Differences:
    """Collects differences; beyond a limit it only counts them."""

    def __init__(self) -> None:
        self._listed: list[dict[str, Any]] = []
        self._left_out = 0

    def note(self, what: str, expected: Any, recorded: Any, detail: str) -> None:
        """Keep one difference."""
        if len(self._listed) >= MOST_LISTED:
            self._left_out += 1
            return
        self._listed.append(
            {"what": what, "expected": expected, "recorded": recorded, "detail": detail}
        )

    def same(self, what: str, expected: Any, recorded: Any, detail: str) -> None:
        """Keep a difference where two values are not the same."""
        if expected != recorded:
            self.note(what, expected, recorded, detail)

    def to_json(self) -> list[dict[str, Any]]:
        """List them, with a last entry for those left out."""
        if not self._left_out:
            return self._listed
        more = {"what": "more", "expected": 0, "recorded": self._left_out, "detail": "not listed"}
        return [*self._listed, more]
