"""A browser without a screen: keeps cookies as browsers do, follows redirects, runs no script."""

import html
import http.client
import re
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin, urlsplit

from headwater.shop.settings import LOOPBACK

HOPS_MAX = 10
PATIENCE_S = 30.0
HEADERS = {
    "accept": "text/html",
    "sec-fetch-dest": "document",
    "sec-fetch-mode": "navigate",
}


@dataclass(frozen=True, slots=True)
class Cookie:
    """`domain` is the host alone where none was given; `lax` stays at home when others post."""

    name: str
    value: str
    domain: str
    wide: bool
    lax: bool

    def goes_to(self, host: str) -> bool:
        return host == self.domain or (self.wide and host.endswith(f".{self.domain}"))


@dataclass(frozen=True, slots=True)
class Shown:
    """A page, at the address where the redirects ended."""

    status: int
    url: str
    text: str

    @property
    def fields(self) -> dict[str, str]:
        """What a form of the page would send of itself."""
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.text)
        return {name: html.unescape(value) for name, value in found}

    def said(self, attribute: str) -> str:
        """The value of an attribute; empty where no element has it."""
        found = re.search(rf'{attribute}="([^"]*)"', self.text)
        return html.unescape(found[1]) if found else ""


@dataclass(slots=True)
class Browser:
    agent: str
    at: str = ""
    cookies: dict[tuple[str, str], Cookie] = field(default_factory=dict)

    def get(self, url: str) -> Shown:
        return self._shown("GET", url, None)

    def post(self, url: str, **fields: str) -> Shown:
        """As a form of the page that is shown."""
        return self._shown("POST", urljoin(self.at, url), urlencode(fields).encode())

    def fetch(self, url: str, body: bytes, **headers: str) -> tuple[int, str]:
        """As a script of the page that is shown would, with JSON."""
        url = urljoin(self.at, url)
        sent = {"content-type": "application/json", "origin": _origin(self.at)} | headers
        answer = self._sent("POST", url, body, sent)
        return answer.status, answer.read().decode()

    def _shown(self, method: str, url: str, body: bytes | None) -> Shown:
        for _ in range(HOPS_MAX):
            headers = dict(HEADERS)
            if body is not None:
                headers["content-type"] = "application/x-www-form-urlencoded"
                headers["origin"] = _origin(self.at)
            answer = self._sent(method, url, body, headers)
            to = answer.getheader("location")
            if answer.status not in {302, 303} or to is None:
                self.at = url
                return Shown(answer.status, url, answer.read().decode())
            answer.read()
            method, url, body = "GET", urljoin(url, to), None
        raise RuntimeError(f"more than {HOPS_MAX} redirects, the last to {url}")

    def _sent(
        self, method: str, url: str, body: bytes | None, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        """Every name of this machine is this machine."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        connection = http.client.HTTPConnection(LOOPBACK, parts.port, timeout=PATIENCE_S)
        path = parts.path or "/"
        sent = {"host": parts.netloc, "user-agent": self.agent, **headers}
        if cookies := self._cookies(method, host):
            sent["cookie"] = cookies
        connection.request(method, f"{path}?{parts.query}" if parts.query else path, body, sent)
        answer = connection.getresponse()
        for line in answer.headers.get_all("set-cookie") or ():
            self._keep(line, host)
        return answer

    def _cookies(self, method: str, host: str) -> str:
        from_elsewhere = method == "POST" and _site(urlsplit(self.at).hostname or "") != _site(host)
        return "; ".join(
            f"{each.name}={each.value}"
            for each in self.cookies.values()
            if each.goes_to(host) and not (each.lax and from_elsewhere)
        )

    def _keep(self, line: str, host: str) -> None:
        pair, *rest = [part.strip() for part in line.split(";")]
        name, _, value = pair.partition("=")
        said = {key.lower(): text for key, _, text in (part.partition("=") for part in rest)}
        domain = said.get("domain", "").lstrip(".")
        if said.get("max-age") == "0":
            self.cookies.pop((domain or host, name), None)
            return
        lax = said.get("samesite", "lax").lower() != "none"
        self.cookies[domain or host, name] = Cookie(name, value, domain or host, bool(domain), lax)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _site(host: str) -> str:
    return ".".join(host.split(".")[-2:])
