"""The walk: from an address by its redirects to a page, its tag, and the hosts it leads to."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from headwater.doctor import findings, of_tag
from headwater.doctor.model import (
    VISITOR_COOKIE,
    CannotWalk,
    Finding,
    Hop,
    Options,
    Report,
    Severity,
    origin_of,
)
from headwater.doctor.page import Page, Script, host_of, read
from headwater.doctor.visit import Answer, Browser, asked_for, is_web, moved_to
from headwater.kit.sites import site_of

OTHERS = ("im_ref", "gclid", "utm_source")  # a network's own, one that browsers strip, a campaign
HOSTS_MAX = 5  # other hosts that are visited from the page
_LEADS_ON = re.compile(
    r"(?<![a-z])(sign[ _-]?(up|in)|log[ _-]?in|regist(er|ration)|start|try|checkout|buy|pricing"
    r"|accounts?)(?![a-z])",
    re.IGNORECASE,
)
_APP = re.compile(r"(?<![a-z])app(?![a-z])", re.IGNORECASE)  # in addresses, not in "get the app"


async def walk(options: Options) -> Report:
    """CannotWalk where not even the first address answers."""
    if not is_web(options.url):
        raise CannotWalk(f"{options.url!r} is no address of a page, such as https://acme.com/")
    async with Browser(options.timeout_s) as browser:
        hops = await _way(browser, options)
        found = findings.of_the_way(hops)
        last = hops[-1]
        click_param = options.click_param
        if 200 <= last.status < 300 and last.to is None:
            page = read(last.body, last.url)
            known = browser.knows(last.url, VISITOR_COOKIE)
            found += findings.of_the_cookie(hops)
            found += findings.of_no_reader(last, cookie=known, tags=page.tags)
            found += of_tag.of_tags(last.url, page.tags)
            settings: dict[str, Any] = {}
            works = False
            if page.tags:
                wrong, settings = await _tag(browser, page, last, page.tags[0])
                works = _sets_a_cookie(wrong)
                found += _softened(wrong) if known else wrong
            click_param = str(settings.get("clickParam") or click_param)
            outbound = [str(each) for each in settings.get("outbound") or ()]
            found += [each async for each in _elsewhere(browser, page, last.url, outbound, works)]
    return Report(hops=tuple(hops), findings=tuple(found), click_param=click_param)


async def _way(browser: Browser, options: Options) -> list[Hop]:
    names = (options.click_param, *OTHERS)
    url = _with(options.url, names, options.probe)
    hops: list[Hop] = []
    while url and len(hops) < options.hops:
        try:
            answer = await browser.go(url)
        except CannotWalk as error:
            if not hops:
                raise
            hops.append(_unanswered(len(hops) + 1, url, str(error)))
            break
        to = _target(answer)
        lost = () if to is None else _lost(url, to, names)
        hops.append(
            Hop(
                number=len(hops) + 1,
                url=url,
                status=answer.status,
                to=to,
                came_with=tuple(name for name in names if _query(url).get(name)),
                lost=lost,
                hidden=_hidden(to or "", lost),
                cookies=answer.cookies,
                headers=answer.headers,
                body="" if to else answer.body,
            )
        )
        url = to or ""
    return hops


def _unanswered(number: int, url: str, silence: str) -> Hop:
    return Hop(number=number, url=url, status=0, to=None, came_with=(), lost=(), silence=silence)


def _with(url: str, names: tuple[str, ...], value: str) -> str:
    parts = urlsplit(url)
    known = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    more = urlencode([(name, value) for name in names if name not in known])
    query = "&".join(each for each in (parts.query, more) if each)
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", query, ""))


def _lost(url: str, to: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """What does not go on as it came. A short link of ours puts its own click in place of another,
    which is no loss; the same in small letters is.
    """
    before, after = _query(url), _query(to)

    def arrives(name: str) -> bool:
        came, goes = before[name], after.get(name, "")
        replaced = name == names[0] and goes.lower() != came.lower()
        return goes == came or (goes != "" and replaced)

    return tuple(name for name in names if before.get(name) and not arrives(name))


def _hidden(to: str, lost: tuple[str, ...]) -> str:
    """`next` of `/login?next=%2F%3Fhw_id%3D…`."""
    for name, value in _query(to).items():
        if lost and all(_query(value).get(each) for each in lost):
            return name
    return ""


def _query(url: str) -> dict[str, str]:
    """The first value of each name; nothing where it is no address."""
    try:
        return dict(reversed(parse_qsl(urlsplit(url).query)))
    except ValueError:
        return {}


def _target(answer: Answer) -> str | None:
    """Where the visitor is sent: by a redirect, or by the page itself."""
    if answer.status != 200 or "html" not in answer.headers.get("content-type", ""):
        return moved_to(answer)
    to = read(answer.body, answer.url).refresh or ""
    return to if is_web(to) else None


def _sets_a_cookie(wrong: list[Finding]) -> bool:
    """By the answer to what the tag reports, for the whole site."""
    lost = any(each.severity is Severity.LOST for each in wrong)
    return not lost and all(each.code != "third_party_tag" for each in wrong)


def _softened(found: list[Finding]) -> list[Finding]:
    """A tag that fails loses nobody whom a response's cookie already knows."""
    return [
        Finding(
            severity=Severity.WEAK if each.severity is Severity.LOST else each.severity,
            code=each.code,
            where=each.where,
            what=each.what,
            mend=each.mend,
        )
        for each in found
    ]


