"""Whether an answer is the one the truth calls for; what it tells is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from headwater.simulate.client import Answer
    from headwater.simulate.facts import Fact, Reply
    from headwater.simulate.plans import Plan
    from headwater.simulate.run import Run

_CODES = {
    400: "bad_request",
    404: "not_found",
    409: "conflict",
    422: "unprocessable_entity",
}


def check_answer(run: Run, plan: Plan, about: str, reply: Reply, answer: Answer) -> None:
    """Compare one answer to a keyed call with what it has to be."""
    detail = f"{about} of visitor {plan.index}, {plan.persona} (request {answer.request})"
    if answer.status != reply.status:
        run.differences.note("status", reply.status, answer.status, f"{detail}: {answer.body}")
        return
    if answer.status != 200:
        code = _read(answer.body, "error", "code")
        run.differences.same("error code", _CODES[answer.status], code, detail)
        return
    if reply.fact is None:
        _check_waiting(run, detail, answer)
        return
    _check_fact(run, plan, reply.fact, answer, detail)


def click_given(run: Run, answer: Answer) -> str | None:
    """Read the click id of a redirect or of a reported click."""
    if answer.location is None:
        given: str | None = _read(answer.body, "clickId")
        return given
    query = parse_qs(urlsplit(answer.location).query)
    return query.get(run.options.click_param, [None])[0]


def shows_fact(fact: Fact, answer: Answer) -> bool:
    """Tell whether an answer already shows a fact, or still the wait for it."""
    return answer.status == 200 and _id_in(fact, answer.body) is not None


def _check_waiting(run: Run, detail: str, answer: Answer) -> None:
    """A call that waits shows neither a sale nor the id of a refund."""
    waits = {"sale": _read(answer.body, "sale"), "id": _read(answer.body, "id")}
    run.differences.same("waiting answer", {"sale": None, "id": None}, waits, detail)


def _check_fact(run: Run, plan: Plan, fact: Fact, answer: Answer, detail: str) -> None:
    expected, recorded = _READERS[fact.kind](run, plan, fact, answer.body)
    run.differences.same(f"{fact.kind} answer", expected, recorded, detail)
    run.remember(fact, _id_in(fact, answer.body), answer.request)
    if fact.kind == "refund":
        run.refunded[fact.truth] = int(_read(answer.body, "amount") or 0)


def _id_in(fact: Fact, body: Any) -> Any:
    return _read(body, "id") if fact.kind == "refund" else _read(body, fact.kind, "id")


def _lead(run: Run, plan: Plan, fact: Fact, body: Any) -> tuple[Any, Any]:
    expected = {
        "click": run.clicks.get((plan.index, fact.link)),
        "link": run.links[fact.link],
        "customer": run.prefix + fact.customer,
        "event": fact.label,
    }
    return expected, {
        "click": _read(body, "click", "id"),
        "link": _read(body, "link", "id"),
        "customer": _read(body, "customer", "externalId"),
        "event": _read(body, "lead", "eventName"),
    }


def _sale(run: Run, _plan: Plan, fact: Fact, body: Any) -> tuple[Any, Any]:
    expected = {
        "customer": run.prefix + fact.customer,
        "amount": fact.amount,
        "currency": "usd",
        "originalAmount": fact.original,
        "originalCurrency": run.currency(fact.currency),
    }
    sale = _read(body, "sale") or {}
    recorded = {name: sale.get(name) for name in expected}
    return expected, recorded | {"customer": _read(body, "customer", "externalId")}


def _refund(run: Run, _plan: Plan, fact: Fact, body: Any) -> tuple[Any, Any]:
    expected = {
        "saleId": run.ids.get(f"sale|{fact.label}"),
        "amount": fact.amount,
        "originalAmount": fact.original,
        "originalCurrency": run.currency(fact.currency),
        "reversed": fact.owed or 0,
    }
    return expected, {name: _read(body, name) for name in expected}


_READERS = {"lead": _lead, "sale": _sale, "refund": _refund}


def _read(body: Any, *names: str) -> Any:
    """Follow names into an answer; nothing where there is nothing."""
    for name in names:
        body = body.get(name) if isinstance(body, dict) else None
    return body
