"""A new model cannot be forgotten: it stops where it must be decided, and every list tells."""

import ast
import re
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from msgspec.structs import replace

import headwater.simulate.world as simulated
from headwater.attribution import Facts, Reason, Terms, Touch, credit, ruling
from headwater.db import Dialect, Read
from headwater.http.api.programs import NewProgram
from headwater.kit.clock import DAY_US
from headwater.programs import Model, SelfReferral
from headwater.runtime import App
from tests.order.world import LINKS, PROGRAMS
from tests.tidy.source import REPO, Finding, Module, modules, nothing, parsed

MODELS = {model.value for model in Model}
NOVELTY: Any = "coin_toss"  # what a stored model would be that this code does not know
WINS = {Model.FIRST: "a", Model.LAST: "c"}  # between clicks a, b and c, by hand


def touch(name: str, day: int, model: Model = Model.LAST) -> Touch:
    """A click of a partner that qualifies."""
    terms = Terms(program_id="prog", model=model, window_days=30, self_referral=SelfReferral.ALLOW)
    return Touch(
        click_id=name,
        clicked_at=day * DAY_US,
        hit_class="human",
        link_number=1,
        link_id=f"link_{name}",
        link_disabled_at=None,
        lead_id=f"lead_{name}",
        lead_key=name,
        lead_position=0,
        partner_id=f"pn_{name}",
        terms=terms,
        enrolled=True,
        stopped_at=None,
        partner_email=None,
    )


def decided(model: Model, *, frozen: str | None) -> Any:
    """Between clicks a, b and c, in this order."""
    touches = [touch(name, day, model) for day, name in enumerate("abc", 1)]
    facts = Facts(
        conversion_at=9 * DAY_US,
        touches=touches,
        named_lead=None,
        frozen_click_id=frozen,
        customer_addresses=(),
    )
    return credit(facts)


def test_the_word_used_for_no_model_is_none():
    assert NOVELTY not in MODELS, "choose another word here"


def test_each_model_picks_the_click_it_is_named_for():
    assert set(WINS) == set(Model), "say here who wins between a, b and c"
    found = {model: decided(model, frozen=None).winner.click_id for model in Model}
    assert found == WINS


def test_a_model_nobody_decided_about_stops_the_decision():
    with pytest.raises(AssertionError, match=NOVELTY):
        ruling(NOVELTY)
    with pytest.raises(AssertionError, match=NOVELTY):
        decided(NOVELTY, frozen=None)


def test_each_model_has_reasons_and_words_of_its_own():
    rulings = [ruling(model) for model in Model]
    for name in ("won", "lost", "title", "why_won", "why_lost"):
        assert len({getattr(said, name) for said in rulings}) == len(Model), name
    assert not {said.won for said in rulings} & {said.lost for said in rulings}


@pytest.mark.parametrize("model", Model)
def test_the_reasons_given_are_those_of_the_ruling(model):
    found = decided(model, frozen=None)
    assert found.reason is ruling(model).won
    told = {verdict.won: verdict.reason for verdict in found.verdicts}
    assert told == {True: ruling(model).won, False: ruling(model).lost}


@pytest.mark.parametrize("model", Model)
@pytest.mark.parametrize("frozen", "abc")
def test_what_is_frozen_wins_and_can_be_restated_only_where_the_ruling_says_so(model, frozen):
    found, free = decided(model, frozen=frozen), decided(model, frozen=None)
    wins = ruling(model).frozen_wins
    assert found.winner.click_id == (frozen if wins else free.winner.click_id)
    assert found.restatable is wins
    surfaced = [each.touch.click_id for each in found.verdicts if each.reason == "surfaced_later"]
    assert surfaced == ([name for name in "abc" if name < frozen] if wins else [])


@pytest.mark.parametrize("model", Model)
def test_where_nobody_is_credited_there_is_nothing_to_restate(model):
    nobody = replace(touch("a", 1, model), enrolled=False)
    facts = Facts(
        conversion_at=9 * DAY_US,
        touches=[nobody],
        named_lead=None,
        frozen_click_id="a",
        customer_addresses=(),
    )
    assert not credit(facts).restatable


