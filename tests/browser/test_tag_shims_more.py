"""Pages written for FirstPromoter, Tolt and PartnerStack, with our tag there (T-140 to T-142)."""

from playwright.sync_api import Page, Route

from tests.browser.conftest import needs_chromium, needs_tag
from tests.browser.shop import Shop
from tests.browser.test_tag import kept, sent, settled
from tests.browser.test_tag_shims import visit
from tests.support import wait_until

pytestmark = [needs_chromium, needs_tag]

FPR = "<script>window.fpr=window.fpr||function(){fpr.q=fpr.q||[];fpr.q.push(arguments)};{}</script>"
TOLT = """<script>addEventListener('toltScriptLoaded', () => {
  window.told = [tolt_referral, tolt_data && tolt_data.partner_id];
});</script>"""
VENDORS = {"gtm": {"containerId": "GTM-X", "scriptUrl": "/vendor"}}


def remember(page: Page, **cookies: str) -> None:
    """Cookies that a vendor's script left before the switch."""
    for name, value in cookies.items():
        cookie = {"name": name, "value": value, "domain": ".shop.test", "path": "/"}
        page.context.add_cookies([cookie])


def cookies(page: Page) -> dict[str, str]:
    return {each["name"]: each["value"] for each in page.context.cookies()}


def known(shop: Shop, count: int = 1) -> list[dict]:
    """What the touches that were sent say, without when and where."""
    names = ("clickId", "partner", "ids", "utm")
    return [{name: each[name] for name in names if name in each} for each in sent(shop, count)]


def told(page: Page, event: str) -> list[dict]:
    """What the page's providers heard."""
    page.wait_for_function(f"window.dataLayer?.some((each) => each.event == '{event}')")
    return page.evaluate("dataLayer.map((each) => ({...each}))")


def test_fpr_pages_say_themselves_who_led_here(shop: Shop, page: Page) -> None:
    """T-140, T-133, T-98: `set` goes first; the same word within half an hour is one touch."""
    early = "fpr('init', {cid: 'c', ref_id: 'pat'}, () => { window.begun = 1; });"
    early += "fpr('click'); fpr('odd', 1); fpr('set', {ref_id: 'eve'});"
    said = visit(shop, page, "fpr", FPR.replace("{}", early, 1), "?utm_source=news")
    page.wait_for_function("window.begun")
    assert known(shop, 2) == [{"utm": {"source": "news"}}, {"partner": "pat"}]
    assert sent(shop)[1]["url"] == shop.at("/?utm_source=news")
    page.evaluate("fpr('odd', 2); fpr('click', {ref_id: 'pat'}, () => { window.again = 1; })")
    page.wait_for_function("window.again")
    assert page.evaluate("fpr.q.map((each) => [...each])") == [["odd", 1], ["odd", 2]]
    assert [text for text in said if "odd" in text] == ["[headwater] no fpr odd"]
    page.evaluate("fpr('click', {ref_id: 'sue'})")
    assert known(shop, 3)[2] == {"partner": "sue"}
    assert {each.host for each in shop.received} == {"www.shop.test", "track.shop.test"}
    assert not [text for text in said if "thrown" in text]


def test_fpr_visitors_of_before_the_switch_keep_their_click(shop: Shop, page: Page) -> None:
    """T-140, T-135, T-45: the tracking id is an imported click's; it counts once in a browser,
    before all that the tag saw, and the partner's code not at all.
    """
    shop.answer["clickId"] = "tid-1"
    remember(page, _fprom_tid="tid-1", _fprom_ref="pat")
    visit(shop, page, "fpr", query="?utm_source=news")
    wait_until(lambda: len(shop.touches) == 2)
    landing, old = known(shop, 2)
    assert (landing, old) == ({"utm": {"source": "news"}}, {"clickId": "tid-1"})
    assert shop.touches[1]["age"] > shop.touches[0]["age"]
    page.wait_for_function("JSON.parse(localStorage.headwater).touches.every((each) => each.sent)")
    page.evaluate("headwater('identify', 'mia'); headwater('identify', 'ann')")
    wait_until(lambda: kept(page)["touches"] == [])
    visit(shop, page, "fpr", query="?utm_source=more")
    page.wait_for_function("!!window.fpr")
    settled(page)
    assert [each["found"] for each in kept(page)["touches"]] == [{"utm": {"source": "more"}}]
    assert cookies(page)["_fprom_tid"] == "tid-1"


def test_fpr_visitors_whose_click_nobody_imported_are_their_partners(
    shop: Shop, page: Page
) -> None:
    """T-140, T-135: the older name of the cookie, too."""
    remember(page, _fprom_track="tid-2", _fprom_ref="p%20at")
    visit(shop, page, "fpr")
    assert known(shop, 2) == [{"clickId": "tid-2"}, {"partner": "p at"}]


def test_the_click_of_now_stays_the_last_one(shop: Shop, page: Page) -> None:
    """T-135: what a cookie of before says is older."""

    def answer(route: Route) -> None:
        old = "tid-1" in (route.request.post_data or "")
        shop.answer["clickId"] = "tid-1" if old else "clk_1"
        route.continue_()

    page.route("**/t", answer)
    remember(page, tolt_referral="tid-1")
    visit(shop, page, "tolt", TOLT, "?via=sue")
    stored = "JSON.parse(localStorage.headwater)"
    page.wait_for_function(f"{stored}.touches.filter((each) => each.sent).length == 2")
    assert known(shop, 2) == [{"partner": "sue"}, {"clickId": "tid-1"}]
    page.wait_for_function(f"{stored}.clickId == 'clk_1'")
    page.wait_for_function("tolt_referral == 'clk_1'")


