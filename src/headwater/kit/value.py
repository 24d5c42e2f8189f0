"""The base of records that are made many times per fact."""

import msgspec


class Value(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A frozen record with named fields, equal by content; made ten times faster than a frozen
    dataclass, which shows in the cost of a sale.
    """
