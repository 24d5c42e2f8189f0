"""What is wrong with what was seen, and how it is mended. Pure."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from headwater.doctor.model import (
    VISITOR_COOKIE,
    Cookie,
    Finding,
    Hop,
    Severity,
    page_only,
)
from headwater.doctor.page import Script, host_of
from headwater.doctor.visit import belongs, is_safe, refusal
from headwater.kit.sites import site_of

DAY_S = 86_400
LASTS_S = 30 * DAY_S  # a visitor cookie that lives shorter loses those who think about it
_SIGN_IN = ("login", "signin", "sign-in", "sign_in", "auth")


def of_the_way(hops: Sequence[Hop]) -> list[Finding]:
    """Where parameters are dropped, unless the visitor's cookie was there before."""
    found = [
        _of_a_hop(hop, hop.to, _remembered(hops[: hop.number], hop.to))
        for hop in hops
        if hop.lost and hop.to is not None
    ]
    last = hops[-1]
    if last.to is None and not 200 <= last.status < 300:
        found.append(_no_page(last))
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


def _of_a_hop(hop: Hop, to: str, kept: bool) -> Finding:
    changed = all(f"{name}=" in urlsplit(to).query for name in hop.lost)
    went = "is not the same at" if changed else "did not go on to"
    what = f"{', '.join(hop.lost)} came here and {went} {page_only(to)}."
    severity, code, mend = Severity.LOST, "query_dropped", _keep_the_query(hop.url, to)
    if changed:
        mend = "Let no rule rewrite the query: capital letters count in click ids."
    if hop.hidden:
        severity, code = Severity.WEAK, "query_hidden"
        what += f" They are back once the visitor is sent where `{hop.hidden}` says, if ever."
    if kept:
        severity = Severity.NOTE
        what += " The visitor's cookie was set before, so nothing is lost."
    where = f"hop {hop.number}: {page_only(hop.url)}"
    return Finding(severity=severity, code=code, where=where, what=what, mend=mend)


def _no_page(last: Hop) -> Finding:
    code, what = "no_page", f"The visitor is answered {last.status}."
    mend = (
        "Give the address of a page that exists. Where the page refuses only addresses"
        " with parameters it does not know, let it pass them over."
    )
    if last.silence:
        code, what, mend = "no_answer", f"{last.silence}.", _ANSWER
    elif last.status < 400:
        leads = last.headers.get("location", "")
        what = f"The visitor is answered {last.status}, which leads to no page: {leads!r}."
        mend = "Let it name the whole http or https address of one."
    elif last.status in _CLOSED:
        mend = (
            "Where it asks for a password, or keeps robots out, walk it from where it is open;"
            " visitors of a link must not be asked."
        )
    elif last.status >= 500:
        mend = "The site fails: look at its log. Try it without parameters, too."
    where = f"hop {last.number}: {page_only(last.url)}"
    return Finding(severity=Severity.LOST, code=code, where=where, what=what, mend=mend)


_CLOSED = frozenset({401, 403, 407, 429})
_ANSWER = "Check its name in the DNS, its certificate, and that it runs and is open to everybody."


