"""GET /openapi.json and /docs: what there is, for programs and for people."""

import asyncio
from functools import cache
from typing import Any

import msgspec
from litestar import Litestar, MediaType, Request, Response, get

from headwater.http import reference

_STYLE_ONLY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@get("/openapi.json", include_in_schema=False, security=[])
async def openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    document, _ = await asyncio.to_thread(_made, request.app)
    return Response(document, media_type=MediaType.JSON)


@get("/docs", include_in_schema=False, security=[])
async def docs(request: Request[Any, Any, Any]) -> Response[bytes]:
    _, page = await asyncio.to_thread(_made, request.app)
    headers = {"content-security-policy": _STYLE_ONLY}
    return Response(page, media_type=MediaType.HTML, headers=headers)


@cache
def _made(app: Litestar) -> tuple[bytes, bytes]:
    """Once, when first asked for: it takes half a second that a start should not wait for."""
    schema = reference.describe(app.openapi_schema.to_schema())
    return msgspec.json.encode(schema), reference.page(schema)
