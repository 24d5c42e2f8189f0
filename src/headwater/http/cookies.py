"""The visitor's cookie: set by answers only, for the whole site a host belongs to (T-90)."""

from headwater import attribution
from headwater.attribution import COOKIE
from headwater.http.address import is_trusted, network
from headwater.http.visitor import Headers, came_with, text
from headwater.kit.entropy import ALPHANUMERIC, token
from headwater.kit.sites import is_local, site_of
from headwater.runtime import App

AGE_S = 34_560_000  # 400 days: browsers keep none longer
_LENGTH = 32
Line = tuple[bytes, bytes]


class Cookies:
    """The value is a visitor id, and behind a dot their last click of ours (T-89)."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._trusted = [network(cidr) for cidr in app.config.server.trusted_proxies]
        site_of("example.com")  # reads the list now, and not while visitors wait
        self._is_https = app.config.public_url.startswith("https://")

    def of(self, headers: Headers, identity: bytes) -> str:
        """The visitor a hit comes from: an id that came is kept, whoever made it."""
        came, _ = came_with(headers)
        made = self._app.click_key, self._app.entropy
        return self.kept(came) or attribution.to_cookie(identity, *made)

    def kept(self, came: str | None) -> str | None:
        if came is None:
            return None
        return attribution.whole(came, self._app.click_key, self._app.entropy)

    def fresh(self) -> str:
        return token(self._app.entropy, _LENGTH, ALPHANUMERIC)

    def line(
        self, client: str, headers: Headers, visitor_id: str, click_id: str | None = None
    ) -> Line:
        value = f"{visitor_id}.{click_id}" if click_id else visitor_id
        return self._line(client, headers, f"{COOKIE}={value}", AGE_S)

    def removed(self, client: str, headers: Headers) -> Line:
        return self._line(client, headers, f"{COOKIE}=", 0)

    def _line(self, client: str, headers: Headers, pair: str, age_s: int) -> Line:
        host = self._host(client, headers)
        site = site_of(host)
        said = [pair, "Path=/", f"Max-Age={age_s}", "HttpOnly", "SameSite=Lax"]
        said += [f"Domain={site}"] if site else []
        said += ["Secure"] if self._is_safe(client, headers, host) else []
        return b"set-cookie", "; ".join(said).encode("latin-1")

    def _host(self, client: str, headers: Headers) -> str:
        """As the visitor wrote it, where a proxy of ours says so."""
        named = self._forwarded(client, headers, b"x-forwarded-host") or text(headers, b"host")
        host = named.strip().lower()
        return host if host.endswith("]") else host.rsplit(":", 1)[0]

    def _is_safe(self, client: str, headers: Headers, host: str) -> bool:
        proto = self._forwarded(client, headers, b"x-forwarded-proto").strip().lower()
        return proto == "https" if proto else self._is_https or is_local(host)

    def _forwarded(self, client: str, headers: Headers, name: bytes) -> str:
        """What the outermost of several proxies wrote stands first."""
        if name not in headers or not is_trusted(client, self._trusted):
            return ""
        return text(headers, name).split(",")[0]
