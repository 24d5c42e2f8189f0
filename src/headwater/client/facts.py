"""What a backend tells: one method per call of the API, from a thread or awaited."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import quote

Json = dict[str, Any]
Self_ = TypeVar("Self_")
Result = TypeVar("Result")
Given = ParamSpec("Given")


def in_thread(
    call: Callable[Concatenate[Self_, Given], Result],
) -> Callable[Concatenate[Self_, Given], Coroutine[Any, Any, Result]]:
    """The same call for code that must not wait in its own thread."""

    async def awaited(self: Self_, /, *args: Given.args, **kwargs: Given.kwargs) -> Result:
        return await asyncio.to_thread(call, self, *args, **kwargs)

    return wraps(call)(awaited)


class Facts:
    """What becomes of a call, `_tracked` says: made at once, or kept to be made later."""

    def signup(
        self,
        customer_external_id: str,
        *,
        customer_name: str | None = None,
        customer_email: str | None = None,
        customer_avatar: str | None = None,
        visitor_id: str | None = None,
        click_id: str | None = None,
        touches: Sequence[Mapping[str, Any]] | None = None,
        landing: Mapping[str, Any] | None = None,
        referral: str | None = None,
        consent: Mapping[str, str] | None = None,
        event_name: str | None = None,
        new_customer: bool | None = None,
        metadata: Mapping[str, Any] | None = None,
        timeout_s: float | None = None,
        keyed: bool = True,
    ) -> Json:
        """All touches of a visitor become the customer's.

        `visitor_id` is the cookie's whole value, `landing` the touch of the address that signs up.
        `signup` of the answer names the providers this call associated first: once for ever. Not
        `keyed`, the server need not remember the answer: a repeat may not show `signup` again.
        """
        fields = {name: value for name, value in locals().items() if name != "keyed"}
        return self._tracked("/track/signup", fields, keyed=keyed)

    def lead(
        self,
        customer_external_id: str,
        event_name: str,
        *,
        click_id: str | None = None,
        customer_name: str | None = None,
        customer_email: str | None = None,
        customer_avatar: str | None = None,
        mode: str | None = None,
        event_quantity: int | None = None,
        metadata: Mapping[str, Any] | None = None,
        timeout_s: float | None = None,
    ) -> Json:
        fields = dict(locals())
        return self._tracked("/track/lead", fields)

    def sale(
        self,
        customer_external_id: str,
        amount: int,
        *,
        currency: str | None = None,
        event_name: str | None = None,
        payment_processor: str | None = None,
        invoice_id: str | None = None,
        lead_event_name: str | None = None,
        click_id: str | None = None,
        plan: str | None = None,
        promo_code: str | None = None,
        subscription_id: str | None = None,
        scope: str | None = None,
        administrative: bool | None = None,
        occurred_at: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        timeout_s: float | None = None,
    ) -> Json:
        """`amount` in minor units of `currency`. With an `invoice_id` it counts once for ever.

        `scope` is `personal` or `organization`; what is `administrative`, or of an organization, is
        reported to no network. `occurred_at` (ISO 8601, by a clock that is right) is when it
        happened, where that is not now.
        """
        fields = dict(locals())
        return self._tracked("/track/sale", fields)

    def refund(
        self,
        sale: str,
        amount: int,
        key: str,
        *,
        reason: str | None = None,
        occurred_at: str | None = None,
        timeout_s: float | None = None,
    ) -> Json:
        """`sale` is its id, or `ext_<invoice id>`. One `key` is one refund of that sale."""
        fields = {name: value for name, value in locals().items() if name != "sale"}
        return self._tracked(f"/sales/{quote(sale, safe='')}/refunds", fields)

    def dispute(
        self,
        sale: str,
        key: str,
        *,
        amount: int | None = None,
        reason: str | None = None,
        state: str | None = None,
        occurred_at: str | None = None,
        timeout_s: float | None = None,
    ) -> Json:
        """`sale` as in a refund, `key` the processor's id; `state` is `opened`, `won` or `lost`."""
        fields = {name: value for name, value in locals().items() if name != "sale"}
        return self._tracked(f"/sales/{quote(sale, safe='')}/disputes", fields)

    def milestone(
        self,
        customer_external_id: str,
        type: str,  # noqa: A002 - as the API calls it
        entity: str | None = None,
        *,
        plan: str | None = None,
        scope: str | None = None,
        administrative: bool | None = None,
        occurred_at: str | None = None,
        customer_name: str | None = None,
        customer_email: str | None = None,
        customer_avatar: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        timeout_s: float | None = None,
    ) -> Json:
        """`signup`, `trial_start`, `trial_end` or `subscription_start`, once per `entity`: your
        id of the trial or the subscription. For a new account call `signup`: it attaches the
        visitor, too.
        """
        fields = dict(locals()) | {"source": "client"}
        return self._tracked("/track/milestone", fields)

    def checkout(
        self,
        checkout_id: str,
        *,
        customer_external_id: str | None = None,
        visitor_id: str | None = None,
        attribution: Mapping[str, Any] | None = None,
        timeout_s: float | None = None,
    ) -> Json:
        """Keep what a checkout says of its origin; the same id again gives the first result."""
        fields = dict(locals())
        return self._tracked("/checkout/attribution", fields)

    signup_async = in_thread(signup)
    lead_async = in_thread(lead)
    sale_async = in_thread(sale)
    refund_async = in_thread(refund)
    dispute_async = in_thread(dispute)
    milestone_async = in_thread(milestone)
    checkout_async = in_thread(checkout)

    def _tracked(self, path: str, fields: Json, *, keyed: bool = True) -> Json:
        raise NotImplementedError
