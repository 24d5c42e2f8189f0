"""A stand-in for a provider people sign in with, on a site of its own: "Harbor ID"."""

import hashlib
from collections import OrderedDict
from typing import Annotated
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import QueryParameter
from litestar.response import Redirect

from headwater.shop import world
from headwater.shop.pages import filled, page
from headwater.shop.parts import Shop, at_app, to_page
from headwater.shop.signin import CLIENT_ID
from headwater.shop.site import Form

CODES_MAX = 1000


class Codes:
    """What was given out and not yet asked for; each is good once."""

    def __init__(self) -> None:
        self._emails: OrderedDict[str, str] = OrderedDict()

    def give(self, email: str) -> str:
        code = world.new_token()
        self._emails[code] = email
        while len(self._emails) > CODES_MAX:
            self._emails.popitem(last=False)
        return code

    def take(self, code: str) -> str | None:
        """None for a code that was never given, or was taken."""
        return self._emails.pop(code, None)


@get("/authorize", sync_to_thread=False)
def ask(
    shop: Shop,
    client_id: str,
    redirect_uri: str,
    carried: Annotated[str, QueryParameter(name="state")],
    mode: Annotated[str, QueryParameter(name="response_mode")] = "query",
) -> Response[str]:
    if client_id != CLIENT_ID or redirect_uri != at_app(shop, "/callback"):
        return page("Harbor ID", filled("stranger.html"), status=400)
    body = filled("harbor.html", state=carried, mode=mode, to=redirect_uri)
    return page("Harbor ID", body)


@post("/authorize", status_code=303, sync_to_thread=False)
def answer(shop: Shop, codes: Codes, data: Form) -> Redirect | Response[str]:
    """Back to the shop by a redirect, or by a form that the browser posts from here."""
    email = data.get("email", "").strip().lower()
    said = {"state": data.get("state", "")}
    if data.get("answer") == "allow" and "@" in email:
        said["code"] = codes.give(email)
    else:
        said["error"] = "access_denied"
    to = at_app(shop, "/callback")
    if data.get("mode") != "form_post":
        return to_page(f"{to}?{urlencode(said)}")
    fields = filled("posting.html", to=to, **{"code": "", "error": "", **said})
    return page("Harbor ID", fields)


@post("/token", status_code=200, sync_to_thread=False)
def token(codes: Codes, data: dict[str, str]) -> Response[dict[str, str]]:
    email = codes.take(data.get("code", ""))
    if email is None:
        return Response({"error": "invalid_grant"}, status_code=400)
    subject = hashlib.sha256(email.encode()).hexdigest()[:24]
    return Response({"sub": subject, "email": email, "name": email.partition("@")[0].title()})
