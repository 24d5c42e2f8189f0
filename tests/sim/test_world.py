"""The simulator's truth: the same for a seed everywhere, and right by hand-made examples."""

from __future__ import annotations

import ast
import asyncio
import itertools
import sys
from collections import Counter
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

import headwater.simulate
from headwater.simulate.client import Client, seconds_to_wait
from headwater.simulate.differences import MOST_LISTED, Differences
from headwater.simulate.facts import Fact, Reply
from headwater.simulate.messages import Names, keys_of, signature_is_right
from headwater.simulate.model import work_out
from headwater.simulate.money import converted, nearest, part, percentage
from headwater.simulate.moods import Mood
from headwater.simulate.options import Options
from headwater.simulate.personas import PERSONAS, write_plan
from headwater.simulate.plans import Forgery, Lead, Plan, Race, Refund, Sale, Step, Visit
from headwater.simulate.run import Run
from headwater.simulate.setup import change_terms
from headwater.simulate.totals import add_up
from headwater.simulate.trace import Trace
from headwater.simulate.world import Link, Partner, Program, Reward, World, build_world


def small_world(model: str = "last", self_referral: str = "refuse") -> World:
    """Two partners in one program at 12.75 %, a third who leaves, and a link of nobody."""
    sale = Reward(event="sale", basis_points=1275)
    program = Program(
        name="one",
        model=model,
        self_referral=self_referral,
        lead=Reward(event="lead", cents=150),
        sale=sale,
        sale_later=sale,
    )
    partners = tuple(Partner(name=name, program=0) for name in ("ann", "bob", "leaver"))
    links = (*tuple(Link(name=f"l{n}", partner=n) for n in range(3)), Link(name="l3", partner=None))
    return World(seed=0, programs=(program,), partners=partners, links=links)


def told(
    world: World, *first: Step, then: tuple[Step, ...] = ()
) -> list[tuple[str, int | None, int, int]]:
    """Work out a plan written by hand and list kind, winner, owed and amount of its facts."""
    plan = Plan(index=1, persona="hand", agent="x", bot=False, halves=(first, then))
    facts = work_out(world, plan).facts
    return [(fact.kind, fact.winner, fact.owed or 0, fact.amount) for fact in facts]


TWO_VISITS = (Visit(link=0, redirects=1), Visit(link=1, redirects=1))
TWO_LEADS = (Lead(event="Sign up", link=0), Lead(event="Trial started", link=1))


@pytest.mark.parametrize(
    ("amount", "currency", "cents"),
    [
        (1580, "usd", 1580),
        (1580, "jpy", 1000),
        (1, "jpy", 1),
        (3071, "kwd", 1000),
        (100_000, "kwd", 32_563),
        (9213, "eur", 10_000),
        (1000, "gbp", 1272),
        (104_725, "late", 10_000),
    ],
)
def test_amounts_are_converted_by_their_exponent_and_rate(
    amount: int, currency: str, cents: int
) -> None:
    assert converted(amount, currency) == cents


def test_halves_are_rounded_away_from_zero() -> None:
    assert [nearest(Fraction(n, 2)) for n in range(6)] == [0, 1, 1, 2, 2, 3]
    assert percentage(1000, 1275) == 128
    assert percentage(200, 1275) == 26
    with pytest.raises(ValueError, match="zero and above"):
        nearest(Fraction(-1, 2))


def test_parts_of_a_refund_add_up_to_the_whole() -> None:
    taken = [part(128, n, 7) for n in range(8)]
    assert taken[0] == 0
    assert taken[-1] == 128
    assert sum(b - a for a, b in itertools.pairwise(taken)) == 128


def test_the_same_seed_has_the_same_truth() -> None:
    first, second = (add_up(build_world(42), 300) for _ in range(2))
    assert first == second
    assert first.earned != add_up(build_world(43), 300).earned


