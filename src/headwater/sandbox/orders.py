"""What an order comes to, and of which lines: the numbered fields of a conversion, under names in
lower case. Money in hundredths.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from headwater.sandbox.model import Fields, Item

_LINE = re.compile(
    r"item(sku|name|category|subcategory|mpn|brand|quantity|price|subtotal|discount|discountrate"
    r"|totaldiscount|promocode|deliverytype)([1-9][0-9]{0,3})"
    r"|item(text|numeric|date|money)([1-9][0-9]{0,3})_([0-9]{1,2})"
)
_FREE = re.compile(r"(text|numeric|money|date)[0-9]{1,2}")
_SAID_OF_ITEMS = {
    "subcategory": "SubCategory",
    "mpn": "Mpn",
    "brand": "Brand",
    "promocode": "PromoCode",
    "deliverytype": "DeliveryType",
}


def order_of(fields: Fields) -> tuple[int, tuple[Item, ...]]:
    """What it comes to, and its lines in order of their numbers. What is off the whole order is off
    its lines, each by its share.
    """
    numbers = {int(found[2] or found[4]) for name in fields if (found := _LINE.fullmatch(name))}
    if not numbers:
        amount = hundredths(fields.get("amount", ""))
        return max(0, amount - _off(fields, amount)), ()
    items = tuple(_item(fields, each) for each in sorted(numbers))
    whole = sum(each.amount for each in items)
    left = max(0, whole - _off(fields, whole))
    return left, spread(items, left)


def spread(items: Sequence[Item], left: int) -> tuple[Item, ...]:
    """Each line by its share of what is left."""
    whole = sum(each.amount for each in items)
    shared, passed, given = [], 0, 0
    for each in items:
        passed += each.amount
        until = (left * passed + whole // 2) // whole if whole else 0
        shared.append(replace(each, amount=until - given))
        given = until
    return tuple(shared)


def _off(fields: Fields, amount: int) -> int:
    return hundredths(fields.get("orderdiscount", "")) + _share(
        amount, fields.get("orderdiscountrate", "")
    )


def _item(fields: Fields, number: int) -> Item:
    more = {
        written: fields[f"item{name}{number}"]
        for name, written in _SAID_OF_ITEMS.items()
        if fields.get(f"item{name}{number}")
    }
    for name, value in fields.items():
        found = _LINE.fullmatch(name)
        if found and found[4] == str(number):
            more[f"{found[3].title()}{found[5]}"] = value
    return Item(
        number=number,
        sku=fields.get(f"itemsku{number}", ""),
        name=fields.get(f"itemname{number}", ""),
        category=fields.get(f"itemcategory{number}", ""),
        quantity=int(fields.get(f"itemquantity{number}") or 1),
        amount=_line(fields, number),
        more=more,
    )


def _line(fields: Fields, number: int) -> int:
    """Of one line: its price, or that of each times how many, less what is off."""

    def said(name: str) -> str:
        return fields.get(f"item{name}{number}", "")

    quantity = int(said("quantity") or 1)
    each = hundredths(said("price")) * quantity
    amount = hundredths(said("subtotal")) if said("subtotal") else each
    off = hundredths(said("totaldiscount")) + hundredths(said("discount")) * quantity
    return max(0, amount - off - _share(amount, said("discountrate")))


def _share(amount: int, rate: str) -> int:
    """`rate` percent of it."""
    return (amount * hundredths(rate) + 5000) // 10_000


def free_fields(fields: Fields) -> Fields:
    """`Text1` and its like, of the order itself."""
    return {name.title(): value for name, value in fields.items() if _FREE.fullmatch(name)}


def share(amount: int, percent: int) -> int:
    return (amount * percent + 50) // 100


def hundredths(amount: str) -> int:
    """Of a decimal that was checked; nothing is 0."""
    whole, _, part = amount.partition(".")
    return int(whole or 0) * 100 + int(f"{part}00"[:2])


def decimal(amount: int) -> str:
    sign, amount = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}{amount // 100}.{amount % 100:02d}"
