"""What is wrong with what was seen, and how it is mended. Pure."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from headwater.doctor.model import (
    VISITOR_COOKIE,
    Cookie,
    Finding,
    Hop,
    Severity,
    page_only,
)
from headwater.doctor.page import Page, Script, host_of
from headwater.doctor.policy import allows
from headwater.doctor.visit import Answer, belongs, is_safe
from headwater.kit.sites import site_of

DAY_S = 86_400
LASTS_S = 30 * DAY_S  # a visitor cookie that lives shorter loses those who think about it
_SIGN_IN = ("login", "signin", "sign-in", "sign_in", "auth")


def of_the_way(hops: Sequence[Hop]) -> list[Finding]:
    """Where parameters are dropped, unless the visitor's cookie was there before."""
    found: list[Finding] = []
    for hop in hops:
        if hop.lost and hop.to is not None:
            kept = _remembered(hops[: hop.number], hop.to)
            names = ", ".join(hop.lost)
            found.append(
                Finding(
                    severity=Severity.NOTE if kept else Severity.LOST,
                    code="query_dropped",
                    where=f"hop {hop.number}: {page_only(hop.url)}",
                    what=f"{names} came here and did not go on to {page_only(hop.to)}."
                    + (" The visitor's cookie was set before, so nothing is lost." if kept else ""),
                    mend=_keep_the_query(hop.url, hop.to),
                )
            )
    last = hops[-1]
    if last.status >= 400:
        found.append(
            Finding(
                severity=Severity.LOST,
                code="no_page",
                where=f"hop {last.number}: {page_only(last.url)}",
                what=f"The visitor is answered {last.status}.",
                mend="Give the address of a page that exists. Where the page refuses only addresses"
                " with parameters it does not know, let it pass them over.",
            )
        )
    if last.to is not None:
        found.append(
            Finding(
                severity=Severity.LOST,
                code="too_many_redirects",
                where=f"hop {last.number}: {page_only(last.url)}",
                what=f"After {last.number} hops the visitor is still sent on.",
                mend="Look for two rules that send visitors to each other, as www and no www do.",
            )
        )
    return found


def _remembered(hops: Sequence[Hop], target: str) -> bool:
    """Whether a response on the way set the cookie, so that it reaches the target's host."""
    return any(
        cookie.name == VISITOR_COOKIE
        and not cookie.dies
        and _reaches(cookie, host_of(hop.url), host_of(target))
        for hop in hops
        for cookie in hop.cookies
    )


def _reaches(cookie: Cookie, from_host: str, host: str) -> bool:
    return belongs(host, cookie.domain) if cookie.domain else host == from_host


def _keep_the_query(url: str, to: str) -> str:
    before, after = urlsplit(url), urlsplit(to)
    if any(word in after.path.lower() for word in _SIGN_IN):
        return (
            "Carry the parameters along: `headwater.client` reads them before the redirect"
            " (its middleware) and `signin.keep_parameters` keeps them in the address."
        )
    moved = (after.scheme, after.hostname) != (before.scheme, before.hostname)
    if moved and after.path.rstrip("/") == before.path.rstrip("/"):
        return (
            f"Keep the query in this redirect. nginx: `return 301 {after.scheme}://"
            f"{after.netloc}$request_uri;`. Apache: `RewriteRule ^ {after.scheme}://"
            f"{after.netloc}%{{REQUEST_URI}} [R=301,L]`."
        )
    return "Let whatever answers here append the query it was asked with to the new address."


def of_the_cookie(page: str, cookie: Cookie | None) -> list[Finding]:
    """Of the visitor's cookie, as a response set it."""
    if cookie is None:
        return []
    faults = [
        (not cookie.http_only, "HttpOnly", "scripts can read and shorten it"),
        (is_safe(page) and not cookie.secure, "Secure", "it also travels without encryption"),
        (cookie.same_site != "lax", "SameSite=Lax", "it is missing when visitors arrive"),
        ((cookie.max_age or 0) < LASTS_S, "Max-Age of 400 days", "visitors are soon forgotten"),
        (
            not cookie.domain and site_of(host_of(page)) != "",
            "Domain",
            "other subdomains, such as the app, never see it",
        ),
    ]
    return [
        Finding(
            severity=Severity.LOST if missing == "Domain" else Severity.WEAK,
            code="cookie_attributes",
            where=page_only(page),
            what=f"{VISITOR_COOKIE} is set without {missing}: {therefore}.",
            mend="Set it by our edge, a proxied path or the middleware of headwater.client, and let"
            " no proxy rewrite Set-Cookie.",
        )
        for wrong, missing, therefore in faults
        if wrong
    ]


def of_no_reader(page: str, *, cookie: bool, tags: Sequence[Script]) -> list[Finding]:
    if tags or cookie:
        return []
    return [
        Finding(
            severity=Severity.LOST,
            code="nothing_reads_it",
            where=page_only(page),
            what="The click arrives in the address, and nothing here reads it: there is no tag and"
            " no response set a visitor cookie.",
            mend='Put `<script async src="https://<your Headwater>/t.js" data-key="hw_pk_…">'
            "</script>` into the page's head, or mount the middleware of headwater.client.",
        )
    ]