def open_question(module: Module) -> Iterator[Finding]:
    """Models and their reasons are told apart by a `match` that ends with `assert_never`."""
    instead = "take it from attribution.ruling(model), or match with `case _: assert_never(…)`"
    spelled = {
        reason.value for model in Model for reason in (ruling(model).won, ruling(model).lost)
    }
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Match):
            cases = [ast.unparse(case.pattern) for case in node.cases]
            last = ast.unparse(node.cases[-1])
            if any(case.startswith("Model.") for case in cases) and "assert_never(" not in last:
                yield Finding(module.at(node), "a match on the model that is not closed", instead)
        elif isinstance(node, ast.Compare):
            for side in (node.left, *node.comparators):
                word = side.value if isinstance(side, ast.Constant) else None
                names = re.match(r"(attribution\.)?(Model|Reason)\.[A-Z_]+$", ast.unparse(side))
                named = names is not None and names[2] == "Model"
                reason = word in spelled
                won = names is not None and names[0].split(".")[-1].lower() in spelled
                if named or reason or won:
                    yield Finding(module.at(node), ast.unparse(node), instead)


def test_no_model_is_told_apart_by_hand():
    nothing(finding for module in modules() for finding in open_question(module))


@pytest.mark.parametrize(
    "text",
    [
        "if terms.model is Model.FIRST: ...",
        "which = 'earliest' if entry.reason == 'first_touch' else 'latest'",
        "restated = credit.reason is attribution.Reason.FIRST_TOUCH",
        "match model:\n    case Model.FIRST: ...\n    case _: ...",
    ],
)
def test_the_rule_can_fail(text):
    assert list(open_question(parsed("receipts/explain.py", text)))


def test_the_rule_lets_good_code_be():
    text = "match model:\n    case Model.FIRST: ...\n    case _: assert_never(model)\n"
    assert not list(open_question(parsed("attribution/rules.py", text)))
    text = "found = reason is Reason.NO_TOUCH_QUALIFIED"
    assert not list(open_question(parsed("attribution/rules.py", text)))
    assert Reason.NO_TOUCH_QUALIFIED not in {ruling(model).won for model in Model}


# Lists that cannot be derived, each with the place to change.


def test_the_api_takes_every_model():
    schema = msgspec.json.schema(NewProgram)
    told = schema["$defs"]["NewProgram"]["properties"]["attributionModel"]
    if "enum" not in told:  # an enum of ours is referred to
        told = schema["$defs"]["Model"]
    assert set(told["enum"]) == MODELS, "NewProgram.attribution_model in http/api/programs.py"


def test_the_store_takes_every_model(app: App):
    assert app.db.read_now(_checked) == MODELS, (
        "the check on programs.attribution_model: widen it by a migration, as in"
        " docs/operations/migrations.md"
    )


def _checked(tx: Read) -> set[str]:
    if tx.dialect is Dialect.SQLITE:
        row = tx.one("select sql from sqlite_master where name = 'programs'")
        assert row is not None
        text = re.search(r"check \(attribution_model in \((.*?)\)\)", row[0])[1]
    else:
        row = tx.one(
            "select pg_get_constraintdef(oid) from pg_constraint"
            " where conname = 'programs_attribution_model_check'"
        )
        assert row is not None
        text = row[0]
    return set(re.findall(r"'(\w+)'", text))


def test_the_simulator_knows_every_model_and_runs_a_program_under_it():
    """It imports nothing of the server, so it has a list of its own."""
    assert set(get_args(simulated.Model)) == MODELS, "Model in simulate/world.py"
    world = simulated.build_world(1)
    used = {world.programs[partner.program].model for partner in world.partners}
    assert used == MODELS, "build_world in simulate/world.py; who wins is in simulate/terms.py"


def test_the_orders_are_tried_under_every_model():
    used = {PROGRAMS[program][0] for program, _ in LINKS if program is not None}
    assert used == set(Model), "PROGRAMS and LINKS in tests/order/world.py"


def test_the_pages_name_every_model():
    http = (REPO / "docs/reference/http.md").read_text()
    listed = re.search(r"`attributionModel` \(([^)]*)\)", http)
    assert listed is not None
    assert set(re.findall(r"`(\w+)`", listed[1])) == MODELS, (
        "POST /programs in docs/reference/http.md"
    )
    rules = (REPO / "docs/reference/rules.md").read_text().partition("### Restatements")[2]
    rows = set(re.findall(r"^\| (\w+) \| (?:yes|never):", rules, re.MULTILINE))
    assert rows == MODELS, "Restatements in docs/reference/rules.md"
