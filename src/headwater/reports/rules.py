"""What a network is told of a fact, what that hangs on, and why it is told nothing."""

import hashlib
from dataclasses import dataclass

from msgspec.structs import replace

from headwater.attribution import Attribution
from headwater.delivery import GIVES_WAY, Parent
from headwater.kit.clock import MINUTE_US
from headwater.reports.model import (
    Cause,
    Fact,
    ImpactSettings,
    Partial,
    Reason,
    Reportable,
    Snapshot,
)

PROVIDER = "impact"
GAP_US = 5 * MINUTE_US  # what hangs on a sign-up, after that was delivered
GENERATED = "IR_AN_64_TS"  # the network makes an order id of its own
ORDER_ID_MAX = 64
PERSONAL = "personal"
_LEADS = frozenset({Fact.SIGNUP, Fact.TRIAL_START, Fact.TRIAL_END})
_AFTER_SALE = frozenset({Fact.REVERSAL, Fact.CORRECTION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`attribution`: the customer's for this network. What their browser last said no to: handing
    anything to networks, or a hash of their address. `sale_reported`: whether the sale a reversal
    or a correction speaks of was told, or is about to be; `sale_reversed`: whether its end was.
    """

    fact: Reportable
    settings: ImpactSettings
    attribution: Attribution | None
    sharing_denied: bool = False
    personal_denied: bool = False
    sale_reported: bool = False
    sale_reversed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """A touch nobody has an account for yet. `click_id`: the network's, None where it has none that
    counts.
    """

    at: int
    click_id: str | None
    sharing_denied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is told, once under its key, and after what. `restates`: what was told under it before
    no longer holds.
    """

    natural_key: str
    snapshot: Snapshot
    parent: Parent | None = None
    restates: bool = False

    @property
    def after_signup(self) -> bool:
        """Whether a sign-up has to be there; a reversal hangs on a sale, which saw to that."""
        return self.parent is not None and not self.parent.settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    natural_key: str
    reason: Reason


def meant(fact: Reportable, settings: ImpactSettings) -> Reportable:
    """A refund that leaves a part is a correction, unless it takes the action back all the same."""
    part = fact.kind == Fact.REVERSAL and fact.cause == Cause.REFUND and not fact.whole
    if not part or settings.partial_refunds == Partial.REVERSE:
        return fact
    return replace(fact, kind=Fact.CORRECTION)


def decide(facts: Facts) -> Report | Skip:
    """In order: a kind it never hears of (A-37), what an administrator or an organisation did
    (A-35, A-7), a customer it did not bring (A-70) or who does not want it told (T-103), what
    earned nothing (A-30), a reversal that is none of its business (A-87, A-96). All else is told.
    """
    fact = facts.fact
    reason = _against(facts)
    if reason is not None:
        return Skip(natural_key=key_of(fact), reason=reason)
    snapshot = _snapshot(facts)
    return Report(
        natural_key=key_of(fact),
        snapshot=snapshot,
        parent=_parent(fact),
        restates=fact.kind == Fact.CORRECTION,
    )


def _against(facts: Facts) -> Reason | None:
    fact = facts.fact
    if fact.kind in _AFTER_SALE:
        return _against_reversal(facts)
    if fact.kind not in _LEADS | {Fact.SALE}:
        return Reason.NOT_REPORTED_KIND
    if fact.administrative:
        return Reason.ADMINISTRATIVE
    if fact.scope != PERSONAL:
        return Reason.ORGANIZATION
    if facts.attribution is None:
        return Reason.NO_ATTRIBUTION
    if facts.sharing_denied:
        return Reason.SHARING_DENIED
    if fact.kind == Fact.SALE and (fact.amount is None or fact.amount <= 0 or not fact.currency):
        return Reason.ZERO_AMOUNT
    return None


def _against_reversal(facts: Facts) -> Reason | None:
    """Whoever was told of the sale hears of its end, whatever became of the customer since."""
    if not facts.sale_reported:
        return Reason.SALE_NOT_REPORTED
    if facts.fact.cause == Cause.REFUND and not facts.settings.reverse_refunds:
        return Reason.REFUNDS_STAY
    if facts.fact.kind == Fact.CORRECTION:
        if facts.settings.partial_refunds == Partial.LEAVE:
            return Reason.PARTIAL_REFUND
        if facts.sale_reversed:
            return Reason.ALREADY_REVERSED
    return None


def visit(landing: Landing) -> Report | None:
    """Somebody landed with this network's click (A-25), which is told once, whoever has it. None:
    without a click, and where handing anything to networks is denied (T-103).
    """
    if landing.click_id is None or landing.sharing_denied:
        return None
    said = Snapshot(kind=Fact.VISIT, at=landing.at, order_id=GENERATED, click_id=landing.click_id)
    return Report(natural_key=visit_key(landing.click_id), snapshot=said)


def visit_key(click_id: str) -> str:
    """The click itself is not written where it would stay."""
    return f"{GIVES_WAY}{hashlib.blake2b(click_id.encode(), digest_size=16).hexdigest()}"


def key_of(fact: Reportable) -> str:
    """A customer signs up once (A-64), a sale is reversed once (A-91), a fact is told once. What is
    left of a sale is one report, told anew when it changes.
    """
    match fact.kind:
        case Fact.SIGNUP:
            return signup_key(fact.customer.id)
        case Fact.REVERSAL:
            return reversal_key(fact.sale_id)
        case Fact.CORRECTION:
            return correction_key(fact.sale_id)
        case kind:
            return f"{kind}:{fact.fact_id}"


def signup_key(customer_id: str) -> str:
    return f"{Fact.SIGNUP}:{customer_id}"


def sale_key(sale_id: str | None) -> str:
    return f"{Fact.SALE}:{sale_id}"


def reversal_key(sale_id: str | None) -> str:
    return f"{Fact.REVERSAL}:{sale_id}"


def correction_key(sale_id: str | None) -> str:
    return f"{Fact.CORRECTION}:{sale_id}"


def _parent(fact: Reportable) -> Parent | None:
    """A sign-up hangs on nothing; a reversal or a correction waits until the network said what
    became of the sale, and not a moment longer (A-58, A-94).
    """
    if fact.kind == Fact.SIGNUP:
        return None
    if fact.kind in _AFTER_SALE:
        return Parent(natural_key=sale_key(fact.sale_id), settled=True)
    return Parent(natural_key=signup_key(fact.customer.id), gap_us=GAP_US)


def signup_of(fact: Reportable, attribution: Attribution) -> Reportable:
    """The sign-up that nobody reported, as of when the customer was attributed (A-59), and no later
    than what hangs on it.
    """
    return Reportable(
        kind=Fact.SIGNUP,
        fact_id=fact.customer.id,
        customer=fact.customer,
        at=min(attribution.created_at, fact.at),
    )


def _snapshot(facts: Facts) -> Snapshot:
    fact, attribution = facts.fact, facts.attribution
    if fact.kind in _AFTER_SALE:
        said = Snapshot(kind=fact.kind, at=fact.at, order_id=_order_id(fact), cause=fact.cause)
        if fact.kind == Fact.REVERSAL:
            return said
        return replace(said, amount=fact.amount, currency=fact.currency)
    customer = fact.customer
    said = Snapshot(
        kind=fact.kind,
        at=fact.at,
        order_id=_order_id(fact),
        click_id=(attribution.identifier or None) if attribution else None,
        customer_id=_customer_id(customer.id, customer.external_id),
        customer_email=None if facts.personal_denied else hashed(customer.email),
        promo_code=fact.promo_code or None,
    )
    if fact.kind != Fact.SALE:
        return said
    return replace(said, amount=fact.amount, currency=fact.currency, plan=fact.plan)


def _order_id(fact: Reportable) -> str:
    """Of a sale and what becomes of it ours, of anything else the network's (A-45)."""
    if fact.kind in _LEADS:
        return GENERATED
    own = fact.sale_id if fact.kind in _AFTER_SALE else fact.fact_id
    return order_id(str(own), fact.order_ref)


def order_id(sale_id: str, order_ref: str | None) -> str:
    """The same at every attempt (A-47): the invoice, or the sale where there is none, or none the
    network has room for.
    """
    given = order_ref or ""
    return given if 0 < len(given) <= ORDER_ID_MAX else sale_id


def _customer_id(ours: str, external_id: str) -> str:
    """The name the page's tag gives them too; ours where theirs is an e-mail address (A-50)."""
    return ours if "@" in external_id else external_id


def hashed(email: str | None) -> str | None:
    """SHA-1 of the trimmed, lower-cased address (A-18); None where there is none to hash."""
    plain = (email or "").strip().lower()
    return hashlib.sha1(plain.encode(), usedforsecurity=False).hexdigest() if plain else None
