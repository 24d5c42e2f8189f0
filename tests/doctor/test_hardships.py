"""`headwater doctor` at odd and half broken sites: the right hop, and no false alarm."""

import asyncio
import json
from collections.abc import Iterator

import pytest

from headwater.doctor import CannotWalk, Options, Report, Severity, walk
from headwater.doctor import visit as visits
from tests.doctor.sites import Web, serving
from tests.doctor.test_walk import GOOD, SETTINGS, doctor, lost, tagged, walked

WWW, APP, TRACK = "www.shop.localhost", "app.shop.localhost", "track.shop.localhost"


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as made:
        yield made


def weak(report: Report) -> list[str]:
    return [each.code for each in report.findings if each.severity is Severity.WEAK]


def test_a_page_is_read_to_its_end_however_it_comes(web: Web) -> None:
    web.page(WWW, "/", [b"<p>" + b"x" * 70_000, b"y" * 200_000, tagged(web).encode()])
    assert walked(web).findings == ()


@pytest.mark.parametrize("charset", ["klingon", "base64", '"utf-8"', ""])
def test_a_charset_that_is_none_stops_nobody(web: Web, charset: str) -> None:
    kind = f"text/html; charset={charset}"
    web.page(WWW, "/", b"<p>\xff" + tagged(web).encode(), Content_Type=kind)
    assert walked(web).arrives


def test_what_stays_open_to_the_end_of_a_large_page_is_passed_over(web: Web) -> None:
    """Read to its end it would take minutes."""
    web.page(WWW, "/", tagged(web) + "<!--" * 200_000)
    assert walked(web).findings == ()


@pytest.mark.parametrize("to", ["http://[::1", "http://x:99999/", "intent://scan/#Intent", ""])
def test_a_redirect_to_no_page_is_named(web: Web, to: str) -> None:
    web.redirect(WWW, "/", to, keep=False)
    (finding,) = walked(web).findings
    assert finding.code == "no_page"
    assert repr(to) in finding.what


@pytest.mark.parametrize("site", ["http://[", "ftp://acme.com/", "https://", "mailto:a@acme.com"])
def test_what_is_no_address_is_said_and_is_status_2(site: str) -> None:
    with pytest.raises(CannotWalk, match="is no address of a page"):
        asyncio.run(walk(Options(url=site, probe="doctor1")))


def test_the_command_ends_with_2_where_there_is_no_address() -> None:
    said = doctor("--site", "http://[")
    assert (said.returncode, said.stdout) == (2, "")
    assert "is no address of a page" in said.stderr


def test_a_hop_where_nobody_answers_is_said_to_be_silent(web: Web) -> None:
    web.redirect(WWW, "/", "http://app.shop.localhost:1/")
    report = walked(web)
    assert lost(report) == ["no_answer"]
    assert report.findings[0].where == "hop 2: http://app.shop.localhost:1/"
    assert "doctor1" not in report.findings[0].what, "the address as the operator knows it"
    assert (report.hops[-1].status, report.summary()["hops"][-1]["silence"]) == (
        0,
        report.hops[-1].silence,
    )


@pytest.mark.parametrize(
    ("status", "words"), [(404, "that exists"), (401, "password"), (403, "robots"), (503, "log")]
)
def test_each_refusal_has_its_own_remedy(web: Web, status: int, words: str) -> None:
    web.text(WWW, "/", "no", "text/html", status)
    (finding,) = walked(web).findings
    assert (finding.code, words in finding.mend) == ("no_page", True)


def test_a15_a_way_back_that_has_the_query_inside_is_not_called_lost(web: Web) -> None:
    names = "%26".join(f"{name}%3Ddoctor1" for name in ("hw_id", "im_ref", "gclid", "utm_source"))
    web.redirect(WWW, "/", f"/login?next=%2F%3F{names}", keep=False)
    web.page(WWW, "/login", tagged(web))
    report = walked(web)
    assert (report.arrives, weak(report)) == (True, ["query_hidden"])
    assert "`next`" in report.findings[0].what


def test_a_rule_that_makes_small_letters_is_a_loss(web: Web) -> None:
    web.replies[WWW, "/"] = lambda path, _: (301, {"Location": f"/home{path[1:].lower()}"}, "")
    web.page(WWW, "/home", tagged(web))
    report = asyncio.run(walk(Options(url=web.at(WWW, "/"), probe="doctorABC")))
    assert lost(report) == ["query_dropped"]
    assert "capital letters" in report.findings[0].mend


@pytest.mark.parametrize(
    "html",
    [
        '<noscript><meta http-equiv="refresh" content="0;url=/old"></noscript>',
        '<meta http-equiv="refresh" content="600;url=/news">',
        '<meta http-equiv="refresh" content="3;url=/">',
        '<script src="/chat.js" data-key="of-another-vendor" async></script>',
        '<a href="https://industry.example/">our industry</a>',
        '<a href="https://whatsapp.com/x">chat</a>',
        '<a href="https://play.example/store">get the app</a>',
    ],
)
def test_what_good_sites_do_is_no_fault(web: Web, html: str) -> None:
    web.page(WWW, "/", html + tagged(web))
    report = walked(web)
    assert (len(report.hops), report.findings) == (1, ())


