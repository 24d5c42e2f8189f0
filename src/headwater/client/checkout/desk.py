"""One checkout, from who asks to the address to pay at. Attribution never fails it."""

import asyncio
import hashlib
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from headwater.client import cookies
from headwater.client.api import body_of
from headwater.client.checkout.fields import accept
from headwater.client.errors import HeadwaterError, SetupError
from headwater.client.headwater import Headwater
from headwater.client.letter import CHECKOUT
from headwater.client.log import log
from headwater.client.request import Request
from headwater.client.visit import Visit
from headwater.client.world import now_s

PATIENCE_S = 0.6
SAME_FOR_S = 600
YEARLY = "-yearly"


class CheckoutRefused(Exception):  # noqa: N818 - an answer, not a crash
    """Raised by the site's own function: this status and message are the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass(frozen=True, slots=True)
class Checkout:
    """What a session is made of. `id` is the same for the same customer and tier for some minutes;
    give the processor `idempotency_key`, and a double click opens one session.
    """

    id: str
    customer: str
    tier: str | None
    cycle: str
    attribution: Mapping[str, str]
    metadata: Mapping[str, str]
    client_reference_id: str | None = None

    @property
    def idempotency_key(self) -> str:
        """Another one where something else is known of the buyer now: a processor refuses a key
        that comes with other values, and the purchase would fail.
        """
        given = repr((sorted(self.metadata.items()), self.client_reference_id))
        return f"{self.id}_{hashlib.sha256(given.encode('utf-8', 'replace')).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Mapping[str, str] = field(default_factory=dict)


Authenticate = Callable[[Request], "str | Awaitable[str | None] | None"]
Create = Callable[[Checkout], "str | Awaitable[str]"]


class Desk:
    """`authenticate` says who asks, by the token of the request alone (T-73), or None; `create`
    makes the session and returns its address. Where the desk is awaited both may be coroutines.
    """

    def __init__(
        self,
        client: Headwater,
        *,
        authenticate: Authenticate,
        create: Create,
        tiers: Sequence[str] = (),
        patience_s: float = PATIENCE_S,
    ) -> None:
        if any(not tier for tier in tiers):
            raise SetupError("A tier needs a name.")
        self._client, self._tiers = client, tuple(tiers)
        self._authenticate, self._create = authenticate, create
        self._patience_s = patience_s

    def answer(
        self, request: Request, tier: str | None, body: bytes, visit: Visit | None = None
    ) -> Answer:
        """201 with `checkout_url`, or a status with `message`."""
        try:
            customer = _at_once(self._authenticate(request))
            chosen = self._checked(customer, tier)
            checkout = self._opened(request, str(customer), chosen, body, visit)
            return _paid_at(_at_once(self._create(checkout)))
        except Exception as error:
            return _failed(error)

    async def answer_async(
        self, request: Request, tier: str | None, body: bytes, visit: Visit | None = None
    ) -> Answer:
        """The same; what waits for the server does it in a thread."""
        try:
            customer = await _in_time(self._authenticate(request))
            chosen = self._checked(customer, tier)
            checkout = await asyncio.to_thread(
                self._opened, request, str(customer), chosen, body, visit
            )
            return _paid_at(await _in_time(self._create(checkout)))
        except Exception as error:
            return _failed(error)

    def _checked(self, customer: str | None, tier: str | None) -> tuple[str | None, str]:
        """The tier and its cycle; `pro-yearly` is `pro`, paid by the year (T-70, T-77)."""
        if not customer:
            raise CheckoutRefused(401, "Sign in before you check out.")
        if tier is None or tier in self._tiers:
            return tier, "monthly"
        if tier.endswith(YEARLY) and tier.removesuffix(YEARLY) in self._tiers:
            return tier.removesuffix(YEARLY), "yearly"
        raise CheckoutRefused(400, "There is no such tier. Choose one that is offered.")

    def _opened(
        self,
        request: Request,
        customer: str,
        chosen: tuple[str | None, str],
        body: bytes,
        visit: Visit | None,
    ) -> Checkout:
        """Kept at the server before anybody is sent to pay (T-78); if it is away, told later."""
        tier, cycle = chosen
        attribution = accept(body, self._client.settings().click_param)
        visitor = visit.cookie if visit is not None else _cookie(request)
        checkout_id = _id(customer, tier, cycle)
        fields = {
            "checkout_id": checkout_id,
            "customer_external_id": customer,
            "visitor_id": visitor,
            "attribution": attribution,
        }
        kept = self._kept(fields)
        mine = {"headwater_checkout": checkout_id} | attribution
        slot = attribution.get("rewardful_referral") or None
        return Checkout(
            id=checkout_id,
            customer=customer,
            tier=tier,
            cycle=cycle,
            attribution=attribution,
            metadata=_texts(kept["metadata"]) if "metadata" in kept else mine,
            client_reference_id=_text(kept.get("clientReferenceId", slot)),
        )

    def _kept(self, fields: dict[str, Any]) -> Mapping[str, Any]:
        try:
            return self._client.patience.run(
                lambda: self._client.checkout(**fields, timeout_s=self._patience_s),
                self._patience_s,
            )
        except HeadwaterError as error:
            log.warning("checkout_not_told", status=error.status, code=error.code)
            if error.passing:
                # A double click says the same; the first one counts.
                self._client.later.put(CHECKOUT, body_of(fields), name=fields["checkout_id"])
            return {}


def _id(customer: str, tier: str | None, cycle: str) -> str:
    """A repeat within some minutes is the same checkout (T-81, T-82), in whichever process."""
    words = (customer, tier or "", cycle, str(now_s() // SAME_FOR_S))
    return f"hwc_{hashlib.sha256('|'.join(words).encode()).hexdigest()[:40]}"


def _cookie(request: Request) -> str | None:
    visitor = cookies.visitor_of(request)
    return str(visitor) if visitor else None


def _text(given: Any) -> str | None:
    return given if isinstance(given, str) else None


def _texts(given: Any) -> dict[str, str]:
    pairs = given.items() if isinstance(given, Mapping) else ()
    return {str(name): value for name, value in pairs if isinstance(value, str)}


def _paid_at(url: str | None) -> Answer:
    if not url:
        raise CheckoutRefused(502, "The checkout has no address. Try again in a minute.")
    return Answer(201, {"checkout_url": url})


def _failed(error: Exception) -> Answer:
    if isinstance(error, CheckoutRefused):
        return Answer(error.status, {"message": error.message})
    log.exception("checkout_failed")
    return Answer(500, {"message": "The checkout could not be opened. Try again in a minute."})


def _at_once(given: Any) -> Any:
    if inspect.isawaitable(given):
        raise TypeError("A desk that is not awaited needs functions that are not coroutines.")
    return given


async def _in_time(given: Any) -> Any:
    return await given if inspect.isawaitable(given) else given
