"""Feeds inputs to an opened store in the order given, in a workspace of their own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import assert_never

from headwater import delivery, inbox, links, programs, rates, tracking, workspace
from headwater.attribution import Hit as StoredHit
from headwater.attribution import Recorder
from headwater.audit import audit
from headwater.db import Write
from headwater.journal import seal
from headwater.kit.clock import DAY_US, HOUR_US
from headwater.kit.context import Context
from headwater.links import Link, LinkDraft
from headwater.programs import (
    PartnerDraft,
    ProgramDraft,
    RewardDraft,
    RewardEvent,
    RewardKind,
)
from headwater.rates import RateDraft
from headwater.runtime import App
from headwater.tracking import Call, LeadCall, RefundCall, SaleCall
from tests.order.books import Books, read_books
from tests.order.world import (
    LINKS,
    PROGRAMS,
    START,
    STOPPED,
    UNCOUNTED,
    Click,
    Hit,
    Input,
    Lead,
    Rate,
    Refund,
    Sale,
)

TERMS_CHANGE_DAY = 20
Step = Input | Sequence[Hit]  # hits that share a commit are one step
_numbers = count()


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace with its programs, partners and links."""

    app: App
    workspace_id: str
    links: list[Link]

    def ctx(self, now_us: int) -> Context:
        return Context(workspace_id=self.workspace_id, now_us=now_us, entropy=self.app.entropy)


def books_after(app: App, steps: Iterable[Step], *, late_us: int = 0) -> Books:
    """The books when all is processed, each step `late_us` after it was received."""
    place = made_place(app)
    for step in steps:
        perform(place, step, late_us)
    sweep(place, START + 90 * DAY_US)
    return app.db.read_now(read_books, place.workspace_id)


def sound(app: App) -> list[str]:
    """What an audit of the whole store finds."""
    app.db.write_now(seal, 1_000_000)
    return [difference.line() for difference in app.db.read_now(audit).differences]


def made_place(app: App) -> Place:
    name = f"order-{next(_numbers)}"
    setup = workspace.Setup(slug=name, domain=f"{name}.test")
    return app.db.write_now(_made_place, app, setup)


def _made_place(tx: Write, app: App, setup: workspace.Setup) -> Place:
    made = workspace.initialise(tx, setup, START, app.entropy).workspace
    place = Place(app, made.id, [])
    ctx = place.ctx(START)
    owners = {name: _program(tx, place, name) for name in PROGRAMS}
    hook = delivery.NewWebhook(name="all", url="https://hook.test/", triggers=tuple(delivery.Event))
    delivery.create_webhook(tx, ctx, hook, True)
    for number, (program, partner) in enumerate(LINKS):
        who = None
        if program is not None:
            draft = PartnerDraft(email=f"{partner}@partners.test", program_id=owners[program])
            who = programs.create_partner(tx, ctx, draft).id
        draft_link = LinkDraft(
            url="https://shop.test/",
            key=f"k{number}",
            program_id=owners.get(program or ""),
            partner_id=who,
        )
        place.links.append(links.create(tx, ctx, draft_link))
        if (program, partner) in STOPPED:
            stop_ctx = place.ctx(START + STOPPED[program, partner] * DAY_US)
            programs.deactivate(
                tx, stop_ctx, program_id=owners[program], partner_id=who, tenant_id=None
            )
    return place


def _program(tx: Write, place: Place, name: str) -> str:
    model, window_days, lead_reward, before, after = PROGRAMS[name]
    draft = ProgramDraft(name=name, attribution_model=model, window_days=window_days)
    made = programs.create_program(tx, place.ctx(START), draft)
    if lead_reward is not None:
        flat = RewardDraft(event=RewardEvent.LEAD, kind=RewardKind.FLAT, amount_minor=lead_reward)
        programs.add_reward(tx, place.ctx(START), made.id, flat)
    for points, day in ((before, 0), (after, TERMS_CHANGE_DAY)):
        share = RewardDraft(event=RewardEvent.SALE, kind=RewardKind.PERCENTAGE, basis_points=points)
        programs.add_reward(tx, place.ctx(START + day * DAY_US), made.id, share)
    return made.id


def perform(place: Place, step: Step, late_us: int = 0) -> None:
    write = place.app.db.write_now
    match step:
        case Hit():
            perform(place, [step], late_us)
        case Rate():
            write(_add_rate, place.ctx(step.at + late_us), step)
        case Lead() | Sale() | Refund():
            ctx = place.ctx(step.at + late_us)
            write(tracking.track, ctx, place.app.settings, _call(place, step))
        case _:
            recorder = _recorder(place.app)
            write(recorder.record, [_stored(place, hit) for hit in step])


def sweep(place: Place, now_us: int) -> None:
    """What the worker does with calls that were released and not replayed at once."""
    while ready := place.app.db.read_now(inbox.ready_items, place.workspace_id, 20):
        ctx = place.ctx(now_us)
        place.app.db.write_now(tracking.attach_ready, ctx, place.app.settings, ready)


@cache
def _recorder(app: App) -> Recorder:
    return Recorder(app.entropy)


def _add_rate(tx: Write, ctx: Context, given: Rate) -> None:
    draft = RateDraft(currency=given.currency, day=given.day, rate=given.rate, source="test")
    rates.add(tx, ctx, draft)
    tracking.release_rate(tx, ctx, given.currency)


def _call(place: Place, given: Lead | Sale | Refund) -> Call:
    match given:
        case Lead():
            return LeadCall(
                at=given.at,
                click_id=click_id(place, given.click) if given.click else None,
                event_name=given.name,
                customer_external_id=given.customer,
                customer_email=given.email,
            )
        case Sale():
            return SaleCall(
                at=given.at,
                customer_external_id=given.customer,
                customer_email=given.email,
                amount=given.amount,
                currency=given.currency,
                event_name="Purchase",
                payment_processor="custom",
                invoice_id=given.invoice,
                lead_event_name=given.lead,
                click_id=click_id(place, given.click) if given.click else None,
            )
        case Refund():
            sale = f"ext_{given.invoice}"
            return RefundCall(at=given.at, sale=sale, amount=given.amount, key=given.key)
        case _:
            assert_never(given)


def click_id(place: Place, click: Click) -> str:
    number = place.links[click.link].number
    return place.app.settings.click_ids.derive(number, click.who.encode(), click.hour)[1]


def _stored(place: Place, hit: Hit) -> StoredHit:
    number = place.links[hit.click.link].number
    ids = place.app.settings.click_ids
    ref, made = ids.derive(number, hit.click.who.encode(), hit.at // HOUR_US)
    return StoredHit(
        workspace_id=place.workspace_id,
        link_number=number,
        hour=ref.hour,
        visitor=ref.visitor,
        click_id=made,
        at=hit.at,
        hit_class=hit.kind,
        reason="test",
        counted=hit.kind not in UNCOUNTED,
        user_agent="",
        referrer="",
        url="https://shop.test/",
    )
