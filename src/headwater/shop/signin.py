"""Every way into an account: by password, by the provider (which answers with a GET or with a POST
from its own site), and by a link in a mail. In each, the visitor's origin comes along.
"""

import asyncio
import hmac
from urllib.parse import urlencode

from litestar import Response, get, post, route
from litestar.enums import HttpMethod
from litestar.response import Redirect

from headwater.client.signin import Arrival
from headwater.shop import inside, sql, world
from headwater.shop.pages import filled, of_shop
from headwater.shop.parts import (
    SESSION,
    HttpRequest,
    Shop,
    at_app,
    me,
    signed_in,
    to_page,
    visit_of,
)
from headwater.shop.settings import MAIL, PROVIDER
from headwater.shop.site import Form
from headwater.shop.store import User, hashed, opens

CLIENT_ID = "ebb"
LEAVING, LEAVING_S = "leaving", 600
MAIL_S = 3600
MODES = {"get": "query", "post": "form_post"}
NOTES = {
    "password": "That is not the password of this address.",
    "taken": "There is an account with this address already: sign in to it first.",
    "denied": "Harbor ID did not let you in. You can try again, or choose a password.",
    "state": "This sign-in did not begin in this browser, or took too long. Begin again.",
    "letter": "This link was used before, or is too old. Ask for another one.",
    "address": "Write your address as you@example.com, and a password of 8 characters or more.",
}


@get(["/sign-in", "/sign-up"], sync_to_thread=False)
def door(request: HttpRequest, shop: Shop, note: str = "") -> Response[str]:
    """Wherever somebody goes from here, what the address says of him goes along."""
    new = request.url.path == "/sign-up"
    here = shop.signin.finish(visit_of(request))
    ways = {
        "path": "/sign-up" if new else "/sign-in",
        "other": "/sign-in" if new else "/sign-up",
        "by_get": "/leave?mode=get",
        "by_post": "/leave?mode=post",
        "mail": "/mail-link",
    }
    body = filled(
        "door.html",
        title="Make an account" if new else "Sign in",
        otherwise="I have an account" if new else "I am new here",
        note=NOTES.get(note, ""),
        kind="new-password" if new else "current-password",
        **{name: shop.signin.back(path, here) for name, path in ways.items()},
    )
    return of_shop(shop.settings, visit_of(request), "Sign up" if new else "Sign in", body)


@post("/sign-up", status_code=303)
async def sign_up(request: HttpRequest, shop: Shop, data: Form) -> Redirect:
    email, password = data.get("email", "").strip().lower(), data.get("password", "")
    arrival = shop.signin.finish(visit_of(request))
    if "@" not in email or len(password) < 8:
        return back(shop, arrival, "/sign-up", "address")
    salt = world.salt()
    secret = await asyncio.to_thread(hashed, password, salt)
    user = made(shop, email, password=secret, salt=salt)
    if user is None:
        return back(shop, arrival, "/sign-in", "taken")
    return await enter(shop, arrival, user, new=True)


@post("/sign-in", status_code=303)
async def sign_in(request: HttpRequest, shop: Shop, data: Form) -> Redirect:
    email, password = data.get("email", "").strip().lower(), data.get("password", "")
    arrival = shop.signin.finish(visit_of(request))
    row = shop.store.call(sql.user_by_email, email)
    if row is None or not await asyncio.to_thread(opens, password, row):
        return back(shop, arrival, "/sign-in", "password")
    return await enter(shop, arrival, User.of(row), new=False)


@get("/leave", status_code=303, sync_to_thread=False)
def leave(request: HttpRequest, shop: Shop, mode: str = "get") -> Redirect:
    """To the provider. The nonce in a cookie that also comes along from elsewhere says that who
    comes back is who left; the state carries his origin.
    """
    visit, mine = visit_of(request), me(request, shop)
    nonce = world.new_token()
    state = shop.signin.begin(visit, binding=nonce, linking=mine is not None)
    shop.store.call(
        sql.insert_departure,
        nonce=nonce,
        state=state,
        user_id=mine.user.id if mine else None,
        until=world.now_s() + LEAVING_S,
    )
    asked = {
        "client_id": CLIENT_ID,
        "redirect_uri": at_app(shop, "/callback"),
        "response_mode": MODES.get(mode, "query"),
        "state": state,
    }
    response = to_page(shop.settings.at(PROVIDER, f"/authorize?{urlencode(asked)}"))
    response.set_cookie(
        LEAVING, nonce, max_age=LEAVING_S, httponly=True, secure=True, samesite="none"
    )
    return response


