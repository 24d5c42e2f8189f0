"""GET /avatars/{id}: pictures of customers, for anybody who was told the address."""

from typing import Annotated

import structlog
from litestar import Response, get
from litestar.params import Parameter

from headwater import avatars
from headwater.http.auth import Rim
from headwater.kit.problems import Code, Problem

log = structlog.get_logger(__name__)

NAME_MAX = 64
_HEADERS = {
    "cache-control": "public, max-age=86400, immutable",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'",
}


@get(
    "/avatars/{avatar_id:str}",
    tags=["customers"],
    summary="A customer's picture as PNG",
    media_type="image/png",
    security=[],
)
async def get_avatar(
    rim: Rim, avatar_id: Annotated[str, Parameter(max_length=NAME_MAX)]
) -> Response[bytes]:
    """The address is chance, and customers have it in `avatar`. 128 pixels square;
    404 until it was fetched, some seconds after the call that gave it.
    """
    if not await rim.app.db.read(avatars.is_stored, avatar_id):
        raise _none(avatar_id)
    picture = await rim.gallery.picture(avatar_id)
    if picture is None:
        log.error("avatar_missing", avatar_id=avatar_id)
        raise _none(avatar_id)
    return Response(picture, media_type="image/png", headers=_HEADERS)


def _none(avatar_id: str) -> Problem:
    message = f"There is no picture {avatar_id!r}, or not yet. A new one takes some seconds."
    return Problem(Code.NOT_FOUND, message, "avatar_id")
