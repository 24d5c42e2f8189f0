"""The truth about one plan, worked out step by step without any server."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from headwater.simulate.books import Books
from headwater.simulate.facts import Asked, Outcome, Reply
from headwater.simulate.money import LATE
from headwater.simulate.plans import HALVES, Lead, Race, Refund, Sale, Visit

if TYPE_CHECKING:
    from headwater.simulate.plans import Plan, Step
    from headwater.simulate.world import World


def work_out(world: World, plan: Plan) -> Outcome:
    """Tell what a plan leaves behind and how each step has to be answered."""
    model = _Model(world, plan)
    for half in HALVES:
        model.half = half
        for step in plan.halves[half]:
            model.outcome.replies[half].append(model.take(step))
    model.rate_arrives()
    return model.outcome


class _Model(Books):
    """Decides, call by call, what a customer's books get and how the call is answered."""

    def take(self, step: Step) -> Reply | None:
        match step:
            case Visit():
                self.visit(step)
                return None
            case Lead():
                return self.lead(step)
            case Sale():
                return self.sale(step)
            case Refund():
                return self.refund(step)
            case Race():
                return self.race(step)
            case _:
                assert_never(step)

    def visit(self, visit: Visit) -> None:
        plain = visit.redirects + visit.clicks_by_api
        self.outcome.hits[visit.link] += plain + visit.prefetches
        if plain and not self.plan.bot and visit.link not in self.outcome.clicked:
            self.outcome.clicked.append(visit.link)

    def race(self, race: Race) -> Reply:
        """Whoever wins the race, the end is that of the right order."""
        for step in race.steps:
            reply = self.take(step)
            if reply and reply.fact and not isinstance(step, Race):
                self.outcome.asked_again.append(Asked(step=step, fact=reply.fact))
        return Reply(status=200)

    def lead(self, lead: Lead) -> Reply:
        known = self.leads.get(lead.event)
        if lead.forged:
            return self.keep("forged", self.plan.customer, 404)
        if known and lead.link is not None and self.touch(lead.event).link != lead.link:
            self.keep("conflict", self.plan.customer, 200)
        if known:
            return Reply(status=200, fact=known)
        if lead.link is None and not self.touches:
            return self.keep("no_click", self.plan.customer, 400)
        link = self.touches[-1].link if lead.link is None else lead.link
        fact = self.new_lead(lead.event, link, lead.email_of)
        self.attach_sales({"unknown_customer", f"no_such_lead:{lead.event}"})
        return Reply(status=200, fact=fact)

    def sale(self, sale: Sale) -> Reply:
        first = self.asked.setdefault(sale.name, sale)
        if (first.amount, first.currency) != (sale.amount, sale.currency):
            return self.contradiction(sale)
        if sale.name in self.sales:
            return Reply(status=200, fact=self.sales[sale.name])
        if sale.amount == 0:
            return self.keep("zero_amount", sale.name, 200, waits=True)
        if sale.currency == LATE:
            return self.sale_waits(sale, "unknown_rate", 200)
        return self.rated_sale(sale)

    def rated_sale(self, sale: Sale) -> Reply:
        if not self.touches:
            return self.sale_of_stranger(sale)
        if sale.lead_event and sale.lead_event not in self.leads:
            return self.sale_waits(sale, f"no_such_lead:{sale.lead_event}", 404)
        return Reply(status=200, fact=self.new_sale(sale))

    def contradiction(self, sale: Sale) -> Reply:
        if sale.keyed:
            return Reply(status=409)
        self.keep("conflict", sale.name, 200)
        return Reply(status=200, fact=self.sales[sale.name])

    def sale_of_stranger(self, sale: Sale) -> Reply:
        if sale.link is None:
            return self.sale_waits(sale, "unknown_customer", 200)
        if sale.forged:
            return self.keep("forged", self.plan.customer, 404)
        event = sale.lead_event or "Sign up"
        lead = self.new_lead(event, sale.link, sale.email_of)
        again = Lead(event=event, link=sale.link, email_of=sale.email_of)
        self.outcome.asked_again.append(Asked(step=again, fact=lead))
        return Reply(status=200, fact=self.new_sale(sale))

    def refund(self, refund: Refund) -> Reply:
        known = self.refunds.get(refund.name)
        sale = self.sales.get(refund.sale)
        if known and known.original != refund.amount:
            return self.keep("conflict", refund.name, 409)
        if known:
            return Reply(status=200, fact=known)
        if sale is None:
            self.waiting_refunds.append(refund)
            return Reply(status=200, waits=True)
        if refund.amount > sale.original - self.given_back(refund.sale).original:
            return self.keep("refund_exceeds_sale", refund.name, 422)
        return Reply(status=200, fact=self.new_refund(refund, sale))

    def attach_sales(self, reasons: set[str]) -> None:
        ready = [(s, why) for s, why in self.waiting_sales if why in reasons]
        self.waiting_sales = [w for w in self.waiting_sales if w not in ready]
        for sale, _ in ready:
            self.outcome.asked_again.append(Asked(step=sale, fact=self.new_sale(sale)))

    def rate_arrives(self) -> None:
        self.attach_sales({"unknown_rate"})

    def sale_waits(self, sale: Sale, reason: str, status: int) -> Reply:
        self.waiting_sales.append((sale, reason))
        return Reply(status=status, waits=True)

    def keep(self, reason: str, about: str, status: int, *, waits: bool = False) -> Reply:
        self.outcome.inbox.add((reason, about))
        return Reply(status=status, waits=waits)
