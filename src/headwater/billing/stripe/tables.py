"""The table of payments that Stripe's dashboard exports, as the charges it speaks of; pure.

Its amounts are decimals, before taxes are told apart, and it knows no metadata: enough to see what
is missing, and too little to book it.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from headwater.kit.money import AMOUNT_MAX, exponent

ID, AMOUNT, REFUNDED, CURRENCY = "id", "Amount", "Amount Refunded", "Currency"
STATUS, CAPTURED, INVOICE = "Status", "Captured", "Invoice ID"
CREATED = ("Created date (UTC)", "Created (UTC)")  # of now, and of before
INTENT, MODE = "PaymentIntent ID", "Mode"  # where they were chosen, too
NEEDED = (ID, AMOUNT, REFUNDED, CURRENCY, STATUS, CAPTURED, INVOICE)
NOT_COLLECTED = {"failed", "canceled", "cancelled", "incomplete", "uncaptured", "blocked"}
_TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")


class BadTable(Exception):  # noqa: N818 - said to the operator
    """What is wrong with it, in a sentence."""


def payments(text: str) -> Iterator[dict[str, Any]]:
    """A charge for each row of money that was collected."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        columns = set(rows.fieldnames or ())
        created = next((each for each in CREATED if each in columns), None)
        absent = [each for each in NEEDED if each not in columns]
        absent += [] if created else [CREATED[0]]
        if absent or created is None:
            raise BadTable(
                f"it has no column {', '.join(absent)}. Export payments in Stripe's dashboard with"
                " these columns; other tables of Stripe's are not read."
            )
        for row in rows:
            if None in row or None in row.values():
                raise BadTable(f"line {rows.line_num} has not as many fields as the first.")
            if row[CAPTURED].lower() == "true" and row[STATUS].lower() not in NOT_COLLECTED:
                yield _charge(row, created, rows.line_num)
    except csv.Error as error:
        raise BadTable(f"line {rows.line_num} is no row of a table ({error}).") from error


def _charge(row: Mapping[str, str], created: str, line: int) -> dict[str, Any]:
    currency, own = row[CURRENCY].strip().lower(), row[ID].strip()
    mode = row.get(MODE, "").lower()
    amount = _minor(row[AMOUNT], currency, line)
    return {
        "id": own,
        "object": "charge",
        "payment_intent": own if own.startswith("pi_") else row.get(INTENT) or None,
        "invoice": row[INVOICE] or None,
        "currency": currency,
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": _minor(row[REFUNDED], currency, line),
        "created": _seconds(row[created], line),
        "livemode": None if mode not in ("live", "test") else mode == "live",
    }


def _minor(said: str, currency: str, line: int) -> int:
    """`1,234.50` in the smallest coin; nothing is rounded."""
    text = (said.strip() or "0").replace(",", "")
    try:
        found = Decimal(text).scaleb(exponent(currency))
    except InvalidOperation as error:
        raise BadTable(f"line {line} has {said!r} where an amount belongs.") from error
    if not found.is_finite() or found != found.to_integral_value() or not 0 <= found <= AMOUNT_MAX:
        raise BadTable(f"line {line} has {said!r} where an amount in {currency} belongs.")
    return int(found)


def _seconds(said: str, line: int) -> int:
    for form in _TIMES:
        try:
            parsed = datetime.strptime(said, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return int(parsed.timestamp())
    raise BadTable(f"line {line} has {said!r} where a time such as 2026-03-01 12:00 belongs.")
