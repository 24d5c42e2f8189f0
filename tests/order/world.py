"""Generated inputs: what visitors, customers and the merchant's backend did, and when.

Times are part of the input. Left out is what is first come, first served by contract: the same key
with another fact, unnamed sales of a customer with several touches, several leads of a customer in
one program that pays for leads, two rates that both hold for one sale (see test_frozen.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from headwater.kit.clock import DAY_US, HOUR_US, MINUTE_US
from headwater.programs import Model

START = 1_772_409_600_000_000  # 2026-03-02, 00:00 UTC
LAST_DAY = 45

# Programs: model, window in days, reward of a lead, basis points of a sale from day 0, from day 20.
PROGRAMS = {
    "main": (Model.LAST, 30, 500, 1000, 1250),
    "first": (Model.FIRST, 7, None, 3333, 3333),
    "other": (Model.LAST, 30, 250, 475, 2),
}
STOPPED = {("main", "dan"): 12, ("first", "cid"): 5}  # from this day on
# Links: program and partner; the last one belongs to nobody.
LINKS = (
    ("main", "ann"), ("main", "bob"), ("main", "dan"),
    ("first", "ann"), ("first", "cid"), ("other", "bob"), (None, None),
)  # fmt: skip
RATES = {"eur": "0.9213", "jpy": "157.3", "kwd": "0.30745"}
UNCOUNTED = ("bot", "preview", "prefetch")
MINUTES = st.integers(0, 59)
CURRENCIES = st.sampled_from(["usd", "eur", "jpy", "kwd"])


@dataclass(frozen=True, slots=True)
class Click:
    """A visitor on a link in an hour: what all hits of it are counted as once."""

    who: str
    link: int
    hour: int


@dataclass(frozen=True, slots=True)
class Hit:
    click: Click
    at: int
    kind: str


@dataclass(frozen=True, slots=True)
class Rate:
    currency: str
    day: str
    rate: str
    at: int


@dataclass(frozen=True, slots=True)
class Lead:
    customer: str
    email: str | None
    click: Click | None
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Sale:
    """`click` is named only where the sale brings its customer along."""

    customer: str
    email: str | None
    amount: int
    currency: str
    invoice: str | None
    lead: str | None
    click: Click | None
    at: int


@dataclass(frozen=True, slots=True)
class Refund:
    invoice: str
    key: str
    amount: int
    at: int


Input = Hit | Rate | Lead | Sale | Refund


def needs(given: Input) -> Click | None:
    """The click whose id the input carries, which therefore was answered before."""
    return given.click if isinstance(given, Lead | Sale) else None


@st.composite
def worlds(draw: st.DrawFn) -> list[Input]:
    """Inputs in their natural order: by time."""
    made: list[Input] = [*draw(_rates()), *draw(_strangers())]
    for number in range(draw(st.integers(1, 3))):
        made += draw(_customers(f"c{number}"))
    return sorted(made, key=lambda given: given.at)


@st.composite
def _rates(draw: st.DrawFn) -> list[Rate]:
    """One that holds for all sales, at a moment of its own, and one that holds for none."""
    found = []
    for currency, rate in RATES.items():
        found.append(Rate(currency, "2026-03-01", rate, draw(_moments())))
        found.append(Rate(currency, "2026-06-01", "3.5", draw(_moments())))
    return found


@st.composite
def _strangers(draw: st.DrawFn) -> list[Hit]:
    """Visitors who buy nothing, machines among them."""
    kinds = st.sampled_from(["human", "bot", "prefetch", "preview", "script"])
    hits: list[Hit] = []
    for number in range(draw(st.integers(0, 3))):
        click = draw(_clicks(f"v{number}"))
        hits += draw(_hits(click, st.lists(kinds, min_size=1, max_size=3)))
    return hits


@st.composite
def _customers(draw: st.DrawFn, name: str) -> list[Input]:
    email = draw(st.sampled_from([None, f"{name}@shop.test", "ANN@partners.test"]))
    links = draw(st.lists(st.sampled_from(range(len(LINKS))), min_size=1, max_size=3, unique=True))
    links = _one_per_paying_program(links)
    clicks = [draw(_clicks(name, link)) for link in links]
    humans = st.lists(st.sampled_from(["human", "human", "prefetch"]), min_size=1, max_size=3)
    made: list[Input] = [hit for click in clicks for hit in draw(_hits(click, humans))]
    direct = len(links) == 1 and draw(st.booleans())
    if not direct:
        made += [
            Lead(name, email, click, f"Step {number}", draw(_moments(click.hour + 1)))
            for number, click in enumerate(clicks)
        ]
    for number in range(draw(st.integers(int(direct), 3))):
        brought = clicks[0] if direct and number == 0 else None
        made += draw(_sales(name, email, number, len(links), brought))
    return made


def _one_per_paying_program(links: Sequence[int]) -> list[int]:
    """A program pays for a customer once, so whom it pays is a matter of who came first."""
    kept: dict[object, int] = {}
    for link in links:
        program = LINKS[link][0]
        pays = program is not None and PROGRAMS[program][2] is not None
        kept.setdefault(program if pays else link, link)
    return list(kept.values())


@st.composite
def _sales(
    draw: st.DrawFn, name: str, email: str | None, number: int, leads: int, click: Click | None
) -> list[Sale | Refund]:
    """A sale and its refunds; it names its lead where there are several."""
    named = leads > 1 or (click is None and draw(st.booleans()))
    # The lead of a direct sale is named by that sale, so the others there name none.
    lead = f"step {draw(st.integers(0, leads - 1))}" if leads > 1 else None
    amount = draw(st.one_of(st.integers(1, 30), st.integers(1, 200_000)))
    invoice = f"{name}-{number}" if draw(st.integers(0, 4)) else None
    at = draw(_moments() if click is None else _moments(click.hour + 1))
    currency = draw(CURRENCIES)
    sale = Sale(name, email, amount, currency, invoice, lead if named else None, click, at)
    return [sale, *(draw(_refunds(invoice, amount)) if invoice else [])]


@st.composite
def _refunds(draw: st.DrawFn, invoice: str, amount: int) -> list[Refund]:
    refunds: list[Refund] = []
    for number in range(draw(st.integers(0, 3))):
        left = amount - sum(refund.amount for refund in refunds)
        if left:
            part = draw(st.one_of(st.just(left), st.integers(1, left)))
            refunds.append(Refund(invoice, f"r{number}", part, draw(_moments())))
    return refunds


@st.composite
def _clicks(draw: st.DrawFn, who: str, link: int | None = None) -> Click:
    chosen = draw(st.sampled_from(range(len(LINKS)))) if link is None else link
    return Click(who, chosen, START // HOUR_US + draw(st.integers(0, 200)))


@st.composite
def _hits(draw: st.DrawFn, click: Click, kinds: st.SearchStrategy[list[str]]) -> list[Hit]:
    # Counted ones first; test_order_of_calls.py has a prefetch before the visit.
    drawn = sorted(draw(kinds), key=lambda kind: kind in UNCOUNTED)
    minutes = draw(st.lists(MINUTES, min_size=len(drawn), max_size=len(drawn), unique=True))
    start = click.hour * HOUR_US
    pairs = zip(drawn, sorted(minutes), strict=True)
    return [Hit(click, start + minute * MINUTE_US, kind) for kind, minute in pairs]


@st.composite
def _moments(draw: st.DrawFn, from_hour: int = START // HOUR_US) -> int:
    """A moment from that hour on."""
    last = (START + LAST_DAY * DAY_US) // MINUTE_US
    return draw(st.integers(from_hour * HOUR_US // MINUTE_US, last)) * MINUTE_US