def test_the_truth_of_a_seed_is_the_same_on_every_machine() -> None:
    totals = add_up(build_world(1), 200)
    kinds = Counter(fact.kind for fact in totals.facts.values())
    assert kinds == {"lead": 184, "sale": 263, "refund": 85}
    assert sum(totals.earned.values()) == 399_644
    assert sum(numbers.hits for numbers in totals.links) == 561


def test_a_late_rate_is_for_terms_that_stay_wherever_they_stand() -> None:
    """Also where programs stand the other way round."""
    world = build_world(1)
    for stage in (world, turned_round(world)):
        plans = [plan for n in range(300) if (plan := write_plan(stage, n)).persona == "late_rate"]
        links = [s.link for plan in plans for s in plan.halves[0] if isinstance(s, Visit)]
        used = {n for link in links if (n := stage.program_of(link)) is not None}
        assert [stage.programs[n].name for n in used] == ["last touch"]
        assert stage.leaver not in {stage.links[link].partner for link in links}


def turned_round(world: World) -> World:
    """The same stage with its programs in the other order."""
    return replace(
        world,
        programs=tuple(reversed(world.programs)),
        partners=tuple(replace(each, program=1 - each.program) for each in world.partners),
    )


@pytest.mark.parametrize("world", [build_world(1), turned_round(build_world(1))])
def test_who_leaves_is_stopped_in_their_own_program(world: World) -> None:
    got: list[dict[str, Any]] = []

    async def answer(request: web.Request) -> web.Response:
        got.append({"path": request.path} | await request.json())
        return web.json_response({"id": "made"})

    async def leave() -> None:
        app = web.Application()
        app.router.add_post("/{rest:.*}", answer)
        async with TestServer(app) as server:
            options = Options(
                url=str(server.make_url("")), secret="s", seed=1, visitors=0, domain="d"
            )
            client = Client(options, Trace(None))
            run = Run(options=options, world=world, client=client, prefix="sim-")
            run.programs = [each.name for each in world.programs]
            run.partners = [each.name for each in world.partners]
            await change_terms(run)
            await client.close()

    asyncio.run(leave())
    leaver = world.partners[world.leaver]
    assert got[0] == {
        "path": "/partners/deactivate",
        "partnerId": leaver.name,
        "programId": world.programs[leaver.program].name,
    }


def test_the_first_visitors_of_a_run_are_of_every_kind() -> None:
    world = build_world(5)
    told_of = {write_plan(world, n).persona for n in range(len(PERSONAS))}
    assert told_of == {persona.__name__ for _, persona in PERSONAS}


def test_no_two_people_share_an_agent_and_machines_name_themselves() -> None:
    world = build_world(9)
    plans = [write_plan(world, n) for n in range(2500)]
    people = [plan.agent for plan in plans if not plan.bot]
    assert len(set(people)) == len(people)
    assert all("Mozilla/5.0" in agent and "bot" not in agent for agent in people)


def test_a_reload_is_a_hit_and_a_prefetch_no_click() -> None:
    visits = (Visit(link=0, redirects=2, clicks_by_api=1, heads=1), Visit(link=1, prefetches=2))
    plan = Plan(index=1, persona="hand", agent="x", bot=False, halves=(visits, ()))
    outcome = work_out(small_world(), plan)
    assert outcome.hits == {0: 3, 1: 2}
    assert outcome.clicked == [0]


def test_only_the_first_lead_of_a_customer_earns() -> None:
    facts = told(
        small_world(),
        Visit(link=0, redirects=1),
        Lead(event="Sign up", link=0),
        Lead(event="Trial started", link=None),
    )
    assert facts == [("lead", 0, 150, 0), ("lead", None, 0, 0)]


@pytest.mark.parametrize(("model", "winner"), [("last", 1), ("first", 0)])
def test_the_model_picks_the_click(model: str, winner: int) -> None:
    facts = told(small_world(model), *TWO_VISITS, *TWO_LEADS, Sale(name="s1", amount=1000))
    assert facts[2:] == [("sale", winner, 128, 1000)]


