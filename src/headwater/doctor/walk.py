"""The walk: from an address by its redirects to a page, its tag, and the hosts it leads to."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from headwater.doctor import findings
from headwater.doctor.model import (
    VISITOR_COOKIE,
    CannotWalk,
    Cookie,
    Finding,
    Hop,
    Options,
    Report,
    Severity,
)
from headwater.doctor.page import Page, Script, host_of, read
from headwater.doctor.visit import Answer, Browser, asked_for
from headwater.kit.sites import site_of

OTHERS = ("im_ref", "gclid", "utm_source")  # a network's own, one that browsers strip, a campaign
HOSTS_MAX = 5  # other hosts that are visited from the page
_LEADS_ON = re.compile(
    r"sign[ _-]?(up|in)|log[ _-]?in|regist|start|try|app\b|checkout|buy|pricing|account",
    re.IGNORECASE,
)


async def walk(options: Options) -> Report:
    """CannotWalk where not even the first address answers."""
    async with Browser(options.timeout_s) as browser:
        hops = await _way(browser, options)
        found = findings.of_the_way(hops)
        last = hops[-1]
        click_param = options.click_param
        if last.status < 400 and last.to is None:
            page = read(last.body, last.url)
            cookie = _visitor_cookie(hops)
            known = browser.knows(last.url, VISITOR_COOKIE)
            found += findings.of_the_cookie(last.url, cookie)
            found += findings.of_no_reader(last.url, cookie=known, tags=page.tags)
            found += findings.of_tags(last.url, page.tags)
            settings: dict[str, Any] = {}
            if page.tags:
                of_tag, settings = await _tag(browser, page, last, page.tags[0])
                found += _softened(of_tag) if known else of_tag
            click_param = str(settings.get("clickParam") or click_param)
            outbound = [str(each) for each in settings.get("outbound") or ()]
            found += [each async for each in _elsewhere(browser, page, last.url, outbound)]
    return Report(hops=tuple(hops), findings=tuple(found), click_param=click_param)


async def _way(browser: Browser, options: Options) -> list[Hop]:
    names = (options.click_param, *OTHERS)
    url = _with(options.url, names, options.probe)
    hops: list[Hop] = []
    while url and len(hops) < options.hops:
        try:
            answer = await browser.go(url)
        except CannotWalk:
            if not hops:
                raise
            hops.append(_unanswered(len(hops) + 1, url))
            break
        to = _target(answer)
        here = _carried(url, names)
        hops.append(
            Hop(
                number=len(hops) + 1,
                url=url,
                status=answer.status,
                to=to,
                came_with=here,
                lost=() if to is None else tuple(n for n in here if n not in _carried(to, names)),
                cookies=answer.cookies,
                headers=answer.headers,
                body="" if to else answer.body,
            )
        )
        url = to or ""
    return hops


def _unanswered(number: int, url: str) -> Hop:
    return Hop(number=number, url=url, status=599, to=None, came_with=(), lost=())


def _with(url: str, names: tuple[str, ...], value: str) -> str:
    parts = urlsplit(url)
    known = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    more = urlencode([(name, value) for name in names if name not in known])
    query = "&".join(each for each in (parts.query, more) if each)
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", query, ""))


def _carried(url: str, names: tuple[str, ...]) -> tuple[str, ...]:
    present = {name for name, value in parse_qsl(urlsplit(url).query) if value}
    return tuple(name for name in names if name in present)


def _target(answer: Answer) -> str | None:
    """Where the visitor is sent: by a redirect, or by the page itself."""
    location = answer.headers.get("location")
    if 300 <= answer.status < 400 and location:
        to = urljoin(answer.url, location)
    elif answer.status == 200 and "html" in answer.headers.get("content-type", ""):
        to = read(answer.body, answer.url).refresh or ""
    else:
        return None
    return to if to.startswith(("http://", "https://")) else None


def _visitor_cookie(hops: list[Hop]) -> Cookie | None:
    found = [each for hop in hops for each in hop.cookies if each.name == VISITOR_COOKIE]
    return found[-1] if found else None


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
    parts = urlsplit(hop.url)
    origin = f"{parts.scheme}://{parts.netloc}"
    base = urlunsplit(urlsplit(tag.url)._replace(query="", fragment="")).removesuffix(".js")
    policy = hop.headers.get("content-security-policy", "")
    found = findings.of_policies(page, hop.url, policy, tag, base)
    try:
        script = await browser.fetch(tag.url, origin)
        found += (broken := findings.of_the_script(tag, script))
        settings = None
        if not broken:
            address = f"{base}/config?{urlencode({'key': tag.key})}"
            settings = await browser.fetch(address, origin)
            found += findings.of_config(tag, settings)
    except CannotWalk as error:
        return [*found, findings.unreachable(tag.url, str(error))], {}
    same_site = site_of(host_of(hop.url)) == site_of(host_of(tag.url))
    near = await asyncio.to_thread(_same_network, host_of(hop.url), host_of(tag.url))
    found += findings.of_sites(hop.url, tag, same_site=same_site, same_network=near)
    return found, findings.settings_of(settings, json.loads)


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
    browser: Browser, page: Page, url: str, outbound: list[str]
) -> AsyncIterator[Finding]:
    for words, address in _hosts_led_to(page, url):
        reaches = browser.knows(address, VISITOR_COOKIE)
        if not reaches and site_of(host_of(address)) == site_of(host_of(url)):
            reaches = await _reads_visitors(browser, address)
        for each in findings.of_a_link(words, address, reaches=reaches, outbound=outbound):
            yield each


def _hosts_led_to(page: Page, url: str) -> Iterator[tuple[str, str]]:
    """The first link to each other host that looks like the way to an account."""
    seen = {host_of(url)}
    for address, words in page.links:
        host = host_of(address)
        if not address.startswith("http") or host in seen:
            continue
        if _LEADS_ON.search(f"{words} {host} {urlsplit(address).path}"):
            seen.add(host)
            yield words or address, address
            if len(seen) > HOSTS_MAX:
                return


async def _reads_visitors(browser: Browser, url: str) -> bool:
    """Whether that page, or an answer on the way to it, looks after visitors of its own accord."""
    for _ in range(5):
        try:
            answer = await browser.go(url)
        except CannotWalk:
            return False
        to = _target(answer)
        if browser.knows(url, VISITOR_COOKIE):
            return True
        if to is None:
            return bool(read(answer.body, url).tags)
        url = to
    return False