@route("/callback", http_method=[HttpMethod.GET, HttpMethod.POST], status_code=303)
async def come_back(request: HttpRequest, shop: Shop) -> Redirect:
    given = await request.form() if request.method == "POST" else request.query_params
    state, code = str(given.get("state", "")), str(given.get("code", ""))
    nonce = request.cookies.get(LEAVING, "")
    arrival = shop.signin.finish(visit_of(request), state, binding=nonce)
    left = shop.store.call(sql.take_departure, nonce, world.now_s())
    if left is None or not hmac.compare_digest(left["state"], state):
        return back(shop, arrival, "/sign-in", "state")
    person = await inside.exchanged(shop.settings, code) if code else None
    if person is None:
        return back(shop, arrival, "/sign-in", "denied")
    way = {"provider": "harbor", "subject": person["sub"]}
    row = shop.store.call(sql.user_by_way, **way)
    if row is None and left["user_id"] is not None:
        row = shop.store.call(sql.user, left["user_id"])
    new = None if row else made(shop, person["email"], name=person["name"])
    user = new or (User.of(row) if row else None)
    if user is None:
        return back(shop, arrival, "/sign-in", "taken")
    shop.store.call(sql.insert_way, **way, user_id=user.id)
    return await enter(shop, arrival, user, new=new is not None)


@post("/mail-link", status_code=303, sync_to_thread=False)
def mail_link(request: HttpRequest, shop: Shop, data: Form) -> Redirect:
    """The link opens an account wherever it is opened, and says there who asked for it."""
    email = data.get("email", "").strip().lower()
    visit = visit_of(request)
    if "@" not in email:
        return back(shop, shop.signin.finish(visit), "/sign-in", "address")
    token = shop.signin.begin(visit, binding=email, lasts_s=MAIL_S)
    asked = urlencode({"email": email, "token": token})
    shop.store.call(sql.insert_letter, email, at_app(shop, f"/letter?{asked}"))
    return to_page(shop.settings.at(MAIL, f"/?{urlencode({'to': email})}"))


@get("/letter", status_code=303)
async def letter(request: HttpRequest, shop: Shop, email: str, token: str) -> Redirect:
    link = at_app(shop, f"/letter?{urlencode({'email': email, 'token': token})}")
    arrival = shop.signin.finish(visit_of(request), token, binding=email)
    if shop.store.call(sql.use_letter, link) is None:
        return back(shop, arrival, "/sign-in", "letter")
    row = shop.store.call(sql.user_by_email, email)
    user = User.of(row) if row else made(shop, email)
    assert user is not None
    return await enter(shop, arrival, user, new=row is None)


@post("/sign-out", status_code=303, sync_to_thread=False)
def sign_out(request: HttpRequest, shop: Shop) -> Redirect:
    shop.store.call(sql.delete_session, request.cookies.get(SESSION, ""))
    response = to_page("/sign-in")
    response.delete_cookie(SESSION)
    return response


def made(
    shop: Shop, email: str, *, name: str = "", password: bytes | None = None, salt: bytes = b""
) -> User | None:
    """A new account; None where the address has one."""
    user = User(world.new_id("usr"), email, name or email.partition("@")[0].title())
    done = shop.store.call(
        sql.insert_user, id=user.id, email=email, name=user.name, password=password, salt=salt
    )
    return user if done else None


async def enter(shop: Shop, arrival: Arrival, user: User, *, new: bool) -> Redirect:
    """One call tells Headwater who it is, at each sign-in, of new and of old users alike."""
    await shop.signin.attach_async(
        arrival,
        user.id,
        customer_name=user.name,
        customer_email=user.email,
        new_customer=new,
    )
    return signed_in(shop, user.id)


def back(shop: Shop, arrival: Arrival, path: str, note: str) -> Redirect:
    """Where a failed sign-in begins anew, with all he came with."""
    return to_page(shop.signin.back(f"{path}?note={note}", arrival))
