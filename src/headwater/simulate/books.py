"""One customer's books: how a lead, a sale and a refund become facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.simulate.facts import Asked, Fact, Outcome
from headwater.simulate.money import converted, part
from headwater.simulate.terms import (
    Touch,
    lead_earning,
    partner_paid,
    sale_earning,
    winning_link,
)

if TYPE_CHECKING:
    from headwater.simulate.plans import Plan, Refund, Sale
    from headwater.simulate.world import World


class Books:
    """What is known of one customer so far; each method adds one fact and what follows from it."""

    def __init__(self, world: World, plan: Plan) -> None:
        self.world = world
        self.plan = plan
        self.half = 0
        self.outcome = Outcome()
        self.touches: list[Touch] = []
        self.email_of: int | None = None
        self.programs_led_to: set[int | None] = set()
        self.leads: dict[str, Fact] = {}
        self.sales: dict[str, Fact] = {}
        self.refunds: dict[str, Fact] = {}
        self.asked: dict[str, Sale] = {}
        self.waiting_sales: list[tuple[Sale, str]] = []
        self.waiting_refunds: list[Refund] = []

    def new_lead(self, event: str, link: int, email_of: int | None) -> Fact:
        self.email_of = email_of if self.email_of is None else self.email_of
        clicked = self.outcome.clicked.index(link)
        self.touches.append(Touch(event=event, clicked=clicked, link=link))
        winner, owed = self.first_lead_pays(link)
        fact = Fact(
            kind="lead",
            name=f"{self.plan.customer}|{event}",
            customer=self.plan.customer,
            label=event,
            link=link,
            winner=winner,
            owed=owed,
        )
        self.leads[event] = fact
        self.outcome.facts.append(fact)
        return fact

    def first_lead_pays(self, link: int) -> tuple[int | None, int | None]:
        program = self.world.program_of(link)
        if program in self.programs_led_to:
            return None, None
        self.programs_led_to.add(program)
        partner = partner_paid(self.world, link, self.half, self.email_of)
        return partner, lead_earning(self.world, partner)

    def new_sale(self, sale: Sale) -> Fact:
        amount = converted(sale.amount, sale.currency)
        won = winning_link(self.world, self.touches, sale.lead_event)
        partner = partner_paid(self.world, won, self.half, self.email_of)
        lead = self.touch(sale.lead_event) if sale.lead_event else self.touches[-1]
        fact = Fact(
            kind="sale",
            name=sale.name,
            customer=self.plan.customer,
            label="Purchase",
            link=lead.link,
            winner=partner,
            owed=sale_earning(self.world, partner, amount, self.half),
            amount=amount,
            original=sale.amount,
            currency=sale.currency,
        )
        self.sales[sale.name] = fact
        self.outcome.facts.append(fact)
        self.attach_refunds(fact)
        return fact

    def new_refund(self, refund: Refund, sale: Fact) -> Fact:
        before = self.given_back(refund.sale)
        original = before.original + refund.amount
        amount = part(sale.amount, original, sale.original)
        reversed_ = part(sale.owed or 0, original, sale.original)
        fact = Fact(
            kind="refund",
            name=refund.name,
            customer=sale.customer,
            label=refund.sale,
            link=sale.link,
            winner=sale.winner,
            owed=reversed_ - (before.owed or 0),
            amount=amount - before.amount,
            original=refund.amount,
            currency=sale.currency,
        )
        self.refunds[refund.name] = fact
        self.outcome.facts.append(fact)
        return fact

    def attach_refunds(self, sale: Fact) -> None:
        ready = [refund for refund in self.waiting_refunds if refund.sale == sale.name]
        self.waiting_refunds = [r for r in self.waiting_refunds if r not in ready]
        for refund in ready:
            self.outcome.asked_again.append(Asked(step=refund, fact=self.new_refund(refund, sale)))

    def given_back(self, sale: str) -> Fact:
        parts = [fact for fact in self.refunds.values() if fact.label == sale]
        return Fact(
            kind="refund",
            name=sale,
            customer=self.plan.customer,
            label=sale,
            link=0,
            owed=sum(p.owed or 0 for p in parts),
            amount=sum(p.amount for p in parts),
            original=sum(p.original for p in parts),
        )

    def touch(self, event: str) -> Touch:
        return next(touch for touch in self.touches if touch.event == event)
