"""What every middleware does with a request and its answer; the others only translate."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from headwater.client import cookies
from headwater.client.consent import Consent
from headwater.client.errors import SetupError
from headwater.client.headwater import Headwater
from headwater.client.log import log
from headwater.client.middleware.proxy import Asked, Proxy
from headwater.client.request import Request, behind
from headwater.client.visit import Visit, Why, seen

LOADING_S = 0.5  # an application that is being loaded may wait; no request does


@dataclass(frozen=True, slots=True)
class Added:
    """Set-Cookie headers, and what Cache-Control becomes; None leaves it as it is."""

    cookies: list[str]
    cache_control: str | None = None


@dataclass(frozen=True, slots=True)
class Front:
    """Looks at what comes in. Never raises into a request: what goes wrong is logged."""

    client: Headwater
    proxy: Proxy | None = None

    @classmethod
    def of(cls, client: Headwater, proxy_path: str | None) -> "Front":
        if not client.publishable_key:
            raise SetupError(
                "The middleware reports what visitors bring: give the client the workspace's"
                " publishable_key."
            )
        client.start(LOADING_S)
        return cls(client, Proxy(client, proxy_path) if proxy_path else None)

    def proxied(self, request: Request) -> Asked | None:
        """What the tag asks of the server through the site; None for the site's own business."""
        return self.proxy.asked(self.behind(request)) if self.proxy else None

    def behind(self, request: Request) -> Request:
        return behind(request, self.client.trusted_proxies)

    def look(self, request: Request) -> Visit:
        """Who it is; what his address says is already on its way."""
        request = self.behind(request)
        try:
            visit = self._look(request)
        except Exception:
            log.exception("visit_not_read")
            return Visit(request, Why.NO_PAGE, Consent.alike("unknown"))
        return visit

    def answered(self, visit: Visit, headers: Iterable[tuple[str, str]]) -> Added:
        """What comes to an answer with these headers, of lower-case names.

        No cookie on an answer that shared caches may keep: they would make one visitor of all. On
        one that does not say who may keep it there is, and it says so.
        """
        given = list(headers)
        cache_control = ", ".join(value for name, value in given if name == "cache-control")
        present = [value for name, value in given if name == "set-cookie"]
        if _shared(cache_control) or any(_shared_by_name(*each) for each in given):
            if visit.outgoing:
                log.warning("cookies_on_a_shared_answer", withheld=len(visit.outgoing))
            return Added([])
        lines = list(visit.outgoing)
        named = f"{cookies.VISITOR}="
        if not any(each.startswith(named) for each in (*present, *lines)):
            lines += self._of_the_visitor(visit)
        if not lines or _words(cache_control) & _OURS_ALONE:
            return Added(lines)
        return Added(lines, f"{cache_control}, private" if cache_control else "private")

    def _of_the_visitor(self, visit: Visit) -> Iterator[str]:
        value = "" if visit.forget else visit.cookie
        if value is None or (visit.why is not Why.PAGE and not visit.forget):
            return
        yield cookies.written(
            visit.request,
            cookies.VISITOR,
            value,
            lasts_s=cookies.LASTS_S if value else 0,
            domain=self.client.domain(visit.request),
        )

    def _look(self, request: Request) -> Visit:
        consent = self.client.consent(request)
        visit = seen(request, consent, self.client.settings(request), self.client.domains)
        if visit.visitor is not None and visit.touch is not None:
            self.client.report(request, visit.visitor.id, visit.touch, consent)
        elif visit.forget:
            known = cookies.visitor_of(request)
            if known is not None:
                self.client.withdraw(request, known.id, consent)
        return visit


_OURS_ALONE = {"private", "no-store"}


def _shared(cache_control: str) -> bool:
    words = _words(cache_control)
    return bool(words & {"public", "s-maxage"}) and not words & _OURS_ALONE


def _shared_by_name(name: str, value: str) -> bool:
    """Headers for the cache in front of a site, which go before Cache-Control there."""
    of_caches = name in {"surrogate-control", "x-accel-expires"}
    if not of_caches and not name.endswith("cdn-cache-control"):
        return False
    return value.strip() != "0" and not _words(value) & {*_OURS_ALONE, "no-cache"}


def _words(cache_control: str) -> set[str]:
    return {each.strip().partition("=")[0] for each in cache_control.lower().split(",")}
