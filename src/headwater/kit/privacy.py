"""What a column holds, so that export and erasure can be read off the tables.

Each package that owns tables says it in its `data_map.py`; a column nobody classified fails a test.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """From what must be erasable to what says nothing of a person."""

    PERSONAL = "personal"  # a person, or text a person may have written into; erasable
    PSEUDONYMOUS = "pseudonymous"  # stands for a person only together with a key or another row
    OPAQUE_ID = "opaque_id"  # names a row, here or in a system of the workspace
    MONEY = "money"  # amounts, currencies and rates
    SECRET = "secret"  # noqa: S105 - opens something; never logged, never exported
    OPERATIONAL = "operational"  # states, times, counts, settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`erasure` says what erasing a person does to a personal column; others have none."""

    kind: Kind
    erasure: str = ""

    def __post_init__(self) -> None:
        if (self.kind is Kind.PERSONAL) != bool(self.erasure):
            raise ValueError("a personal column says how it is erased, and no other does")


DataMap = Mapping[str, Mapping[str, Column]]  # table, column

PSEUDONYMOUS = Column(kind=Kind.PSEUDONYMOUS)
OPAQUE_ID = Column(kind=Kind.OPAQUE_ID)
MONEY = Column(kind=Kind.MONEY)
SECRET = Column(kind=Kind.SECRET)
OPERATIONAL = Column(kind=Kind.OPERATIONAL)


def personal(erasure: str) -> Column:
    return Column(kind=Kind.PERSONAL, erasure=erasure)