def of_policies(page: Page, url: str, header: str, tag: Script, base: str) -> list[Finding]:
    """Whether the page's policies let the tag load and report."""
    found = []
    policies = [each for each in (header, *page.policies) if each]
    for kind, target, nonce in (
        ("script-src-elem", tag.url, tag.nonce),
        ("connect-src", base, ""),
    ):
        if not all(allows(each, kind, target, url, nonce) for each in policies):
            name = "script-src" if kind != "connect-src" else kind
            origin = "{0.scheme}://{0.netloc}".format(urlsplit(target))
            way = "load" if kind != "connect-src" else "report"
            found.append(
                Finding(
                    severity=Severity.LOST,
                    code=f"policy_{name.replace('-', '_')}",
                    where=page_only(url),
                    what=f"The page's Content-Security-Policy does not let the tag {way}.",
                    mend=f"Add {origin} to {name}, or proxy the tag under a path of this host.",
                )
            )
    return found


def of_the_script(tag: Script, answer: Answer) -> list[Finding]:
    kind = answer.headers.get("content-type", "")
    if answer.status == 200 and "javascript" in kind:
        return []
    what = f"is answered {answer.status}" if answer.status != 200 else f"is no script but {kind}"
    return [
        Finding(
            severity=Severity.LOST,
            code="tag_missing",
            where=page_only(tag.url),
            what=f"The tag's address {what}.",
            mend="Where it is a path of your own, proxy that path and all below it to Headwater's"
            " /t.js and /t/; else check the host's name.",
        )
    ]


_OF_CONFIG = {
    401: ("key_unknown", "The key of the tag opens no workspace.", "Copy the publishable key."),
    403: (
        "host_not_allowed",
        "This host may not report to the workspace.",
        "Add it to the workspace's allowedHostnames (PATCH /workspaces/{id}).",
    ),
    404: (
        "path_half_proxied",
        "The tag's script is there, but not what lies below it.",
        "Proxy the whole path: `/x.js` to `/t.js` and `/x/` to `/t/`.",
    ),
}


def of_config(tag: Script, answer: Answer) -> list[Finding]:
    if answer.status == 200:
        return []
    other = ("no_settings", f"The tag's settings are answered {answer.status}.", "Try again later.")
    code, what, mend = _OF_CONFIG.get(answer.status, other)
    where = page_only(tag.url)
    return [Finding(severity=Severity.LOST, code=code, where=where, what=what, mend=mend)]


def of_sites(
    page: str, tag: Script, *, same_site: bool, same_network: bool | None
) -> list[Finding]:
    """How long the cookie of the tag's answers lives."""
    if not same_site:
        return [
            Finding(
                severity=Severity.WEAK,
                code="third_party_tag",
                where=page_only(tag.url),
                what="The tag belongs to another site than the page, so its answers can set no"
                " cookie: visitors are remembered by script, seven days in Safari.",
                mend=f"Serve it from a subdomain of {host_of(page)}'s site, or proxy a path.",
            )
        ]
    if same_network is False:
        return [
            Finding(
                severity=Severity.WEAK,
                code="other_network",
                where=page_only(tag.url),
                what="The tag's host lies in another network than the page's: Safari keeps its"
                " cookies for seven days.",
                mend="Proxy a path of the page's own host to Headwater, or use the middleware.",
            )
        ]
    return []


def of_tags(page: str, tags: Sequence[Script]) -> list[Finding]:
    found = []
    if len(tags) > 1:
        what = f"The tag stands {len(tags)} times in the page; only the first counts."
        found.append(("tag_twice", what, "Leave one, also in your tag manager."))
    if any(each.blocking for each in tags):
        what = "The tag holds up the page while it loads."
        found.append(("tag_blocks", what, "Write `async` into its element."))
    return [
        Finding(severity=Severity.NOTE, code=code, where=page_only(page), what=what, mend=mend)
        for code, what, mend in found
    ]


def of_a_link(words: str, url: str, *, reaches: bool, outbound: Sequence[str]) -> list[Finding]:
    """Where the site's own links lead to another host: does the visitor stay known there?"""
    host = host_of(url)
    if reaches or any(belongs(host, each.removeprefix("*.").lower()) for each in outbound):
        return []
    return [
        Finding(
            severity=Severity.LOST,
            code="host_unknown",
            where=page_only(url),
            what=f"The link {words!r} leads to {host}, where nothing tells who the visitor is.",
            mend="On the same site: let the cookie be set for the whole domain. On another: add"
            f" {host} to the workspace's outbound hosts, and put the tag there too.",
        )
    ]


def settings_of(answer: Answer | None, decode: Any) -> dict[str, Any]:
    """The tag's settings, where they came and can be read."""
    if answer is None or answer.status != 200:
        return {}
    try:
        found = decode(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def unreachable(url: str, said: str) -> Finding:
    return Finding(
        severity=Severity.LOST,
        code="tag_unreachable",
        where=page_only(url),
        what=f"The tag's host does not answer: {said}.",
        mend="Check its name in the DNS, its certificate, and that Headwater runs there.",
    )
