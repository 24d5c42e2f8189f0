"""What is known of Stripe's objects: the earliest word on each thing stands, so that the order in
which events come makes no difference to what is known in the end.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from headwater.billing import known_sql
from headwater.billing.stripe.model import Paid, Person, Reading, Subscription
from headwater.db import Read, Write

CUSTOMER, PAYMENT, SALE, SUBSCRIPTION, CODE = "customer", "payment", "sale", "subscription", "code"
REFERENCES_MAX = 20
_REFERENCE, _ADDRESS = "reference:", "address:"
_ERASED = "erased"
Said = dict[str, tuple[int, Any]]  # field: when, and what
_said = msgspec.json.Decoder(Said).decode


def earliest(known: Said, news: Said) -> Said:
    """Both together; of two words on one thing the earlier, of two at once the lesser."""
    merged = dict(known)
    for field, word in news.items():
        other = merged.get(field)
        if other is None or _order(word) < _order(other):
            merged[field] = word
    return merged


def _order(word: tuple[int, Any]) -> tuple[int, bytes]:
    return word[0], msgspec.json.encode(word[1])


def learn(tx: Write, workspace_id: str, at: int, reading: Reading) -> list[str]:
    """Remember what an event said; returns the tokens of what is news."""
    news = []
    if reading.person is not None and reading.person.stripe_id is not None:
        said = _of_person(at, reading.person)
        news += _put(tx, workspace_id, CUSTOMER, reading.person.stripe_id, said)
    for payment, sale in reading.links:
        news += _put(tx, workspace_id, PAYMENT, payment, {"sale": (at, sale)})
    if reading.paid is not None:
        paid = reading.paid
        worth = (at, [paid.counted, paid.gross, paid.currency])
        news += _put(tx, workspace_id, SALE, paid.sale, {"worth": worth})
    if reading.subscription is not None and reading.person is not None:
        _put_subscription(tx, workspace_id, reading.person, reading.subscription)
    for code, name in reading.codes:
        news += _put(tx, workspace_id, CODE, code, {"name": (at, name)})
    return news


def _of_person(at: int, person: Person) -> Said:
    said: Said = {f"{_REFERENCE}{each}": (at, each) for each in person.references[:REFERENCES_MAX]}
    said |= {f"{_ADDRESS}{each}": (at, each) for each in person.addresses}
    for field in ("external_id", "email", "name"):
        value = getattr(person, field)
        if value is not None:
            said[field] = (at, value)
    return said


def _put(tx: Write, workspace_id: str, kind: str, object_id: str, news: Said) -> list[str]:
    known = said_of(tx, workspace_id, kind, object_id)
    if _ERASED in known:
        return []
    merged = earliest(known, news)
    if merged == known:
        return []
    known_sql.put(tx, workspace_id, kind, object_id, None, msgspec.json.encode(merged).decode())
    return [token(kind, object_id)]


def _put_subscription(
    tx: Write, workspace_id: str, person: Person, subscription: Subscription
) -> None:
    known = said_of(tx, workspace_id, SUBSCRIPTION, subscription.id)
    ended = subscription.ended_at
    merged = earliest(known, {} if ended is None else {"ended_at": (ended, ended)})
    said = msgspec.json.encode(merged).decode()
    owner = person.stripe_id
    known_sql.put(tx, workspace_id, SUBSCRIPTION, subscription.id, owner, said)


def token(kind: str, object_id: str) -> str:
    return f"{kind}:{object_id}"


def said_of(tx: Read, workspace_id: str, kind: str, object_id: str) -> Said:
    found = known_sql.said_of(tx, workspace_id, kind, object_id)
    return {} if found is None else _said(found)


def is_erased(tx: Read, workspace_id: str, stripe_id: str) -> bool:
    return _ERASED in said_of(tx, workspace_id, CUSTOMER, stripe_id)


def erase(tx: Write, workspace_id: str, stripe_id: str, now_us: int) -> None:
    """What was said of a person goes, and is not learned again."""
    said = msgspec.json.encode({_ERASED: (now_us, True)}).decode()
    known_sql.put(tx, workspace_id, CUSTOMER, stripe_id, None, said)


def whole(tx: Read, workspace_id: str, person: Person) -> Person:
    """With what other events said of the same customer of Stripe's."""
    if person.stripe_id is None:
        return person
    said = said_of(tx, workspace_id, CUSTOMER, person.stripe_id)
    return Person(
        stripe_id=person.stripe_id,
        external_id=_value(said, "external_id") or person.external_id,
        references=_all(said, _REFERENCE),
        addresses=_all(said, _ADDRESS),
        email=_value(said, "email") or person.email,
        name=_value(said, "name") or person.name,
    )


def _all(said: Said, of: str) -> tuple[str, ...]:
    """The earliest first."""
    given = [(word[0], str(word[1])) for name, word in said.items() if name.startswith(of)]
    return tuple(value for _, value in sorted(given))


def _value(said: Said, field: str) -> str | None:
    return str(said[field][1]) if field in said else None


def worth_of(tx: Read, workspace_id: str, payments: Iterable[str]) -> Paid | None:
    """What the sale of a payment counts; the payment is named by any of its ids, or by the sale's
    own.
    """
    for key in sales_of(tx, workspace_id, payments):
        worth = said_of(tx, workspace_id, SALE, key).get("worth")
        if worth is not None:
            counted, gross, currency = worth[1]
            return Paid(sale=key, counted=counted, gross=gross, currency=currency)
    return None


def sales_of(tx: Read, workspace_id: str, payments: Iterable[str]) -> list[str]:
    """What a sale of these would be called."""
    told = [(each, said_of(tx, workspace_id, PAYMENT, each).get("sale")) for each in payments]
    return [each if sale is None else str(sale[1]) for each, sale in told]


def missing(tx: Read, workspace_id: str, payments: Iterable[str]) -> str:
    """The token of what leads from a payment to its sale: of the sale, where that is known."""
    named = list(payments)
    for each in named:
        sale = said_of(tx, workspace_id, PAYMENT, each).get("sale")
        if sale is not None:
            return token(SALE, str(sale[1]))
    return token(PAYMENT, named[0])


def codes(tx: Read, workspace_id: str, ids: Iterable[str]) -> Mapping[str, str]:
    """What these are called, and what that is called in turn."""
    found = {}
    for each in ids:
        name = _value(said_of(tx, workspace_id, CODE, each), "name")
        if name is not None:
            found[each] = name
            typed = _value(said_of(tx, workspace_id, CODE, name), "name")
            found |= {} if typed is None else {name: typed}
    return found


def ends(tx: Read, workspace_id: str, stripe_id: str) -> list[int | None]:
    """When each subscription of a customer ended; None for one that is running."""
    found = known_sql.owned(tx, workspace_id, SUBSCRIPTION, stripe_id)
    words = [_said(said).get("ended_at") for said in found]
    return [None if word is None else int(word[1]) for word in words]
