"""Pages from the templates in `files/`: what is filled in is text unless it was made here."""

import html
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from string import Template

from litestar import Response

from headwater.client import Visit
from headwater.shop.settings import APP, CAREFUL, SITE, TAG_PATH, Settings

FILES = Path(__file__).parent / "files"


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


NOTHING = Markup()


def filled(template: str, **values: object) -> Markup:
    texts = {name: _text(value) for name, value in values.items()}
    return Markup(_template(template).substitute(texts))


def each(template: str, rows: Iterable[Mapping[str, object]]) -> Markup:
    return Markup("".join(filled(template, **row) for row in rows))


def page(
    title: str,
    body: Markup,
    *,
    tag: Markup = NOTHING,
    question: Markup = NOTHING,
    status: int = 200,
) -> Response[str]:
    """Kept by nobody but the browser, which may show it again as it was when somebody goes back."""
    whole = filled("page.html", title=title, tag=tag, body=body, question=question)
    headers = {"cache-control": "private, no-cache"}
    return Response(whole, media_type="text/html", headers=headers, status_code=status)


def of_shop(
    settings: Settings,
    visit: Visit,
    title: str,
    body: Markup,
    *,
    who: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    """A page with the shop's head and the tag; `who` is signed in."""
    host = visit.request.hostname
    said = visit.consent.measurement if visit.consent.source == "site" else ""
    app = settings.at(APP)
    inside = filled(
        "shop.html",
        home=settings.at(CAREFUL if host == CAREFUL else SITE),
        app=app,
        door=filled("out.html", **who) if who else filled("in.html", app=app),
        body=body,
    )
    question = filled("question.html", hidden="" if said == "unknown" else "hidden")
    return page(title, inside, tag=tag(settings, host, said), question=question, status=status)


def tag(settings: Settings, host: str, consent: str = "") -> Markup:
    """The one script element, from a path of the app or from Headwater under a name of the shop."""
    return filled(
        "tag.html",
        src=f"{TAG_PATH}.js" if host == APP else f"{settings.track}/t.js",
        key=settings.publishable_key,
        consent=filled("asked.html", level=consent) if consent else NOTHING,
    )


def _text(value: object) -> str:
    return value if isinstance(value, Markup) else html.escape(str(value))


@cache
def _template(name: str) -> Template:
    return Template((FILES / name).read_text())
