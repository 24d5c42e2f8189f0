"""A stand-in for a payment processor, on a site of its own: it takes no money, but it does send the
payer back, and it tells the shop, again and again until it is heard.
"""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect

from headwater.shop import inside, sql, world
from headwater.shop.checkout import SIGNATURE, is_signed, signature
from headwater.shop.money import shown
from headwater.shop.pages import Markup, filled, page
from headwater.shop.parts import HttpRequest, Shop, to_page
from headwater.shop.settings import APP, CARD

WAITS_S = (0.0, 0.3, 1.0, 3.0, 10.0, 30.0)


class Errands:
    """What is done after the answer."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def begin(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(errand)
        self._running.add(task)
        task.add_done_callback(self._running.discard)


@post("/sessions", status_code=201)
async def open_session(request: HttpRequest, shop: Shop) -> Response[dict[str, str]]:
    """The same idempotency key is the same session."""
    body = await request.body()
    if not is_signed(shop.settings, request, body):
        return Response({"error": "unauthorized"}, status_code=401)
    data = json.loads(body)
    asked = {
        "id": world.new_id("pay"),
        "asked_as": data["idempotency_key"],
        "metadata": json.dumps(data["metadata"]),
        "reference": data.get("client_reference_id"),
    }
    kept = {name: data[name] for name in _KEPT}
    shop.store.call(sql.insert_payment, asked | kept)
    row = shop.store.call(sql.payment_asked_as, asked["asked_as"])
    assert row is not None
    return Response({"url": shop.settings.at(CARD, f"/pay/{row['id']}")})


_KEPT = ("amount", "currency", "success_url", "cancel_url", "webhook")


@get("/pay/{payment_id:str}", sync_to_thread=False)
def ask(shop: Shop, payment_id: str) -> Response[str]:
    row = shop.store.call(sql.payment, payment_id)
    if row is None:
        return page("Card", Markup("<main><h1>No such payment</h1></main>"), status=404)
    body = filled("pay.html", amount=shown(row["amount"]), id=row["id"], back=row["cancel_url"])
    return page("Pay", body)


@post("/pay/{payment_id:str}", status_code=303)
async def pay(shop: Shop, errands: Errands, payment_id: str) -> Redirect:
    row = shop.store.call(sql.payment, payment_id)
    if row is None:
        return to_page("/")
    if shop.store.call(sql.pay, payment_id):
        errands.begin(tell(shop, row))
    return to_page(row["success_url"])


async def tell(shop: Shop, row: sql.Row) -> None:
    body = json.dumps(
        {
            "id": row["id"],
            "amount": row["amount"],
            "currency": row["currency"],
            "metadata": json.loads(row["metadata"]),
            "client_reference_id": row["reference"],
        }
    ).encode()
    signed = {SIGNATURE: signature(shop.settings, body)}
    for wait_s in WAITS_S:
        await asyncio.sleep(wait_s)
        asked = (shop.settings, APP, row["webhook"], body, signed)
        status, _ = await asyncio.to_thread(inside.called, *asked)
        if 200 <= status < 300:
            return
