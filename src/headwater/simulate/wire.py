"""How each planned step looks as a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headwater.simulate.client import Call
from headwater.simulate.plans import Forgery, Lead, Refund, Sale
from headwater.simulate.world import chance

if TYPE_CHECKING:
    from headwater.simulate.plans import Plan
    from headwater.simulate.run import Run

_ID_FIELDS = ("customerExternalId", "externalId", "customerId")
_INVENTED = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def call_of(run: Run, plan: Plan, step: Lead | Sale | Refund) -> Call:
    """Turn a keyed step into a request; the same step always makes the same request."""
    match step:
        case Lead():
            return Call(method="POST", path="/track/lead", body=_lead_body(run, plan, step))
        case Sale():
            key = {"Idempotency-Key": run.prefix + step.name} if step.keyed else {}
            body = _sale_body(run, plan, step)
            return Call(method="POST", path="/track/sale", body=body, headers=key)
        case Refund():
            return _refund_call(run, step)


def redirect_call(run: Run, plan: Plan, link: int, method: str, *, prefetch: bool) -> Call:
    """Ask the edge for a short link, as a browser or a bot does."""
    headers = {
        "User-Agent": plan.agent,
        "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
        "Accept-Language": "en-GB,en;q=0.8",
    }
    if prefetch:
        headers["Sec-Purpose"] = "prefetch"
    return Call(method=method, path=run.link_path(link), headers=headers, host=run.options.domain)


def click_call(run: Run, plan: Plan, link: int) -> Call:
    """Report a click from a page, where no redirect took place."""
    body = {
        "domain": run.options.domain,
        "key": run.link_path(link).removeprefix("/"),
        "url": "https://shop.example.com/landing",
        "referrer": "https://blog.example.net/",
    }
    agent = {"User-Agent": plan.agent}
    return Call(method="POST", path="/track/click", body=body, headers=agent, public=True)


def click_id(run: Run, plan: Plan, link: int, forged: Forgery | None) -> str:
    """Give the click id of a link visited before, or one that was never given out."""
    genuine = run.clicks.get((plan.index, link), "no click id was given")
    if forged is Forgery.FLIPPED:
        return _flipped(genuine)
    if forged is Forgery.INVENTED:
        rng = chance(run.options.seed, f"invented/{plan.index}")
        return "".join(rng.choices(_INVENTED, k=max(len(genuine), 16)))
    return genuine


def _flipped(genuine: str) -> str:
    """Change one character in the middle for another of the same id, so the alphabet fits."""
    place = len(genuine) // 2
    other = next((c for c in genuine if c.lower() != genuine[place].lower()), "0")
    return genuine[:place] + other + genuine[place + 1 :]


def _lead_body(run: Run, plan: Plan, lead: Lead) -> dict[str, Any]:
    body = {
        "eventName": lead.event,
        _ID_FIELDS[plan.index % 3]: run.prefix + plan.customer,
        "metadata": {"visitor": plan.index},
    }
    if lead.link is not None:
        body["clickId"] = click_id(run, plan, lead.link, lead.forged)
    return body | _person(run, plan, lead.email_of)


def _sale_body(run: Run, plan: Plan, sale: Sale) -> dict[str, Any]:
    body: dict[str, Any] = {
        "customerExternalId": run.prefix + plan.customer,
        "amount": sale.amount,
        "currency": run.currency(sale.currency),
        "paymentProcessor": "custom",
        "metadata": {"visitor": plan.index},
    }
    if sale.keyed:
        body["eventName"] = f"Purchase {run.prefix}{sale.name}"
    else:
        body["invoiceId"] = run.prefix + sale.name
    if sale.lead_event:
        body["leadEventName"] = sale.lead_event
    if sale.link is not None:
        body["clickId"] = click_id(run, plan, sale.link, sale.forged)
        body |= _person(run, plan, sale.email_of)
    return body


def _person(run: Run, plan: Plan, email_of: int | None) -> dict[str, str]:
    own = f"{run.prefix}{plan.customer}@example.org"
    email = own if email_of is None else run.partner_email(email_of)
    return {"customerName": f"Customer {plan.index}", "customerEmail": email}


def _refund_call(run: Run, refund: Refund) -> Call:
    sale = f"ext_{run.prefix}{refund.sale}"
    if not refund.by_invoice:
        sale = run.ids.get(f"sale|{refund.sale}", "sale_that_was_never_answered")
    body = {"amount": refund.amount, "key": run.prefix + refund.name, "reason": "simulated"}
    return Call(method="POST", path=f"/sales/{sale}/refunds", body=body)
