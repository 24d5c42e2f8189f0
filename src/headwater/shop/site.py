"""The landing sites: pages that look the same to everybody, and the question for consent."""

from typing import Annotated

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from headwater.shop.money import PRICES, shown
from headwater.shop.pages import each, filled, of_shop, page, tag
from headwater.shop.parts import CHOICES, CONSENT, HttpRequest, Shop, to_page, visit_of
from headwater.shop.settings import APP, BLOG, DOMAIN, SITE

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
CHOICE_S = 180 * 86400


@get("/", sync_to_thread=False)
def home(request: HttpRequest, shop: Shop) -> Response[str]:
    app = shop.settings.at(APP)
    plans = each(
        "offer.html",
        [{"tier": tier, "price": shown(price), "app": app} for tier, price in PRICES.items()],
    )
    body = filled("home.html", app=app, blog=shop.settings.at(BLOG), plans=plans)
    return of_shop(shop.settings, visit_of(request), "Know the tide", body)


@post("/consent", status_code=303, sync_to_thread=False)
def consent(data: Form) -> Redirect:
    """For all hosts of the shop. Unknown words change nothing."""
    response = to_page("/")
    choice = data.get("choice", "")
    if choice in CHOICES:
        response.set_cookie(
            CONSENT, choice, max_age=CHOICE_S, domain=DOMAIN, httponly=True, secure=True
        )
    return response


@get("/", sync_to_thread=False)
def blog(shop: Shop) -> Response[str]:
    """Somebody else serves it: no cookie can be set with this page, the tag has to do it all."""
    settings = shop.settings
    body = filled("blog.html", home=settings.at(SITE), app=settings.at(APP))
    return page("Reading a tide table", body, tag=tag(settings, BLOG))
