"""The mailbox of everybody in this small world, on a site of its own."""

from litestar import Response, get

from headwater.shop import sql
from headwater.shop.pages import Markup, each, filled, page
from headwater.shop.parts import Shop


@get("/", sync_to_thread=False)
def letters(shop: Shop, to: str = "") -> Response[str]:
    rows = shop.store.call(sql.letters, to.strip().lower())
    found = each("letter.html", [{"link": row["link"], "number": row["number"]} for row in rows])
    body = filled("mailbox.html", to=to, letters=found or Markup("<p>No letters yet.</p>"))
    return page("Mail", body)
