"""What the server says it holds of this run, read through the API after everything settled."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from headwater.simulate.making import read
from headwater.simulate.totals import LinkNumbers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from headwater.simulate.client import Client
    from headwater.simulate.run import Run

_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldReceipt:
    """What is compared of a receipt; the rest would fill the memory of a long run."""

    kind: str
    customer_id: str
    link_id: str
    winner: str | None
    owed: int | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCommission:
    """What is compared of a commission, in cents."""

    id: str
    conversion_id: str
    partner_id: str
    original: int
    reversed: int
    earnings: int


@dataclass(slots=True)
class Holdings:
    """The server's side of the comparison, in the words of the truth."""

    links: list[LinkNumbers] = field(default_factory=list)
    receipts: dict[str, HeldReceipt] = field(default_factory=dict)
    commissions: list[HeldCommission] = field(default_factory=list)
    balances: dict[int, int] = field(default_factory=dict)
    inbox: list[tuple[str, str, set[str]]] = field(default_factory=list)


async def observe(run: Run) -> Holdings:
    """Read links, receipts, commissions, balances and inbox of this run."""
    held = Holdings()
    for link_id in run.links:
        held.links.append(_numbers(await read(run.client, f"/links/{link_id}")))
        async for row in pages(run.client, f"/receipts?linkId={link_id}"):
            held.receipts[row["conversionId"]] = _receipt(row)
    for partner_id in run.partners:
        async for row in pages(run.client, f"/commissions?partnerId={partner_id}"):
            held.commissions.append(_commission(row, partner_id))
    held.balances = await _balances(run)
    held.inbox = await _inbox(run)
    return held


async def pages(client: Client, path: str) -> AsyncIterator[dict[str, Any]]:
    """Read a list to its end, page by page."""
    joint, page = "&" if "?" in path else "?", 1
    while True:
        rows = await read(client, f"{path}{joint}page={page}&pageSize={_PAGE}")
        for row in rows:
            yield row
        if len(rows) < _PAGE:
            return
        page += 1


def _receipt(row: dict[str, Any]) -> HeldReceipt:
    return HeldReceipt(
        kind=row["kind"],
        customer_id=row["customerId"],
        link_id=row["linkId"],
        winner=(row["winner"] or {}).get("partnerId"),
        owed=(row["owed"] or {}).get("amount"),
        why=f"{row['credit']}, {row['owedReason']}",
    )


def _commission(row: dict[str, Any], partner_id: str) -> HeldCommission:
    return HeldCommission(
        id=row["id"],
        conversion_id=row["conversionId"],
        partner_id=partner_id,
        original=row["originalEarnings"],
        reversed=row["reversed"],
        earnings=row["earnings"],
    )


def _numbers(link: dict[str, Any]) -> LinkNumbers:
    return LinkNumbers(
        hits=link["hits"],
        clicks=link["clicks"],
        leads=link["leads"],
        conversions=link["conversions"],
        sales=link["sales"],
        sale_amount=link["saleAmount"],
    )


async def _balances(run: Run) -> dict[int, int]:
    """Read what the ledger owes each partner; a partner without a row is owed nothing."""
    known = {partner_id: n for n, partner_id in enumerate(run.partners)}
    balances = dict.fromkeys(known.values(), 0)
    for program_id in run.programs:
        for row in await read(run.client, f"/balances?programId={program_id}"):
            balances[known[row["partnerId"]]] += row["pending"]
    return balances


async def _inbox(run: Run) -> list[tuple[str, str, set[str]]]:
    """Read the rows that speak of this run: reason, state and the names in them."""
    named = re.compile(re.escape(run.prefix) + r"(c\d[\w/-]*)")
    rows = []
    async for row in pages(run.client, "/inbox"):
        names = set(named.findall(json.dumps(row)))
        if names:
            rows.append((str(row["reason"]), str(row["state"]), names))
    return rows
