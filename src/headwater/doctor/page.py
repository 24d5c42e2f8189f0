"""What a page says that matters to a click: scripts, policies, where its links lead."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit


@dataclass(frozen=True, slots=True)
class Script:
    url: str
    key: str
    nonce: str
    blocking: bool


@dataclass(slots=True)
class Page:
    """Addresses are whole. `refresh` is where the page itself sends its visitor on."""

    base: str
    scripts: list[Script] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)
    refresh: str | None = None
    links: list[tuple[str, str]] = field(default_factory=list)  # address and words
    inline: str = ""

    @property
    def tags(self) -> list[Script]:
        return [each for each in self.scripts if each.key]


def read(html: str, url: str) -> Page:
    reader = _Reader(url)
    reader.feed(html)
    reader.close()
    return reader.page


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.page = Page(url)
        self._link: list[str] | None = None
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
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
        self._in_script = True
        if said.get("src"):
            waits = not said.keys() & {"async", "defer"} and said.get("type") != "module"
            script = Script(
                url=self._whole(said["src"]),
                key=said.get("data-key", ""),
                nonce=said.get("nonce", ""),
                blocking=waits,
            )
            self.page.scripts.append(script)

    def _meta(self, said: dict[str, str]) -> None:
        kind, content = said.get("http-equiv", "").lower(), said.get("content", "")
        if kind == "content-security-policy":
            self.page.policies.append(content)
        elif kind == "refresh":
            _, found, target = content.partition("=")
            if found and "url" in content.lower():
                self.page.refresh = self._whole(target.strip(" '\""))

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.page.inline += data
        elif self._link is not None:
            self._link.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._in_script = False
        elif tag == "a" and self._link is not None:
            address, _ = self.page.links[-1]
            self.page.links[-1] = (address, " ".join("".join(self._link).split()))
            self._link = None

    def _whole(self, address: str) -> str:
        try:
            return urljoin(self.page.base, address.strip())
        except ValueError:
            return ""


def host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
