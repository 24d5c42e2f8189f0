"""`headwater doctor --site` on sites that really answer: where a click is lost, and the remedy."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from headwater.doctor import Options, Report, Severity, walk
from tests.doctor.sites import Web, serving

TAG = '<script async src="{}" data-key="hw_pk_test"></script>'
COOKIE = "hw_visitor=abcdefghijklmnopqrstuv; Path=/; Domain=shop.localhost; Max-Age=34560000"
GOOD = f"{COOKIE}; HttpOnly; SameSite=Lax; Secure"
SETTINGS = {"clickParam": "hw_id", "outbound": ["pay.localhost"]}


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as made:
        yield made


def tagged(web: Web, host: str = "track.shop.localhost", path: str = "/t") -> str:
    """A working tag; its element."""
    web.text(host, f"{path}.js", "/* tag */", "text/javascript")
    web.text(host, f"{path}/config", json.dumps(SETTINGS), "application/json")
    return TAG.format(web.at(host, f"{path}.js"))


def walked(web: Web, host: str = "www.shop.localhost", path: str = "/") -> Report:
    return asyncio.run(walk(Options(url=web.at(host, path), probe="doctor1")))


def lost(report: Report) -> list[str]:
    return [each.code for each in report.findings if each.severity is Severity.LOST]


def test_a_page_with_the_tag_on_a_subdomain_has_nothing_to_mend(web: Web) -> None:
    web.page("www.shop.localhost", "/", f"<head>{tagged(web)}</head>")
    report = walked(web)
    assert report.arrives
    assert report.findings == ()
    assert report.hops[0].came_with == ("hw_id", "im_ref", "gclid", "utm_source")


def test_the_hop_that_drops_the_query_is_named_with_what_it_dropped(web: Web) -> None:
    web.redirect("go.shop.localhost", "/spring", web.at("shop.localhost", "/"))
    web.redirect("shop.localhost", "/", web.at("www.shop.localhost", "/"), keep=False)
    web.page("www.shop.localhost", "/", tagged(web))
    report = walked(web, "go.shop.localhost", "/spring")
    assert lost(report) == ["query_dropped"]
    (finding,) = report.findings
    assert finding.where == f"hop 2: {web.at('shop.localhost', '/')}"
    assert "hw_id, im_ref, gclid, utm_source" in finding.what
    assert "$request_uri" in finding.mend


def test_only_what_is_stripped_is_called_lost(web: Web) -> None:
    kept = web.at("www.shop.localhost", "/in?hw_id=doctor1&utm_source=doctor1")
    web.redirect("www.shop.localhost", "/", kept, keep=False)
    web.page("www.shop.localhost", "/in", tagged(web))
    (hop, _) = walked(web).hops
    assert hop.lost == ("im_ref", "gclid")


def test_t85_a_cookie_that_was_set_before_the_query_goes_keeps_the_click(web: Web) -> None:
    to = web.at("www.shop.localhost", "/home")
    web.redirect("www.shop.localhost", "/", to, keep=False, Set_Cookie=GOOD)
    web.page("www.shop.localhost", "/home", "no tag")
    report = walked(web)
    assert report.arrives
    assert [each.code for each in report.findings] == ["query_dropped"]
    assert "nothing is lost" in report.findings[0].what


def test_t83_a_cookie_of_another_host_does_not_help(web: Web) -> None:
    to = web.at("www.shop.localhost", "/home")
    own = GOOD.replace("; Domain=shop.localhost", "")
    web.redirect("shop.localhost", "/", to, keep=False, Set_Cookie=own)
    web.page("www.shop.localhost", "/home", tagged(web))
    assert lost(walked(web, "shop.localhost")) == ["query_dropped", "cookie_attributes"]


def test_a_page_that_sends_its_visitor_on_by_itself_is_a_hop(web: Web) -> None:
    refresh = '<meta http-equiv="refresh" content="0; url=/home">'
    web.page("www.shop.localhost", "/", refresh)
    web.page("www.shop.localhost", "/home", tagged(web))
    report = walked(web)
    assert len(report.hops) == 2
    assert lost(report) == ["query_dropped"]


def test_a15_a_sign_in_that_forgets_is_told_of_the_client(web: Web) -> None:
    web.redirect("www.shop.localhost", "/", web.at("app.shop.localhost", "/login"), keep=False)
    web.page("app.shop.localhost", "/login", tagged(web))
    (finding,) = walked(web).findings
    assert "keep_parameters" in finding.mend


def test_a_page_nobody_reads_is_lost(web: Web) -> None:
    web.page("www.shop.localhost", "/", "<h1>Welcome</h1>")
    assert lost(walked(web)) == ["nothing_reads_it"]


@pytest.mark.parametrize(
    ("attribute", "without", "severity"),
    [
        ("HttpOnly", "; HttpOnly", Severity.WEAK),
        ("SameSite=Lax", "; SameSite=Lax", Severity.WEAK),
        ("Secure", "; Secure", Severity.WEAK),
        ("Max-Age", "; Max-Age=34560000", Severity.WEAK),
        ("Domain", "; Domain=shop.localhost", Severity.LOST),
    ],
)
def test_t83_t90_each_attribute_of_the_cookie_is_looked_at(
    web: Web, attribute: str, without: str, severity: Severity
) -> None:
    web.page("www.shop.localhost", "/", "", Set_Cookie=GOOD.replace(without, ""))
    (finding,) = walked(web).findings
    assert (finding.code, finding.severity) == ("cookie_attributes", severity)
    assert f"without {attribute}" in finding.what


@pytest.mark.parametrize(
    ("policy", "codes"),
    [
        ("default-src 'self'", ["policy_script_src", "policy_connect_src"]),
        ("script-src 'nonce-abc' 'strict-dynamic'", ["policy_script_src"]),
        ("script-src http://track.shop.localhost:*; connect-src 'self'", ["policy_connect_src"]),
        ("default-src http://*.shop.localhost:*", []),
        ("img-src 'none'", []),
    ],
)
def test_t122_the_pages_policy_must_let_the_tag_load_and_report(
    web: Web, policy: str, codes: list[str]
) -> None:
    web.page("www.shop.localhost", "/", tagged(web), Content_Security_Policy=policy)
    assert lost(walked(web)) == codes


def test_a_policy_in_the_page_counts_like_one_in_the_answer(web: Web) -> None:
    policy = "<meta http-equiv=Content-Security-Policy content=\"connect-src 'self'\">"
    web.page("www.shop.localhost", "/", policy + tagged(web))
    assert lost(walked(web)) == ["policy_connect_src"]


def test_t125_a_proxied_path_must_reach_what_lies_below_it(web: Web) -> None:
    web.text("www.shop.localhost", "/abc/x.js", "/* tag */", "text/javascript")
    tag = TAG.format("/abc/x.js")
    web.page("www.shop.localhost", "/", tag)
    assert lost(walked(web)) == ["path_half_proxied"]
    web.text("www.shop.localhost", "/abc/x/config", json.dumps(SETTINGS), "application/json")
    assert walked(web).findings == ()


def test_a_script_that_is_the_shops_own_error_page_is_none(web: Web) -> None:
    web.page("track.shop.localhost", "/t.js", "not found")
    web.page("www.shop.localhost", "/", TAG.format(web.at("track.shop.localhost", "/t.js")))
    assert lost(walked(web)) == ["tag_missing"]


@pytest.mark.parametrize(("status", "code"), [(401, "key_unknown"), (403, "host_not_allowed")])
def test_a_key_or_host_that_is_refused_is_said(web: Web, status: int, code: str) -> None:
    tag = tagged(web)
    web.text("track.shop.localhost", "/t/config", "{}", "application/json", status)
    web.page("www.shop.localhost", "/", tag)
    assert lost(walked(web)) == [code]


def test_a_tag_that_fails_where_a_cookie_is_set_loses_nobody(web: Web) -> None:
    tag = TAG.format("http://track.shop.localhost:1/t.js")
    web.page("www.shop.localhost", "/", tag, Set_Cookie=GOOD)
    (finding,) = walked(web).findings
    assert (finding.code, finding.severity) == ("tag_unreachable", Severity.WEAK)


def test_t84_a_tag_of_another_site_is_weak(web: Web) -> None:
    web.page("www.shop.localhost", "/", tagged(web, "tags.vendor.localhost"))
    (finding,) = walked(web).findings
    assert (finding.code, finding.severity) == ("third_party_tag", Severity.WEAK)


def test_t93_where_the_visitor_signs_up_they_must_still_be_known(web: Web) -> None:
    links = "".join(
        f'<a href="{web.at(host, "/signup")}">Sign up</a>'
        for host in ("app.shop.localhost", "other.localhost", "pay.localhost")
    )
    web.page("www.shop.localhost", "/", tagged(web) + links)
    web.page("app.shop.localhost", "/signup", "a form")
    report = walked(web)
    hosts = [each.where for each in report.findings if each.code == "host_unknown"]
    own, other = (web.at(host, "/signup") for host in ("app.shop.localhost", "other.localhost"))
    assert hosts == [own, other], "pay.localhost is among the workspace's outbound hosts"
    web.page("app.shop.localhost", "/signup", tagged(web))
    assert [each.where for each in walked(web).findings] == [other]
    web.page("www.shop.localhost", "/", links, Set_Cookie=GOOD)
    assert own not in [each.where for each in walked(web).findings], "the cookie reaches it"


def test_redirects_without_end_and_pages_that_fail_are_said(web: Web) -> None:
    web.redirect("www.shop.localhost", "/", web.at("www.shop.localhost", "/"))
    assert lost(walked(web)) == ["too_many_redirects"]
    assert lost(walked(web, path="/nowhere")) == ["no_page"]


def doctor(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "headwater", "doctor", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_command_says_it_to_people_and_to_programs(web: Web) -> None:
    web.redirect("www.shop.localhost", "/", web.at("www.shop.localhost", "/home"), keep=False)
    web.page("www.shop.localhost", "/home", tagged(web))
    address = web.at("www.shop.localhost", "/")
    said = doctor("--site", address)
    assert said.returncode == 1
    assert "LOST here: hw_id" in said.stdout
    assert "To mend:" in said.stdout
    found = json.loads(doctor("--site", address, "--json").stdout)
    assert (found["arrives"], found["hops"][0]["lost"][0]) == (False, "hw_id")
    web.page("www.shop.localhost", "/", tagged(web))
    assert doctor("--site", address).returncode == 0
    nobody = doctor("--site", "http://www.shop.localhost:1/")
    assert nobody.returncode == 2
    assert "did not answer" in nobody.stderr
