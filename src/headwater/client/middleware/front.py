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
        client.start()
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

    def set_cookies(
        self, visit: Visit, *, cache_control: str = "", present: Iterable[str] = ()
    ) -> list[str]:
        """Set-Cookie headers for the answer; `present` are those it has.

        None on an answer that shared caches may keep: they would make one visitor of all.
        """
        if _shared(cache_control):
            if visit.outgoing:
                log.warning("cookies_on_a_shared_answer", withheld=len(visit.outgoing))
            return []
        named = f"{cookies.VISITOR}="
        if any(each.startswith(named) for each in (*present, *visit.outgoing)):
            return visit.outgoing
        return [*visit.outgoing, *self._of_the_visitor(visit)]

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


def _shared(cache_control: str) -> bool:
    words = {each.strip().partition("=")[0] for each in cache_control.lower().split(",")}
    return bool(words & {"public", "s-maxage"}) and not words & {"private", "no-store"}
