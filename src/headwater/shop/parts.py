"""What the handlers of the shop share: its settings, its file, its client, and who asks."""

from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.response import Redirect

from headwater.client import Consent, Headwater, Visit
from headwater.client import Request as Seen
from headwater.client.signin import SignIn
from headwater.shop import sql, world
from headwater.shop.settings import APP, CAREFUL, DOMAIN, Settings
from headwater.shop.store import Store, User

HttpRequest = Request[Any, Any, Any]
SESSION, CONSENT = "session", "consent"
SESSION_S = 30 * 86400
CHOICES = {"granted": Consent.alike("granted"), "denied": Consent.alike("denied")}
NOT_ASKED = Consent.alike("unknown")


@dataclass(frozen=True, slots=True)
class Shop:
    settings: Settings
    store: Store
    client: Headwater
    signin: SignIn

    @classmethod
    def opened(cls, settings: Settings) -> "Shop":
        client = Headwater(
            settings.api,
            settings.secret_key,
            settings.publishable_key,
            domains=[DOMAIN],
            consent=consent,
        )
        store = Store(settings.file)
        store.call(sql.forget_the_past, world.now_s())
        return cls(settings, store, client, SignIn(client, "app"))


@dataclass(frozen=True, slots=True)
class Me:
    """Somebody who is signed in; `bearer` is what scripts of his pages show at the checkout."""

    user: User
    bearer: str

    @property
    def said(self) -> dict[str, str]:
        return {"user": self.user.id, "email": self.user.email, "bearer": self.bearer}


def consent(request: Seen) -> Consent:
    """What this visitor chose. One host asks first; who came by another was not asked and may
    be remembered. The choice counts on all of them.
    """
    for value in request.cookies.get(CONSENT, ()):
        if value in CHOICES:
            return CHOICES[value]
    if request.hostname == CAREFUL:
        return NOT_ASKED
    return Consent.alike("granted", "default")


def visit_of(request: HttpRequest) -> Visit:
    seen: Visit = request.scope["headwater"]  # type: ignore[typeddict-item]
    return seen


def me(request: HttpRequest, shop: Shop) -> Me | None:
    """None for who is not signed in."""
    token = request.cookies.get(SESSION, "")
    row = shop.store.call(sql.session, token, world.now_s()) if token else None
    user = shop.store.call(sql.user, row["user_id"]) if row else None
    return Me(User.of(user), row["bearer"]) if row and user else None


def by_bearer(shop: Shop, request: Seen) -> str | None:
    """Whose the token of a checkout is; the cookie is not asked, so no other site can buy."""
    given = request.header("authorization").removeprefix("Bearer ")
    row = shop.store.call(sql.session_by_bearer, given, world.now_s()) if given else None
    return str(row["user_id"]) if row else None


def signed_in(shop: Shop, user_id: str, to: str = "/account") -> Redirect:
    token = world.new_token()
    until = world.now_s() + SESSION_S
    shop.store.call(
        sql.insert_session, token=token, user_id=user_id, bearer=world.new_token(), until=until
    )
    response = to_page(to)
    response.set_cookie(
        SESSION, token, max_age=SESSION_S, httponly=True, secure=True, samesite="lax"
    )
    return response


def to_page(path: str) -> Redirect:
    return Redirect(path, status_code=303)


def at_app(shop: Shop, path: str) -> str:
    return shop.settings.at(APP, path)
