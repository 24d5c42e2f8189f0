"""What is wrong with the tag of a page, and how it is mended. Pure."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from headwater.doctor.model import Finding, Severity, origin_of, page_only
from headwater.doctor.page import Page, Script, host_of
from headwater.doctor.policy import allows
from headwater.doctor.visit import Answer
from headwater.kit.sites import is_local


def of_the_element(page: str, tag: Script) -> list[Finding]:
    """As it stands in the page."""
    found: list[tuple[Severity, str, str, str]] = []
    if (tag.key or "").startswith("hw_sk_"):
        what = "The tag bears the secret key, so everybody can read it."
        mend = "Make a new secret key, and put the publishable one (hw_pk_…) here."
        found.append((Severity.LOST, "secret_key", what, mend))
    if page.startswith("https:") and tag.url.startswith("http:") and not is_local(host_of(tag.url)):
        what = "The page came by https and asks for the tag by http: browsers refuse it."
        mend = "Write https:// into the element's src."
        found.append((Severity.LOST, "tag_insecure", what, mend))
    if tag.waits:
        what = (
            "The tag stands still until a consent tool lets it run: what brought those who leave"
            " this page before is forgotten."
        )
        mend = (
            'Let it run at once with data-consent="unknown": then it keeps nothing before'
            " `consent` is called, and still knows where the visitor landed."
        )
        found.append((Severity.WEAK, "tag_waits", what, mend))
    return [
        Finding(severity=severity, code=code, where=page_only(page), what=what, mend=mend)
        for severity, code, what, mend in found
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
    401: (
        "key_unknown",
        "The key of the tag opens no workspace.",
        "Copy the publishable key, hw_pk_…, as `headwater init` printed it.",
    ),
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


_UNREADABLE = (
    "settings_unreadable",
    "Browsers keep the tag's settings from this page: Access-Control-Allow-Origin is not for it.",
    "Let no proxy or cache drop that header, or keep one page's answer for another (Vary: Origin).",
)


def of_config(tag: Script, answer: Answer, origin: str) -> list[Finding]:
    """The page's own error page, sent as 200, is no answer."""
    status, for_whom = answer.status, answer.headers.get("access-control-allow-origin", "")
    if status == 200 and not settings_of(answer):
        status = 404
    if status == 200 and origin_of(answer.url) != origin and for_whom not in {"*", origin}:
        code, what, mend = _UNREADABLE
    elif status == 200:
        return []
    else:
        other = ("no_settings", f"The tag's settings are answered {status}.", "Try again later.")
        code, what, mend = _OF_CONFIG.get(status, other)
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


def settings_of(answer: Answer | None) -> dict[str, Any]:
    """The tag's settings, where they came and can be read."""
    if answer is None or answer.status != 200:
        return {}
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def unreachable(url: str, said: str) -> Finding:
    return Finding(
        severity=Severity.LOST,
        code="tag_unreachable",
        where=page_only(url),
        what=f"The tag cannot be had: {said}.",
        mend="Check its name in the DNS, its certificate, and that Headwater runs there.",
    )
