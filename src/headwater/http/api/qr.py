"""GET /qr."""

import re
from typing import Annotated, Literal

from litestar import Response, get
from litestar.params import Parameter, QueryParameter

from headwater.drawing import BYTES_MAX, Picture
from headwater.http.auth import Rim
from headwater.kit.problems import invalid

SIZE_MIN, SIZE_MAX = 16, 2048
MARGIN_MAX = 32
_COLOR = re.compile(r"#?([0-9A-Fa-f]{6})\Z")
_SHORT_COLOR = re.compile(r"#?([0-9A-Fa-f])([0-9A-Fa-f])([0-9A-Fa-f])\Z")
_CACHED = {"cache-control": "public, max-age=86400"}


@get("/qr", tags=["QR codes"], summary="A QR code as PNG", media_type="image/png", security=[])
async def get_qr(
    rim: Rim,
    url: Annotated[str, Parameter(min_length=1, max_length=32_000)],
    size: Annotated[float, Parameter(ge=SIZE_MIN, le=SIZE_MAX)] = 600,
    level: Literal["L", "M", "Q", "H"] = "L",
    fg_color: Annotated[str, QueryParameter(name="fgColor", max_length=16)] = "#000000",
    bg_color: Annotated[str, QueryParameter(name="bgColor", max_length=16)] = "#FFFFFF",
    margin: Annotated[float, Parameter(ge=0, le=MARGIN_MAX)] = 2,
    logo: Annotated[str | None, Parameter(max_length=32_000)] = None,
) -> Response[bytes]:
    """The picture is `size` pixels square; a module has a whole number of them."""
    if logo:
        raise invalid("logo", "This version draws no logo. Leave it out.")
    if len(url.encode()) > BYTES_MAX:
        raise invalid("url", f"A QR code holds {BYTES_MAX} bytes at most. Shorten the link first.")
    picture = Picture(
        text=url,
        size=int(size),
        level=level,
        foreground=_color("fgColor", fg_color),
        background=_color("bgColor", bg_color),
        margin=int(margin),
    )
    drawn = await rim.drawer.draw(picture)
    if not drawn:
        raise invalid("url", "This does not fit: shorten it, or choose a larger size or level=L.")
    return Response(drawn, media_type="image/png", headers=_CACHED)


def _color(field: str, given: str) -> str:
    """As six digits; three stand for six."""
    match = _COLOR.match(given.strip())
    if match is not None:
        return match[1].lower()
    match = _SHORT_COLOR.match(given.strip())
    if match is None:
        raise invalid(field, f"{field} is a color such as #1a2b3c.")
    return "".join(digit * 2 for digit in match.groups()).lower()
