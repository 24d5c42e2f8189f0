"""What an event says, in our words; who and what it is about is filled in from what is known."""

from headwater.kit.value import Value
from headwater.tracking import MilestoneCall, SaleCall


class Person(Value, frozen=True, kw_only=True):
    """Whom an event is about, as it says itself. `external_id` is the merchant's name for them;
    `references` may be that or the id of a click; `guest` names somebody whom Stripe gave no id.
    `addresses` are all they were ever reached by, `email` the first of them.
    """

    stripe_id: str | None = None
    external_id: str | None = None
    references: tuple[str, ...] = ()
    email: str | None = None
    addresses: tuple[str, ...] = ()
    name: str | None = None
    guest: str | None = None

    @property
    def own_name(self) -> str | None:
        """What they are called where the merchant has no name for them."""
        return self.stripe_id or self.guest


class Paid(Value, frozen=True, kw_only=True):
    """A payment under the id its sale has with us: what the sale counts, and the gross that a
    refund is a part of, 0 where nobody told. `payments` are ids a refund or dispute may name.
    """

    sale: str
    counted: int
    gross: int
    currency: str
    payments: tuple[str, ...] = ()


class Refunded(Value, frozen=True, kw_only=True):
    """From `before` to `after` of a charge, in its own currency; `total` is the whole charge."""

    payments: tuple[str, ...]
    key: str
    before: int
    after: int
    total: int
    currency: str
    at: int
    reason: str | None = None


class Credited(Value, frozen=True, kw_only=True):
    """A credit note gave back this much of an invoice by other ways than a refund of its charge."""

    sale: str
    key: str
    amount: int
    at: int
    reason: str | None = None


class Disputed(Value, frozen=True, kw_only=True):
    """`closed` is `won` or `lost`, None while it is open."""

    payments: tuple[str, ...]
    key: str
    amount: int | None
    reason: str | None
    opened_at: int
    closed: str | None = None
    closed_at: int | None = None


class Subscription(Value, frozen=True, kw_only=True):
    id: str
    ended_at: int | None


class Reading(Value, frozen=True, kw_only=True):
    """`quiet` is why nothing follows by itself; calls have an empty customer until one is known."""

    quiet: str | None = None
    person: Person | None = None
    paid: Paid | None = None
    sale: SaleCall | None = None
    milestones: tuple[MilestoneCall, ...] = ()
    subscription: Subscription | None = None
    links: tuple[tuple[str, str], ...] = ()  # payment, sale
    codes: tuple[tuple[str, str], ...] = ()  # a discount or promotion code of Stripe's, its name
    discounts: tuple[str, ...] = ()  # of the sale, by Stripe's ids
    refund: Refunded | None = None
    credit: Credited | None = None
    credits: tuple[Credited, ...] = ()  # of an invoice below zero
    dispute: Disputed | None = None