@pytest.mark.parametrize("model", ["last", "first"])
def test_a_later_lead_changes_neither_the_last_click_nor_the_frozen_first(model: str) -> None:
    sales = (Sale(name="s1", amount=1000), Sale(name="s2", amount=1000, lead_event="Sign up"))
    facts = told(small_world(model), *TWO_VISITS, *reversed(TWO_LEADS), *sales)
    assert facts[2:] == [("sale", 1, 128, 1000), ("sale", 0, 128, 1000)]


def test_a_link_of_nobody_never_beats_a_partner() -> None:
    facts = told(
        small_world(),
        Visit(link=0, redirects=1),
        Visit(link=3, redirects=1),
        Lead(event="Newsletter", link=3),
        Lead(event="Sign up", link=0),
        Sale(name="s1", amount=1000),
        Sale(name="s2", amount=1000, lead_event="Newsletter"),
    )
    assert [fact[1:3] for fact in facts] == [(None, 0), (0, 150), (0, 128), (None, 0)]


def test_a_sale_without_a_lead_makes_one_and_both_earn() -> None:
    visit, sale = Visit(link=0, redirects=1), Sale(name="s1", amount=1580, currency="jpy", link=0)
    assert told(small_world(), visit, sale) == [("lead", 0, 150, 0), ("sale", 0, 128, 1000)]


def test_calls_in_the_wrong_order_end_in_the_same_books() -> None:
    visit, lead = Visit(link=0, redirects=1), Lead(event="Sign up", link=0)
    sale = Sale(name="s1", amount=1000)
    refund = Refund(sale="s1", key="r1", amount=500, by_invoice=True)
    ordered = told(small_world(), visit, lead, sale, refund)
    assert told(small_world(), visit, refund, sale, lead) == ordered
    assert told(small_world(), visit, Race(steps=(lead, sale, refund))) == ordered
    assert ordered[-1] == ("refund", 0, 64, 500)


def test_a_whole_refund_in_parts_takes_back_everything() -> None:
    parts = [Refund(sale="s1", key=f"r{n}", amount=333 + (n == 2)) for n in range(3)]
    facts = told(
        small_world(),
        Visit(link=0, redirects=1),
        Lead(event="Sign up", link=0),
        Sale(name="s1", amount=1000, currency="kwd"),
        *parts,
    )
    sale, backs = facts[1], facts[2:]
    assert sale == ("sale", 0, 42, 326)
    assert (sum(b[2] for b in backs), sum(b[3] for b in backs)) == (42, 326)


def test_too_much_is_refused_and_contradictions_keep_the_first_word() -> None:
    steps = (
        Visit(link=0, redirects=1),
        Lead(event="Sign up", link=0),
        Sale(name="s1", amount=1000),
        Sale(name="s1", amount=1001),
        Refund(sale="s1", key="r1", amount=1001),
        Sale(name="k1", amount=1000, keyed=True),
        Sale(name="k1", amount=1001, keyed=True),
        Refund(sale="s1", key="r2", amount=10),
        Refund(sale="s1", key="r2", amount=11),
    )
    plan = Plan(index=1, persona="hand", agent="x", bot=False, halves=(steps, ()))
    outcome = work_out(small_world(), plan)
    replies = [reply.status for reply in outcome.replies[0] if reply]
    assert replies == [200, 200, 200, 422, 200, 409, 200, 409]
    kept = {("conflict", "s1"), ("conflict", "s1/r2"), ("refund_exceeds_sale", "s1/r1")}
    assert outcome.inbox == kept


def test_nobody_is_paid_after_leaving_or_for_themselves() -> None:
    visit, lead = Visit(link=2, redirects=1), Lead(event="Sign up", link=2)
    facts = told(small_world(), visit, lead, then=(Sale(name="s1", amount=1000),))
    assert facts == [("lead", 2, 150, 0), ("sale", None, 0, 1000)]
    own = (Visit(link=0, redirects=1), Lead(event="Sign up", link=0, email_of=0))
    assert told(small_world(), *own)[0][1:3] == (None, 0)
    assert told(small_world(self_referral="allow"), *own)[0][1:3] == (0, 150)


