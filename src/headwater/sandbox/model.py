"""What the network keeps: submissions, actions with their items and changes, clicks."""

from dataclasses import dataclass, field
from typing import Protocol

from headwater.sandbox.account import Kind

Fields = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """Somebody who followed a partner's link, to `landing`."""

    id: str
    partner: str
    at: float
    landing: str = ""
    referrer: str = ""


@dataclass(slots=True, kw_only=True)
class Submission:
    """One accepted request; `due` is when it has been worked through. `fields` under names in lower
    case, `given` under those it was sent with.
    """

    id: str
    kind: Kind
    fields: Fields
    given: Fields
    at: float
    due: float
    error: str = ""
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of an order; `amount` in hundredths, after what is off. `more`: the rest that was
    said of it.
    """

    number: int
    sku: str
    name: str
    category: str
    quantity: int
    amount: int
    more: Fields


@dataclass(slots=True, kw_only=True)
class Action:
    """`amount` as it is now, `intended` as it came; `at`: when it was made, `updated`: when more
    than its approval changed. `fields`: what the conversion said, under names in lower case.
    """

    id: str
    tracker: int
    order_id: str
    customer_id: str
    amount: str
    intended: str
    currency: str
    at: float
    updated: float
    event_at: float
    locks: float
    state: str = "PENDING"
    partner: str = ""
    click: Click | None = None
    items: tuple[Item, ...] = ()
    adjusted_for: str = ""
    fields: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One change of an action (N-12): in hundredths, what it is more than before."""

    id: str
    action: Action
    state: str
    disposition: str
    amount: int
    payout: int
    updated: float

    @property
    def event_at(self) -> float:
        return self.action.event_at

    @property
    def locks(self) -> float:
        return self.action.locks


class Listed(Protocol):
    """What can be asked for by its times."""

    @property
    def id(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def updated(self) -> float: ...
    @property
    def event_at(self) -> float: ...
    @property
    def locks(self) -> float: ...
