from collections.abc import Sequence

import msgspec


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not as it must be: which check, of what, and both sides."""

    check: str
    subject: str
    expected: str
    found: str

    def line(self) -> str:
        return f"{self.check}: {self.subject}: expected {self.expected}, found {self.found}"


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    checked: dict[str, int]
    differences: Sequence[Difference]

    def lines(self) -> list[str]:
        said = [f"{name}: {count} checked" for name, count in self.checked.items()]
        said += [difference.line() for difference in self.differences]
        count = len(self.differences)
        said.append("The books are right." if not count else f"{count} differences.")
        return said
