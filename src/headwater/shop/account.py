"""The pages behind the door: what is yours, what you may buy."""

import asyncio
from collections.abc import Mapping
from typing import Any

from litestar import Response, get
from litestar.response import Redirect

from headwater.client import HeadwaterError
from headwater.shop import sql
from headwater.shop.money import MONTHS, PRICES, price, shown
from headwater.shop.pages import Markup, each, filled, of_shop
from headwater.shop.parts import HttpRequest, Me, Shop, me, to_page, visit_of

Page = Response[str] | Redirect


@get("/", sync_to_thread=False)
def start(request: HttpRequest, shop: Shop) -> Redirect:
    visit = visit_of(request)
    path = "/account" if me(request, shop) else "/sign-up"
    return to_page(shop.signin.back(path, shop.signin.finish(visit)))


@get("/account")
async def account(request: HttpRequest, shop: Shop) -> Page:
    """Also for who comes with a link while he is signed in: what came since is attached."""
    mine = me(request, shop)
    if mine is None:
        return _to_the_door(request, shop)
    await shop.signin.keep_up_async(visit_of(request), mine.user.id)
    origins = await asyncio.to_thread(_origins, shop, mine)
    orders = each(
        "order.html",
        [
            {"tier": row["tier"], "cycle": row["cycle"], "amount": shown(row["amount"])}
            for row in shop.store.call(sql.orders, mine.user.id)
            if row["payment"]
        ],
    )
    body = filled(
        "account.html",
        name=mine.user.name,
        email=mine.user.email,
        origins=origins,
        orders=orders or Markup("<p>Nothing yet.</p>"),
    )
    return of_shop(shop.settings, visit_of(request), "Your account", body, who=mine.said)


@get("/plans")
async def plans(request: HttpRequest, shop: Shop) -> Page:
    mine = me(request, shop)
    if mine is None:
        return _to_the_door(request, shop)
    offers = each(
        "plan.html",
        [
            {
                "tier": tier,
                "cycle": cycle,
                "id": tier if cycle == "monthly" else f"{tier}-yearly",
                "price": shown(price(tier, cycle)),
            }
            for tier in PRICES
            for cycle in MONTHS
        ],
    )
    body = filled("plans.html", plans=offers)
    return of_shop(shop.settings, visit_of(request), "Plans", body, who=mine.said)


def _to_the_door(request: HttpRequest, shop: Shop) -> Redirect:
    """With what the address said (A-15): a redirect that drops it loses the visitor's origin."""
    return to_page(shop.signin.back("/sign-in", shop.signin.finish(visit_of(request))))


def _origins(shop: Shop, mine: Me) -> Markup:
    try:
        found = shop.client.attributions(f"ext_{mine.user.id}")
    except HeadwaterError:
        return Markup("<p>Headwater does not know you yet.</p>")
    return each("origin.html", [_origin(each_) for each_ in found]) or Markup(
        "<p>You came by yourself.</p>"
    )


def _origin(found: Mapping[str, Any]) -> dict[str, object]:
    return {name: found.get(name, "") for name in ("provider", "identifier", "parameter")}
