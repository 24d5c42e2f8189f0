"""GET /scripts/dub.js: the browser script for pages written for `@dub/analytics`."""

from importlib.resources import files

from litestar import Response, get

_DUB = (files("headwater.http") / "browser" / "dub.js").read_bytes()
_HEADERS = {
    "cache-control": "public, max-age=3600",
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
}


@get("/scripts/dub.js", include_in_schema=False, security=[], sync_to_thread=False)
def dub_script() -> Response[bytes]:
    return Response(_DUB, media_type="text/javascript; charset=utf-8", headers=_HEADERS)