def test_fpr_referrals_are_told_without_an_email_for_a_name(shop: Shop, page: Page) -> None:
    """T-140, T-120."""
    shop.config["providers"] = VENDORS
    visit(shop, page, "fpr")
    page.wait_for_function("!!window.fpr")
    page.evaluate("fpr('referral', {email: 'mia@mail.test', uid: 'mia@mail.test'})")
    page.evaluate("fpr('referral', {email: 'mia@mail.test', uid: 'u7'})")
    page.wait_for_function("dataLayer.filter((each) => each.event == 'referral').length == 2")
    users = [each.get("user_id") for each in told(page, "referral") if each.get("user_id")]
    assert set(users) == {"u7"}


def test_tolt_pages_learn_who_led_here_and_sign_up(shop: Shop, page: Page) -> None:
    """T-141. On the first page the answer may come after the moment that the page waits for it."""
    shop.answer["clickId"] = "clk_1"
    said = visit(shop, page, "tolt", TOLT, "?via=pat")
    page.wait_for_function("window.told && tolt_referral == 'clk_1'")
    page.reload()
    page.wait_for_function("window.told")
    assert page.evaluate("told") == ["clk_1", None]
    data = {"click_id": "clk_1", "partner_id": None, "program_id": None, "cookie_duration": 90}
    assert page.evaluate("tolt.getTracking()") == data | {"customer_id": None}
    for _ in range(2):
        assert page.evaluate("tolt.signup('u7')") == data | {"customer_id": "u7"}
    assert page.evaluate("tolt_data.customer_id") == "u7"
    assert not [text for text in said if "thrown" in text]


def test_tolt_sign_ups_of_people_nobody_sent_are_answered_too(shop: Shop, page: Page) -> None:
    """T-141, T-101: never refused, whoever asks, also while nobody is measured."""
    visit(shop, page, "tolt", TOLT)
    page.wait_for_function("window.told")
    signed = "Promise.all([tolt.signup('u7'), tolt.signup('u7'), tolt.signup()])"
    assert page.evaluate(signed) == [{}, {}, {}]
    assert page.evaluate("[tolt_referral, tolt_data]") == [None, None]
    remember(page, tolt_referral="old-1")
    shop.config["consentDefault"] = "denied"
    page.evaluate("localStorage.clear()")
    visit(shop, page, "tolt", TOLT)
    page.wait_for_function("window.told")
    assert page.evaluate(signed) == [{}, {}, {}]
    assert shop.touches == []


def test_tolt_visitors_of_before_the_switch_keep_their_click(shop: Shop, page: Page) -> None:
    """T-141, T-135."""
    data = "%7B%22click_id%22%3A%22old-1%22%2C%22partner_id%22%3A%22part_1%22%7D"
    remember(page, tolt_referral="old-1", tolt_data=data)
    visit(shop, page, "tolt", TOLT)
    page.wait_for_function("window.told")
    assert page.evaluate("told") == ["old-1", "part_1"]
    assert known(shop) == [{"clickId": "old-1"}]
    assert cookies(page)["tolt_data"] == data


def test_growsumo_pages_sign_up_with_what_they_wrote_before(shop: Shop, page: Page) -> None:
    """T-142: also for visitors nobody sent, and again."""
    shop.config["providers"] = VENDORS
    early = "<script>window.growsumo = {data: {name: 'Mia', customer_key: 'u7'}};"
    early += "window.growsumoInit = () => { window.begun = 1; }</script>"
    visit(shop, page, "growsumo", early)
    page.wait_for_function("window.begun")
    page.evaluate("growsumo.data.email = 'mia@mail.test'; window.count = 0")
    page.evaluate("for (const each of [1, 2]) growsumo.createSignup(() => { count += each; })")
    page.wait_for_function("count == 3")
    heard = told(page, "createSignup")
    assert {each["user_id"] for each in heard if each.get("user_id")} == {"u7"}
    page.evaluate("growsumo.createSignup()")


def test_growsumo_visitors_of_before_the_switch_are_the_networks(shop: Shop, page: Page) -> None:
    """T-142, T-135: by the ids under which the parameters of the same names are known."""
    remember(page, ps_xid="x-1", gspk="pat")
    visit(shop, page, "growsumo")
    assert known(shop) == [{"ids": {"ps_xid": "x-1", "gspk": "pat"}}]
    assert (cookies(page)["ps_xid"], cookies(page)["gspk"]) == ("x-1", "pat")


def test_their_own_scripts_are_left_alone(shop: Shop, page: Page) -> None:
    """T-133: whether they were first or come later. T-132: what nobody asked for is not loaded."""
    real = "window.fpr = () => 'theirs'; window.tolt = {signup: () => 'theirs'};"
    real += "window.growsumo = {createSignup: () => 'theirs'};"
    heard = "[fpr(), tolt.signup(), growsumo.createSignup()]"
    visit(shop, page, "fpr tolt growsumo", f"<script>{real}</script>")
    chunks = [f"/t/{name}-" for name in ("fpr", "tolt", "growsumo")]
    wait_until(lambda: all(shop.asked(each) for each in chunks))
    settled(page)
    assert page.evaluate(heard) == ["theirs"] * 3
    shop.answer["clickId"] = "clk_1"
    visit(shop, page, "tolt", f"<script>{real} delete window.tolt</script>", "?via=pat")
    page.wait_for_function("!!window.tolt")
    replaced = "const ours = tolt; tolt = {signup: () => 'theirs'}; tolt_referral = 'theirs';"
    page.evaluate(f"(() => {{ {replaced} return ours.signup('u7'); }})()")
    assert page.evaluate("[tolt.signup(), tolt_referral]") == ["theirs"] * 2
    shop.received.clear()
    visit(shop, page, "rewardful")
    settled(page)
    assert not [each for each in chunks if shop.asked(each)]