def test_a_key_that_was_brought_along_is_one(web: Web) -> None:
    """`headwater init --publishable-key` takes what pages already carry."""
    web.page(WWW, "/", tagged(web, path="/abc/x").replace("hw_pk_test", "dub_pk_test"))
    assert walked(web).findings == ()


def test_a_tag_that_has_moved_is_found_where_it_is(web: Web) -> None:
    element = tagged(web)
    web.replies[TRACK, "/v2.js"] = web.replies[TRACK, "/t.js"]
    web.redirect(TRACK, "/t.js", "/v2.js")
    web.page(WWW, "/", element)
    assert walked(web).findings == ()


def test_t125_a_site_that_answers_everything_with_its_page_has_half_a_path(web: Web) -> None:
    element = tagged(web)
    web.page(TRACK, "/t/config", "<!doctype html><p>Welcome")
    web.page(WWW, "/", element)
    assert lost(walked(web)) == ["path_half_proxied"]


@pytest.mark.parametrize("origin", ["", "https://other.example"])
def test_settings_that_the_page_may_not_read_are_lost(web: Web, origin: str) -> None:
    element = tagged(web)
    headers = {"Content-Type": "application/json", "Access-Control-Allow-Origin": origin}
    web.replies[TRACK, "/t/config"] = lambda _path, _cookie: (200, headers, json.dumps(SETTINGS))
    web.page(WWW, "/", element)
    assert lost(walked(web)) == ["settings_unreadable"]


def test_a_tag_without_a_key_and_one_with_the_secret_key_are_told_apart(web: Web) -> None:
    element = tagged(web)
    web.text(TRACK, "/t/config", "{}", "application/json", 401)
    web.page(WWW, "/", element.replace("hw_pk_test", ""))
    assert lost(walked(web)) == ["key_unknown"]
    web.page(WWW, "/", element.replace("hw_pk_test", "hw_sk_test"))
    assert lost(walked(web)) == ["secret_key", "key_unknown"]


def test_t101_a_tag_that_a_consent_tool_holds_back_is_weak(web: Web) -> None:
    web.page(WWW, "/", tagged(web).replace("<script", '<script type="text/plain"'))
    report = walked(web)
    assert (report.arrives, weak(report)) == (True, ["tag_waits"])
    assert "data-consent" in report.findings[0].mend


@pytest.mark.parametrize(
    ("domain", "why"),
    [("other.localhost", "does not belong"), ("localhost", "not one owner's")],
)
def test_t83_a_cookie_that_browsers_refuse_is_none(web: Web, domain: str, why: str) -> None:
    web.page(WWW, "/", "", Set_Cookie=GOOD.replace("shop.localhost", domain))
    report = walked(web)
    assert lost(report) == ["cookie_refused", "nothing_reads_it"]
    assert why in report.findings[0].what


def test_a_cookie_of_one_folder_is_lost_in_the_others(web: Web) -> None:
    web.page(WWW, "/sale/spring", "", Set_Cookie=GOOD.replace("; Path=/", ""))
    assert lost(walked(web, path="/sale/spring")) == ["cookie_attributes"]


@pytest.mark.parametrize(
    ("headers", "severity"),
    [
        ({"Age": "300"}, Severity.LOST),
        ({"Cache_Control": "public, max-age=60"}, Severity.WEAK),
        ({"Age": "0", "Cache_Control": "private, max-age=60"}, None),
    ],
)
def test_a_cookie_that_a_cache_hands_out_makes_one_visitor_of_many(
    web: Web, headers: dict[str, str], severity: Severity | None
) -> None:
    web.page(WWW, "/", "", Set_Cookie=GOOD, **headers)
    found = {each.code: each.severity for each in walked(web).findings}
    assert found == ({} if severity is None else {"cookie_cached": severity})


def test_a_link_to_a_host_that_is_down_is_said_to_be_silent(web: Web) -> None:
    web.page(WWW, "/", tagged(web) + '<a href="http://app.shop.localhost:1/signup">Sign up</a>')
    assert lost(walked(web)) == ["no_answer"]


def test_t93_where_the_tags_cookie_comes_along_a_backend_may_read_it(web: Web) -> None:
    link = f'<a href="{web.at(APP, "/signup")}">Sign up</a>'
    web.page(APP, "/signup", "a form")
    web.page(WWW, "/", tagged(web) + link)
    report = walked(web)
    assert (report.arrives, weak(report)) == (True, ["host_unknown"])
    web.page(WWW, "/", tagged(web, "tags.vendor.localhost") + link)
    assert lost(walked(web)) == ["host_unknown"]


def test_a_name_and_password_in_the_address_are_not_repeated(web: Web) -> None:
    web.page(WWW, "/", "no tag")
    address = web.at(WWW, "/").replace("//", "//me:hunter2@")
    report = asyncio.run(walk(Options(url=address, probe="doctor1")))
    assert "hunter2" not in json.dumps(report.summary())


def test_a_walk_from_outside_leads_into_no_private_network(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a redirect of somebody else's site would ask your own network's machines."""
    asked: list[str] = []

    def private(address: str) -> bool:
        """As if the first host were out in the world."""
        asked.append(address)
        return len(asked) > 1

    monkeypatch.setattr(visits, "is_private", private)
    web.redirect(WWW, "/", web.at("inside.localhost", "/"))
    web.page("inside.localhost", "/", "secret")
    report = walked(web)
    assert lost(report) == ["no_answer"]
    assert "private address" in report.findings[0].what
