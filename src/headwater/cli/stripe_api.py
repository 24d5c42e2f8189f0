"""Stripe's API as a source of a comparison: what it lists, asked politely and page by page. Nothing
is ever written there.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from headwater.billing import API_VERSION
from headwater.cli.asking import Asking
from headwater.cli.store import CannotStart
from headwater.kit.clock import Clock
from headwater.kit.egress import EgressClient
from headwater.kit.targets import Answer

API = "https://api.stripe.com"
TIMEOUT_S = 80.0  # as long as Stripe's own packages wait
ANSWER_MAX = 64 * 1024 * 1024
PAGE = 100
KEYS = ("sk_", "rk_")
GAVE_NOTHING = {"failed", "canceled"}
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_NOT_FOUND = 404
Object = dict[str, Any]
T = TypeVar("T")


class _Page(msgspec.Struct):
    data: list[Object]
    has_more: bool = False


class _Wrong(msgspec.Struct):
    type: str | None = None
    code: str | None = None


class _Refusal(msgspec.Struct):
    error: _Wrong


_object = msgspec.json.Decoder(Object).decode
_page = msgspec.json.Decoder(_Page).decode
_refusal = msgspec.json.Decoder(_Refusal).decode


def checked_url(url: str) -> str:
    """Over https, or to this machine: the key goes along."""
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not (parts.scheme == "https" or local) or parts.query or parts.username or parts.fragment:
        raise CannotStart(
            f"--api-url is {url!r}. Give an https address, or an http one of this machine."
        )
    return url.rstrip("/")


class StripeApi:
    """Use within its client."""

    def __init__(self, client: EgressClient, url: str, key: str, clock: Clock) -> None:
        self._asking = Asking(
            client=client,
            url=url,
            headers={
                "Authorization": f"Bearer {key}",
                "Stripe-Version": API_VERSION,
                "Accept": "application/json",
            },
            clock=clock,
            words=_words,
            stopped=_stopped,
        )

    async def objects(self, since_s: int, until_s: int) -> list[Object]:
        """Invoices that were paid, checkouts, refunds, disputes, credit notes, made in this time;
        with them all refunds of each charge, and which invoices their payments are of.
        """
        made = {"created[gte]": str(since_s), "created[lt]": str(until_s)}
        paid = {"status": "paid", "expand[]": "data.payments"}
        found = [each async for each in self._all("/v1/invoices", paid | made)]
        sessions = {"status": "complete"} | made
        found += [each async for each in self._all("/v1/checkout/sessions", sessions)]
        found += [each async for each in self._all("/v1/credit_notes", made)]
        whole = {"expand[]": "data.charge"} | made
        refunds = [each async for each in self._all("/v1/refunds", whole)]
        disputes = [each async for each in self._all("/v1/disputes", made)]
        found += refunds + [each async for each in self._others(refunds)]
        return found + disputes + [each async for each in self._paid_by(refunds + disputes)]

    async def named(self, ids: Iterable[str]) -> list[Object]:
        """What Stripe has under these: an invoice, or the checkout of a payment."""
        found: list[Object] = []
        for each in ids:
            if each.startswith("in_"):
                path = f"/v1/invoices/{quote(each, safe='')}"
                answer = await self._asking.answer(f"{path}?{urlencode({'expand[]': 'payments'})}")
                if answer.status not in (200, _NOT_FOUND):
                    raise _stopped(path, f"{answer.status} {_words(answer)}")
                found += [_read(_object, path, answer)] if answer.status == 200 else []
            elif each.startswith("pi_"):
                wanted = {"payment_intent": each}
                found += [one async for one in self._all("/v1/checkout/sessions", wanted)]
        return found

    async def _others(self, refunds: list[Object]) -> AsyncIterator[Object]:
        """A charge that tells a larger sum has refunds of another time."""
        sums: dict[str, int] = {}
        told: dict[str, int] = {}
        for each in refunds:
            charge = each.get("charge")
            if isinstance(charge, dict) and isinstance(charge.get("id"), str):
                amount = 0 if each.get("status") in GAVE_NOTHING else each.get("amount")
                sums[charge["id"]] = sums.get(charge["id"], 0) + (amount or 0)
                told[charge["id"]] = charge.get("amount_refunded") or 0
        for charge_id in [each for each, amount in told.items() if amount != sums[each]]:
            wanted = {"charge": charge_id, "expand[]": "data.charge"}
            async for each in self._all("/v1/refunds", wanted):
                yield each

    async def _paid_by(self, reversals: list[Object]) -> AsyncIterator[Object]:
        """Since 2025-03-31 a payment does not say which invoice it is of."""
        intents = [each.get("payment_intent") for each in reversals]
        for intent in dict.fromkeys(each for each in intents if isinstance(each, str)):
            wanted = {"payment[type]": "payment_intent", "payment[payment_intent]": intent}
            async for each in self._all("/v1/invoice_payments", wanted):
                yield each

    async def _all(self, path: str, wanted: dict[str, str]) -> AsyncIterator[Object]:
        after: str | None = None
        while True:
            more = {"limit": str(PAGE)} | ({} if after is None else {"starting_after": after})
            answer = await self._asking.answer(f"{path}?{urlencode(wanted | more)}")
            if answer.status != 200:
                raise _stopped(path, f"{answer.status} {_words(answer)}")
            page = _read(_page, path, answer)
            for each in page.data:
                yield each
            last = str(page.data[-1].get("id")) if page.data else after
            if not page.has_more or last == after:
                return
            after = last


def _read(decode: Callable[[bytes], T], path: str, answer: Answer) -> T:
    try:
        return decode(answer.body_excerpt)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _stopped(path, "what is no object of Stripe's") from error


def _words(answer: Answer) -> str:
    """What is wrong, in Stripe's code: its sentences may quote the key or a person."""
    try:
        said = _refusal(answer.body_excerpt).error
    except (msgspec.DecodeError, RecursionError):
        return ""
    return said.code or said.type or ""


def _stopped(path: str, said: str) -> CannotStart:
    return CannotStart(
        f"Stripe answered GET {path} with: {said}. Nothing was changed. A restricted key that may"
        " read invoices, checkout sessions, charges and refunds, disputes, credit notes will do."
    )