async def _tag(
    browser: Browser, page: Page, hop: Hop, tag: Script
) -> tuple[list[Finding], dict[str, Any]]:
    origin = origin_of(hop.url)
    base = urlunsplit(urlsplit(tag.url)._replace(query="", fragment="")).removesuffix(".js")
    policy = hop.headers.get("content-security-policy", "")
    found = of_tag.of_the_element(hop.url, tag)
    found += of_tag.of_policies(page, hop.url, policy, tag, base)
    try:
        script = await browser.fetch(tag.url, origin)
        found += (broken := of_tag.of_the_script(tag, script))
        settings = None
        if not broken:
            address = f"{base}/config?{urlencode({'key': tag.key or ''})}"
            settings = await browser.fetch(address, origin)
            found += of_tag.of_config(tag, settings, origin)
    except CannotWalk as error:
        return [*found, of_tag.unreachable(tag.url, str(error))], {}
    same_site = site_of(host_of(hop.url)) == site_of(host_of(tag.url))
    near = await asyncio.to_thread(_same_network, host_of(hop.url), host_of(tag.url))
    found += of_tag.of_sites(hop.url, tag, same_site=same_site, same_network=near)
    return found, of_tag.settings_of(settings)


def _same_network(a: str, b: str) -> bool | None:
    """By the first half of the addresses, as Safari compares; None where nobody can say."""
    if a == b:
        return True
    try:
        ours, theirs = _networks(a), _networks(b)
    except OSError:
        return None
    return bool(ours & theirs)


def _networks(host: str) -> set[bytes]:
    return {_half(str(entry[4][0])) for entry in socket.getaddrinfo(asked_for(host), None)}


def _half(address: str) -> bytes:
    packed = ip_address(address).packed
    return packed[: 2 if len(packed) == 4 else 8]


async def _elsewhere(
    browser: Browser, page: Page, url: str, outbound: list[str], tag_works: bool
) -> AsyncIterator[Finding]:
    for words, address in _hosts_led_to(page, url):
        reaches = browser.knows(address, VISITOR_COOKIE)
        near = site_of(host_of(address)) == site_of(host_of(url)) != ""
        if not reaches and near:
            try:
                reaches = await _reads_visitors(browser, address)
            except CannotWalk as error:
                yield findings.silent_link(words, address, str(error))
                continue
        by_tag = near and tag_works
        for each in findings.of_a_link(
            words, address, reaches=reaches, outbound=outbound, by_tag=by_tag
        ):
            yield each


def _hosts_led_to(page: Page, url: str) -> Iterator[tuple[str, str]]:
    """The first link to each other host that looks like the way to an account."""
    seen = {host_of(url)}
    for address, words in page.links:
        host = host_of(address)
        if not address.startswith("http") or host in seen:
            continue
        path = urlsplit(address).path
        if _LEADS_ON.search(f"{words} {host} {path}") or _APP.search(f"{host} {path}"):
            seen.add(host)
            yield words or address, address
            if len(seen) > HOSTS_MAX:
                return


async def _reads_visitors(browser: Browser, url: str) -> bool:
    """Whether that page, or an answer on the way to it, looks after visitors of its own accord."""
    for _ in range(5):
        answer = await browser.go(url)
        to = _target(answer)
        if browser.knows(url, VISITOR_COOKIE):
            return True
        if to is None:
            return bool(read(answer.body, url).tags)
        url = to
    return False