def _remembered(hops: Sequence[Hop], target: str) -> bool:
    """Whether a response on the way set the cookie, so that it reaches the target's host."""
    return any(
        cookie.name == VISITOR_COOKIE
        and not cookie.dies
        and not refusal(cookie, hop.url)
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


def of_the_cookie(hops: Sequence[Hop]) -> list[Finding]:
    """Of the visitor's cookie, as the last response that set it did."""
    set_ = [(hop, each) for hop in hops for each in hop.cookies if each.name == VISITOR_COOKIE]
    if not set_ or set_[-1][1].dies:
        return []
    hop, cookie = set_[-1]
    if why := refusal(cookie, hop.url):
        what = f"{VISITOR_COOKIE} is set here and browsers refuse it: {why}."
        return [_bad_cookie(hop, Severity.LOST, "cookie_refused", what)]
    return [*_faults(hop, cookie), *_cached(hop)]


def _cached(hop: Hop) -> list[Finding]:
    """A cookie that a cache hands out makes one visitor of many."""
    age = hop.headers.get("age", "").strip()
    words = hop.headers.get("cache-control", "").lower()
    shared = ("public" in words or "s-maxage" in words) and not (
        "private" in words or "no-store" in words
    )
    if age.isdigit() and int(age) > 0:
        severity, seen = Severity.LOST, f"This answer lay in a cache for {age} s"
    elif shared:
        severity, seen = Severity.WEAK, "Caches may keep this answer (Cache-Control)"
    else:
        return []
    return [
        Finding(
            severity=severity,
            code="cookie_cached",
            where=page_only(hop.url),
            what=f"{seen}, with {VISITOR_COOKIE}: all who get it are one visitor.",
            mend="Answer with Cache-Control: private where the cookie is set, or leave the page to"
            " the cache and the visitor to the tag.",
        )
    ]


def _faults(hop: Hop, cookie: Cookie) -> list[Finding]:
    page = hop.url
    path = cookie.path if cookie.path.startswith("/") else urlsplit(page).path.rpartition("/")[0]
    sent = {
        "strict": "it is missing when visitors arrive",
        "none": "browsers that refuse cookies of other sites may refuse it",
    }.get(cookie.same_site, "each browser decides when to send it")
    faults = [
        (not cookie.http_only, "HttpOnly", "scripts can read and shorten it"),
        (is_safe(page) and not cookie.secure, "Secure", "it also travels without encryption"),
        (cookie.same_site != "lax", "SameSite=Lax", sent),
        ((cookie.max_age or 0) < LASTS_S, "Max-Age of 400 days", "visitors are soon forgotten"),
        (
            not cookie.domain and site_of(host_of(page)) != "",
            "Domain",
            "other subdomains, such as the app, never see it",
        ),
        (path not in {"", "/"}, "Path=/", f"only addresses below {path} see it"),
    ]
    return [
        _bad_cookie(
            hop,
            Severity.LOST if missing in {"Domain", "Path=/"} else Severity.WEAK,
            "cookie_attributes",
            f"{VISITOR_COOKIE} is set without {missing}: {therefore}.",
        )
        for wrong, missing, therefore in faults
        if wrong
    ]


def _bad_cookie(hop: Hop, severity: Severity, code: str, what: str) -> Finding:
    mend = (
        "Set it by our edge, a proxied path or the middleware of headwater.client, and let"
        " no proxy rewrite Set-Cookie."
    )
    return Finding(severity=severity, code=code, where=page_only(hop.url), what=what, mend=mend)


def of_no_reader(last: Hop, *, cookie: bool, tags: Sequence[Script]) -> list[Finding]:
    if tags or cookie:
        return []
    return [
        Finding(
            severity=Severity.LOST,
            code="nothing_reads_it",
            where=page_only(last.url),
            what="The click arrives in the address, and nothing here reads it: there is no tag in"
            " the HTML, and no response set a visitor cookie that a browser keeps.",
            mend='Put `<script async src="https://<your Headwater>/t.js" data-key="hw_pk_…">'
            "</script>` into the page's head, or mount the middleware of headwater.client (it sets"
            " no cookie on pages that shared caches may keep). A tag that another script puts"
            " there, such as a tag manager's, is not seen by this walk.",
        )
    ]


def of_a_link(
    words: str, url: str, *, reaches: bool, outbound: Sequence[str], by_tag: bool
) -> list[Finding]:
    """Where the site's own links lead to another host: does the visitor stay known there?
    `by_tag`: at least the cookie of the tag's answers comes along.
    """
    host = host_of(url)
    if reaches or any(belongs(host, each.removeprefix("*.").lower()) for each in outbound):
        return []
    if by_tag:
        return [
            Finding(
                severity=Severity.WEAK,
                code="host_unknown",
                where=page_only(url),
                what=f"The link {words!r} leads to {host}. {VISITOR_COOKIE} of the tag's answers"
                " comes along; nothing shows that it is read there.",
                mend="Let the backend there give its value to /track/signup as visitorId, mount the"
                " middleware of headwater.client, or put the tag there too.",
            )
        ]
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


def silent_link(words: str, url: str, said: str) -> Finding:
    return Finding(
        severity=Severity.LOST,
        code="no_answer",
        where=page_only(url),
        what=f"The link {words!r} leads nowhere: {said}.",
        mend=_ANSWER,
    )
