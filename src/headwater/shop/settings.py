"""Where everything is: hosts below `shop.localhost` are one site to a browser, others are not."""

from dataclasses import dataclass
from pathlib import Path

DOMAIN = "shop.localhost"
SITE = "www.shop.localhost"
CAREFUL = "de.shop.localhost"  # asks before it remembers anybody
BLOG = "blog.shop.localhost"  # somebody else's server: pages, and nothing but the tag in them
APP = "app.shop.localhost"
TRACK = "track.shop.localhost"  # Headwater under a name of the shop
LINKS = "go.shop.localhost"  # its short links
PROVIDER = "id.sso.localhost"
CARD = "pay.card.localhost"
MAIL = "mail.post.localhost"

LOOPBACK = "127.0.0.1"
TAG_PATH = "/hw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`server` is Headwater's port on this machine, `port` the shop's own."""

    server: int
    port: int
    secret_key: str
    publishable_key: str
    file: Path

    @property
    def api(self) -> str:
        return f"http://{LOOPBACK}:{self.server}"

    @property
    def track(self) -> str:
        return f"http://{TRACK}:{self.server}"

    @property
    def landing(self) -> str:
        return self.at(SITE)

    def link(self, key: str) -> str:
        return f"http://{LINKS}:{self.server}/{key}"

    def at(self, host: str, path: str = "/") -> str:
        return f"http://{host}:{self.port}{path}"