def test_made_up_clicks_are_kept_and_change_nothing() -> None:
    lead = Lead(event="Sign up", link=0, forged=Forgery.FLIPPED)
    plan = Plan(
        index=1,
        persona="hand",
        agent="x",
        bot=False,
        halves=((Visit(link=0, redirects=1), lead), ()),
    )
    outcome = work_out(small_world(), plan)
    assert outcome.facts == []
    assert outcome.inbox == {("forged", "c1")}


def test_a_sale_without_a_rate_waits_for_it() -> None:
    steps = (
        Visit(link=0, redirects=1),
        Lead(event="Sign up", link=0),
        Sale(name="s1", amount=104_725, currency="late"),
    )
    plan = Plan(index=1, persona="hand", agent="x", bot=False, halves=(steps, ()))
    outcome = work_out(small_world(), plan)
    assert outcome.replies[0][-1] == Reply(status=200, waits=True)
    assert outcome.facts[-1].amount == 10_000
    assert [asked.fact for asked in outcome.asked_again] == [outcome.facts[-1]]


@pytest.mark.parametrize(
    ("now_s", "wait_s"), [(3600.0, 0.0), (7179.0, 0.0), (7181.0, 20.5), (7199.5, 2.0)]
)
def test_visits_start_where_the_hour_does_not_turn(now_s: float, wait_s: float) -> None:
    assert seconds_to_wait(now_s, margin_s=20) == wait_s


def test_a_message_of_another_run_is_left_out() -> None:
    names = Names(prefix="sim-a-", links={"link_1": 0}, partners={})
    lead = {"customer": {"externalId": "sim-a-c7"}, "eventName": "Sign up"}
    assert keys_of("lead.created", lead, names) == ["lead|c7|Sign up"]
    assert keys_of("lead.created", {"customer": {"externalId": "c7"}}, names) == []
    clicks = [{"click": {"id": n}, "link": {"id": f"link_{n}"}} for n in (1, 2)]
    assert keys_of("link.clicked", {"clicks": clicks}, names) == ["click|1"]
    assert [keys_of("link.clicked", each, names) for each in clicks] == [["click|1"], []]


def test_a_signature_over_another_body_is_wrong() -> None:
    headers = {"webhook-id": "m", "webhook-timestamp": "1", "webhook-signature": "v1,AA=="}
    assert not signature_is_right("whsec_c2VjcmV0", headers, b"{}")


def test_a_receiver_that_is_wrong_comes_round() -> None:
    mood = Mood("wrong")
    first = [mood.react(f"m{n}").status for n in range(12)]
    assert 200 not in first
    assert {mood.react(f"m{n}").status for n in range(12)} == {200}


def test_a_receiver_that_hangs_does_so_once_for_a_message() -> None:
    mood = Mood("hang")
    assert [mood.react(name).silent for name in ("m1", "m1", "m2", "m3")] == [
        True,
        False,
        True,
        False,
    ]


def test_differences_beyond_the_limit_are_counted() -> None:
    differences = Differences()
    differences.same("x", 1, 1, "equal")
    for _ in range(MOST_LISTED + 3):
        differences.same("x", 1, 2, "not equal")
    listed = differences.to_json()
    assert len(listed) == MOST_LISTED + 1
    assert listed[-1]["recorded"] == 3


def test_facts_are_plain_values() -> None:
    fact = Fact(kind="sale", name="c1-1", customer="c1", label="Purchase", link=0)
    assert asdict(fact)["name"] == "c1-1"
    assert fact.truth == "sale|c1-1"


def test_the_simulator_knows_nothing_of_the_server() -> None:
    allowed = {*sys.stdlib_module_names, "aiohttp"}
    for file in Path(headwater.simulate.__file__).parent.glob("*.py"):
        for module in _imports(ast.parse(file.read_text())):
            own = module.startswith("headwater.simulate")
            assert own or module.split(".")[0] in allowed, f"{file.name} imports {module}"


def _imports(tree: ast.Module) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
    return found
