"""What a page says that matters to a click: scripts, policies, where its links lead."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from headwater.doctor.model import page_only

AT_ONCE_S = 5  # a page that sends its visitor on later than that is one
_REFRESH = re.compile(
    r"""\s*(\d{1,6})[\d.]*\s*[;,]\s*(?:url\s*=)?\s*['"]?([^'"]+)""", re.IGNORECASE
)
_ASIDE = frozenset({"noscript", "template"})


@dataclass(frozen=True, slots=True)
class Script:
    url: str
    key: str | None
    nonce: str
    blocking: bool
    waits: bool  # until a consent tool makes a script of it

    @property
    def ours(self) -> bool:
        """Other vendors have a `data-key`, too."""
        if self.key is None:
            return False
        known = self.key.startswith(("hw_", "dub_pk_"))
        return known or not self.key or urlsplit(self.url).path == "/t.js"


@dataclass(slots=True)
class Page:
    """Addresses are whole. `refresh` is where the page itself sends its visitor on."""

    base: str
    scripts: list[Script] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)
    refresh: str | None = None
    links: list[tuple[str, str]] = field(default_factory=list)  # address and words

    @property
    def tags(self) -> list[Script]:
        """Where none is surely ours, what may be."""
        ours = [each for each in self.scripts if each.ours]
        return ours or [each for each in self.scripts if each.key]


def read(html: str, url: str) -> Page:
    reader = _Reader(url)
    reader.feed(
        html
    )  # and no more: what is open at the end is no element, and slow to look through
    return reader.page


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.page = Page(url)
        self._link: list[str] | None = None
        self._aside = 0  # in elements that browsers with scripts do not look into

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _ASIDE:
            self._aside += 1
        if self._aside:
            return
        said = {name: value or "" for name, value in attrs}
        match tag:
            case "base" if said.get("href"):
                self.page.base = urljoin(self.page.base, said["href"])
            case "script":
                self._script(said)
            case "meta":
                self._meta(said)
            case "a" if said.get("href"):
                self._link = []
                self.page.links.append((self._whole(said["href"]), ""))
            case _:
                pass

    def _script(self, said: dict[str, str]) -> None:
        kind = said.get("type", "").lower()
        if said.get("src"):
            script = Script(
                url=self._whole(said["src"]),
                key=said.get("data-key"),
                nonce=said.get("nonce", ""),
                blocking=not said.keys() & {"async", "defer"} and kind != "module",
                waits=kind not in {"", "module"} and "javascript" not in kind,
            )
            self.page.scripts.append(script)

    def _meta(self, said: dict[str, str]) -> None:
        kind, content = said.get("http-equiv", "").lower(), said.get("content", "")
        if kind == "content-security-policy":
            self.page.policies.append(content)
        elif kind == "refresh":
            found = _REFRESH.match(content)
            to = self._whole(found[2]) if found else ""
            again = page_only(to) == page_only(self.page.base)
            if found and int(found[1]) <= AT_ONCE_S and not again:
                self.page.refresh = to

    def handle_data(self, data: str) -> None:
        if self._link is not None:
            self._link.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in _ASIDE:
            self._aside = max(0, self._aside - 1)
        elif tag == "a" and self._link is not None:
            address, _ = self.page.links[-1]
            self.page.links[-1] = (address, " ".join("".join(self._link).split()))
            self._link = None

    def _whole(self, address: str) -> str:
        return joined(self.page.base, address)


def joined(base: str, address: str) -> str:
    """Empty where it is no address."""
    try:
        found = urljoin(base, address.strip())
        _ = urlsplit(found).port
    except ValueError:
        return ""
    return found


def host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
