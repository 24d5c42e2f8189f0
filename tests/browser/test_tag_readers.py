"""Consent that visitors gave to others: Google's consent mode and IAB's frameworks (T-105)."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import needs_chromium, needs_tag
from tests.browser.shop import Shop
from tests.browser.test_tag import kept, sent, settled
from tests.browser.test_tag_consent import GPC, traces
from tests.support import wait_until

pytestmark = [needs_chromium, needs_tag]

# As consent platforms do it: a stub keeps who listens until there is something to say.
TCF = """<script>
const asked = []; let last;
window.__tcfapi = (command, version, call) => {
  asked.push([command, version]);
  window.listeners = (window.listeners || []).concat(call);
  if (last) call(last, true);
};
window.say = (given) => { last = given; for (const each of window.listeners) each(given, true); };
window.answer = (...purposes) => say({
  gdprApplies: true, eventStatus: 'useractioncomplete',
  purpose: {consents: Object.fromEntries(purposes.map((each) => [each, true]))},
});
</script>"""
GPP = """<script>
window.hearing = [];
window.__gpp = (command, call) => {
  hearing.push(call);
  call({eventName: 'listenerRegistered', pingData: {signalStatus: 'not ready'}}, true);
};
window.applies = (applicableSections, parsedSections) => {
  const pingData = {signalStatus: 'ready', applicableSections, parsedSections};
  for (const each of hearing) each({eventName: 'signalStatus', data: 'ready', pingData}, true);
};
</script>"""
GTAG = "<script>window.dataLayer = window.dataLayer || [];"
GTAG += "function gtag() { dataLayer.push(arguments); }%s</script>"
ALL = "{analytics_storage: '%s', ad_storage: '%s', ad_user_data: '%s', ad_personalization: '%s'}"
GRANTED, DENIED = (ALL % ((each,) * 4) for each in ("granted", "denied"))
USUAL = f"gtag('consent', 'default', {GRANTED});"
PARTLY = "gtag('consent', 'update', {ad_storage: 'denied', analytics_storage: 'granted'})"
BROKEN = "gtag('consent'); gtag('consent', 'update'); gtag('consent', 'update', null);"
LANDING = "?im_ref=X"


# By frameworks: whether the tag listens to each that the page has.
READ = """(names) => {
  const listens = {
    tcf: !window.__tcfapi || window.listeners,
    gpp: !window.__gpp || hearing.length,
    'consent-mode': Object.getPrototypeOf(window.dataLayer || []) !== Array.prototype,
  };
  return names.every((name) => !(name in listens) || listens[name]);
}"""


def visit(shop: Shop, page: Page, reads: str, body: str = "", **data: str) -> None:
    """Who has to be asked lands; the readers are there."""
    given = {"consent": "unknown", "with": reads} | data
    shop.page(body, **{name: each for name, each in given.items() if each})
    page.goto(shop.at("/" + LANDING))
    settled(page)
    wait_until(lambda: shop.asked("/t/consent-"))
    page.wait_for_function(READ, arg=reads.split())


def told(shop: Shop) -> tuple[str, str, str]:
    """Measurement, sharing and where both were said, with the touch."""
    sent(shop)
    consent = shop.posts[0].body["consent"]
    return consent["measurement"], consent["sharing"], consent["source"]


def taken_back(page: Page, said: str) -> None:
    """Until the answer is there, or the page would say so once more as it is left."""
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.evaluate(said)
    answered.value.finished()
    settled(page)


def is_silent(shop: Shop, page: Page) -> bool:
    """Nothing sent, asked of the server or stored."""
    settled(page)
    asked = {each.path.partition("-")[0] for each in shop.received}
    return asked == {"/", "/t.js", "/t/with", "/t/consent"} and traces(page) == []


def test_tcf_answers_for_the_page(shop: Shop, page: Page) -> None:
    """T-105, T-101, T-102: nothing before the answer, all of it after; a refusal takes it back."""
    visit(shop, page, "tcf", TCF)
    assert page.evaluate("asked") == [["addEventListener", 2]]
    page.evaluate("say({gdprApplies: true, eventStatus: 'cmpuishown', purpose: {consents: {}}})")
    assert is_silent(shop, page)
    page.evaluate("answer(1, 2, 3, 4, 7, 10)")
    assert told(shop) == ("granted", "granted", "tcf")
    settled(page)
    page.evaluate("say({gdprApplies: true, eventStatus: 'cmpuishown', purpose: {consents: {}}})")
    assert kept(page)["choice"]["measurement"] == "granted"
    taken_back(page, "answer()")
    assert len(shop.posts) == 2
    assert shop.posts[-1].body["events"] == [{"type": "withdraw"}]
    assert traces(page) == []


def chosen(page: Page, said: str, *given: Any) -> tuple[str, str, str]:
    """As `told`, right after a platform said something; once the page may keep it."""
    page.evaluate(f"(given) => {{ {said} }}", list(given))
    choice = kept(page)["choice"]
    assert choice["personal"] == choice["sharing"]
    return choice["measurement"], choice["sharing"], choice["source"]


def test_tcf_purposes(shop: Shop, page: Page) -> None:
    """T-105: nobody is asked where the law does not apply."""
    visit(shop, page, "tcf", TCF)
    nobody = "say({gdprApplies: false, eventStatus: 'tcloaded'})"
    assert chosen(page, nobody) == ("granted", "granted", "default")
    assert chosen(page, "answer(1, 7)") == ("granted", "denied", "tcf")
    assert chosen(page, "answer(1, 3, 4, 7)") == ("granted", "granted", "tcf")
    assert chosen(page, "answer(1, 4, 7)") == ("granted", "denied", "tcf")


@pytest.mark.parametrize("said", ["answer(7)", "answer(1, 3, 4)", "say({eventStatus: 'tcloaded'})"])
def test_tcf_without_storing_or_measuring_is_a_no(shop: Shop, page: Page, said: str) -> None:
    """T-101: also where a platform does not say whether the law applies."""
    visit(shop, page, "tcf", TCF)
    page.evaluate(said)
    assert is_silent(shop, page)


def test_a_platform_may_come_after_the_tag(shop: Shop, page: Page) -> None:
    """T-105."""
    visit(shop, page, "tcf gpp")
    script = TCF.removeprefix("<script>").removesuffix("</script>")
    page.evaluate(f"() => {{ {script} }}")
    page.wait_for_function("window.listeners?.length == 1")
    page.evaluate("answer(1, 3, 4, 7)")
    assert told(shop) == ("granted", "granted", "tcf")


OUT, IN = {"SaleOptOut": 1}, {"SaleOptOut": 2, "SharingOptOut": 2, "TargetedAdvertisingOptOut": 0}
US = [
    ([7], {"usnat": [IN, {"Gpc": False}]}, "granted"),
    ([7], {"usnat": [IN | OUT]}, "denied"),
    ([8], {"usca": [{"SaleOptOut": 2, "SharingOptOut": 1}]}, "denied"),
    ([9], {"usva": {"TargetedAdvertisingOptOut": 1}}, "denied"),
    ([7], {"usnat": [IN, {"Gpc": True}]}, "denied"),
    ([6], {"uspv1": [{"OptOutSale": "Y"}]}, "denied"),
    ([6], {"uspv1": [{"OptOutSale": "N"}]}, "granted"),
]


def test_gpp_opt_outs_of_the_states(shop: Shop, page: Page) -> None:
    """T-105: who opts out is measured by the site itself, and nobody else hears of it."""
    visit(shop, page, "gpp", GPP)
    assert is_silent(shop, page)
    for applicable, sections, sharing in US:
        found = chosen(page, "applies(...given)", applicable, sections)
        assert found == ("granted", sharing, "gpp"), sections
    assert told(shop)[0] == "granted"


@pytest.mark.parametrize("said", ["applies([2], {tcfeuv2: [{}]})", "applies([7], {})"])
def test_gpp_is_silent_on_what_it_does_not_read(shop: Shop, page: Page, said: str) -> None:
    """Europe's section is for `__tcfapi`; a state's that is not told is not known."""
    visit(shop, page, "gpp", GPP)
    page.evaluate(said)
    assert is_silent(shop, page)


def test_where_several_speak_the_strictest_counts(shop: Shop, page: Page) -> None:
    """T-105: nothing is granted before all that are there have answered."""
    visit(shop, page, "tcf gpp", TCF + GPP)
    page.evaluate("say({gdprApplies: false, eventStatus: 'tcloaded'})")
    assert is_silent(shop, page)
    page.evaluate("applies([7], {usnat: [{SaleOptOut: 1}]})")
    assert told(shop) == ("granted", "denied", "gpp")


def test_privacy_control_beats_every_framework(shop: Shop, page: Page) -> None:
    """T-103: whatever a platform says; and the server is told why."""
    page.add_init_script(GPC)
    visit(shop, page, "tcf consent-mode", TCF + GTAG % f"gtag('consent', 'update', {GRANTED})")
    page.evaluate("answer(1, 2, 3, 4, 7)")
    assert told(shop) == ("granted", "denied", "gpc")


def test_consent_mode_waits_for_the_update(shop: Shop, page: Page) -> None:
    """T-105, T-101: a default is no answer, and only what gtag itself was called with counts."""
    visit(shop, page, "consent-mode", GTAG % f"gtag('consent', 'default', {DENIED})")
    page.evaluate(f"dataLayer.push(['consent', 'update', {GRANTED}])")
    assert is_silent(shop, page)
    page.evaluate(f"gtag('consent', 'update', {GRANTED})")
    assert told(shop) == ("granted", "granted", "consent-mode")
    assert page.evaluate("dataLayer.hasOwnProperty('push') || dataLayer.push !== [].push") is False


def test_a_default_never_takes_back_what_was_answered(shop: Shop, page: Page) -> None:
    """T-102: platforms begin every page with it, and repeat the answer a little later."""
    visit(shop, page, "consent-mode", GTAG % f"gtag('consent', 'default', {DENIED})")
    page.evaluate(f"gtag('consent', 'update', {GRANTED})")
    sent(shop)
    settled(page)
    visitor = page.evaluate("headwater.visitor()")
    page.goto(shop.at("/?im_ref=Y"))
    assert len(sent(shop, 2)) == 2
    page.wait_for_function(READ, arg=["consent-mode"])
    assert page.evaluate("headwater.visitor()") == visitor
    taken_back(page, f"gtag('consent', 'update', {DENIED})")
    assert len(shop.posts) == 3
    assert shop.posts[-1].body["events"] == [{"type": "withdraw"}]


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        (USUAL, ("granted", "granted", "default")),
        (
            f"gtag('consent', 'default', {{...{GRANTED}, wait_for_update: 60000}});" + PARTLY,
            ("granted", "denied", "consent-mode"),
        ),
        (
            f"gtag('consent', 'default', {{...{GRANTED}, wait_for_update: 1}})",
            ("granted", "granted", "default"),
        ),
    ],
)
def test_consent_mode_signals(
    shop: Shop, page: Page, commands: str, expected: tuple[str, str, str]
) -> None:
    """Signals of one purpose count together, the strictest first."""
    visit(shop, page, "consent-mode", GTAG % commands)
    assert told(shop) == expected


@pytest.mark.parametrize(
    "commands",
    [
        BROKEN + f"gtag('consent', 'default', {{...{GRANTED}, wait_for_update: 60000}})",
        f"gtag('consent', 'default', {{...{GRANTED}, region: ['US-CA']}})",
        f"gtag('consent', 'default', {{...{DENIED}, region: ['DE']}});" + USUAL,
    ],
)
def test_consent_mode_grants_nothing_that_is_not_certain(
    shop: Shop, page: Page, commands: str
) -> None:
    """T-101: nobody here knows in which region the visitor is."""
    visit(shop, page, "consent-mode", GTAG % commands)
    assert is_silent(shop, page)


def test_a_page_that_names_no_framework_reads_none(shop: Shop, page: Page) -> None:
    """T-107: neither the pieces nor a global of theirs."""
    shop.page(TCF, consent="unknown")
    page.goto(shop.at("/" + LANDING))
    settled(page)
    assert not shop.asked("/t/")
    assert page.evaluate("[window.dataLayer, window.listeners]") == [None, None]


def test_a_piece_that_is_missing_or_unknown_is_said_so_and_spoils_nothing(
    shop: Shop, page: Page
) -> None:
    """T-107, T-13."""
    warned: list[str] = []
    errors: list[str] = []
    page.on("console", lambda message: warned.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    shop.missing = {"stripe-"}
    visit(shop, page, "tcf stripe cookies", TCF)
    page.evaluate("answer(1, 7)")
    assert told(shop) == ("granted", "denied", "tcf")
    wait_until(lambda: any("stripe is off" in text for text in warned))
    assert "[headwater] data-with knows no cookies" in warned
    assert errors == []
