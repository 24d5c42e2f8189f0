"""A browser as far as cookies go: domains, Secure, SameSite, and what it says of a navigation."""

import http.client
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"
SUFFIXES = {"test", "localhost", "co.uk"}


@dataclass(frozen=True)
class Cookie:
    name: str
    value: str
    domain: str
    host_only: bool
    secure: bool
    same_site: str
    http_only: bool
    max_age: int


@dataclass
class Page:
    url: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return next((v for n, v in self.headers if n.lower() == name), "")

    @property
    def set_cookies(self) -> list[str]:
        return [v for n, v in self.headers if n.lower() == "set-cookie"]

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Browser:
    """All hosts are on `port` of this machine; https is what a trusted proxy says it was."""

    port: int
    jar: dict[tuple[str, str], Cookie] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, url: str, **options: Any) -> Page:
        return self.ask("GET", url, **options)

    def post(self, url: str, form: dict[str, str], **options: Any) -> Page:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self.ask("POST", url, body=urlencode(form).encode(), headers=kind, **options)

    def follow(self, page: Page, *, within: str = "shop.test") -> Page:
        """Redirects, as long as they stay on the site."""
        while 300 <= page.status < 400:
            target = urljoin(page.url, page.header("location"))
            if not (urlsplit(target).hostname or "").endswith(within):
                return page
            page = self.get(target)
        return page

    def ask(
        self,
        method: str,
        url: str,
        *,
        body: Any = None,
        headers: dict[str, str] | None = None,
        cross_site: bool = False,
        referer: str = "",
    ) -> Page:
        parts = urlsplit(url)
        sent = {
            "Host": parts.netloc,
            "User-Agent": AGENT,
            "Accept": "text/html,*/*",
            "Sec-Fetch-Dest": "document",
            "X-Forwarded-Proto": parts.scheme,
        }
        sent |= {"Referer": referer} if referer else {}
        cookie = self._cookies(parts.scheme, str(parts.hostname), cross_site and method == "POST")
        sent |= ({"Cookie": cookie} if cookie else {}) | self.headers | (headers or {})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        kept = {name: value for name, value in sent.items() if value}
        chunked = body is not None and not isinstance(body, bytes)
        connection.request(method, path, body=body, headers=kept, encode_chunked=chunked)
        answer = connection.getresponse()
        page = Page(url, answer.status, answer.getheaders(), answer.read())
        connection.close()
        for line in page.set_cookies:
            self._keep(line, parts.scheme, str(parts.hostname))
        return page

    def value(self, name: str) -> str | None:
        return next((c.value for c in self.jar.values() if c.name == name), None)

    def cookie(self, name: str) -> Cookie:
        return next(c for c in self.jar.values() if c.name == name)

    def _cookies(self, scheme: str, host: str, cross_site_post: bool) -> str:
        return "; ".join(
            f"{c.name}={c.value}"
            for c in self.jar.values()
            if (host == c.domain or (not c.host_only and host.endswith(f".{c.domain}")))
            and (not c.secure or scheme == "https" or host.endswith("localhost"))
            and not (cross_site_post and c.same_site != "none")
        )

    def _keep(self, line: str, scheme: str, host: str) -> None:
        first, *rest = [part.strip() for part in line.split(";")]
        name, _, value = first.partition("=")
        said = {k.lower(): v for k, _, v in (part.partition("=") for part in rest)}
        domain = said.get("domain", "").lstrip(".").lower()
        secure = "secure" in said
        good = not domain or (domain not in SUFFIXES and f".{host}".endswith(f".{domain}"))
        good = good and (not secure or scheme == "https" or host.endswith("localhost"))
        good = good and (said.get("samesite", "").lower() != "none" or secure)
        if not good:
            self.refused.append(line)
            return
        key = (name, domain or host)
        age = int(said.get("max-age") or 10**9)
        self.jar.pop(key, None)
        if age > 0:
            same = said.get("samesite", "lax").lower()
            self.jar[key] = Cookie(
                name, value, domain or host, not domain, secure, same, "httponly" in said, age
            )
