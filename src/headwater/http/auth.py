"""Whose request this is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Request

from headwater import workspace
from headwater.http.drawer import Drawer
from headwater.http.edge import Edge
from headwater.http.gallery import Gallery
from headwater.http.link_table import LinkTable
from headwater.idempotency import Request as IdempotentRequest
from headwater.kit.clock import SECOND_US
from headwater.kit.context import Context
from headwater.kit.problems import Code, Problem, invalid
from headwater.runtime import App
from headwater.workspace import Workspace

KEY_MEMORY_US = 10 * SECOND_US
KEYS_MAX = 10_000
IDEMPOTENCY_KEY_MAX = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Rim:
    """What handlers work with. One dependency only: the framework resolves several of them in a
    task group, which costs more than a sale.
    """

    app: App
    edge: Edge
    table: LinkTable
    keys: "Keys"
    drawer: Drawer
    gallery: Gallery


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An authenticated request's workspace, and what serves it."""

    app: App
    table: LinkTable
    keys: "Keys"
    workspace: Workspace

    @property
    def id(self) -> str:
        return self.workspace.id

    def context(self) -> Context:
        """One `now` for everything the request does, on the workspace's clock."""
        return self.app.context(self.workspace)

    @property
    def now_us(self) -> int:
        return self.app.clock.now_us() + self.workspace.ahead_us

    @property
    def api_url(self) -> str:
        return self.app.config.public_url


class Keys:
    """Keys seen lately; a revoked one works for at most ten seconds more. Of a sandbox's the store
    is asked each time: another process may have moved its clock on.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._known: dict[str, tuple[Workspace, int]] = {}

    async def workspace(self, authorization: str | None) -> Workspace:
        if authorization is None:
            raise Problem(
                Code.UNAUTHORIZED,
                "No key. Send `Authorization: Bearer <secret key>` (headwater init prints one).",
            )
        if not authorization.startswith("Bearer "):
            raise Problem(Code.BAD_REQUEST, "The Authorization header must start with 'Bearer '.")
        key = authorization[7:].strip()
        if key.startswith(workspace.PUBLISHABLE_PREFIXES):
            raise Problem(
                Code.UNAUTHORIZED,
                "This is the publishable key; send the secret one (hw_sk_…).",
            )
        return await self._opened(key, "secret")

    async def of_page(self, headers: Mapping[str, str]) -> Workspace:
        """The workspace of a browser's request: by publishable key, from an allowed host."""
        authorization = headers.get("authorization")
        if authorization is None:
            raise Problem(
                Code.UNAUTHORIZED, "No key. Send `Authorization: Bearer <publishable key>`."
            )
        key = authorization.removeprefix("Bearer ").strip()
        if not key.startswith(workspace.PUBLISHABLE_PREFIXES) or key == authorization:
            raise Problem(
                Code.BAD_REQUEST,
                "The Authorization header must be 'Bearer ' and a publishable key (hw_pk_…).",
            )
        return await self._opened(key, "publishable")

    async def published(self, key: str) -> Workspace:
        """The workspace of a publishable key that stands in a body or an address."""
        if not key.startswith(workspace.PUBLISHABLE_PREFIXES):
            raise Problem(Code.UNAUTHORIZED, "key must be the publishable key (hw_pk_…).", "key")
        return await self._opened(key, "publishable")

    def know(self, key: str) -> bool:
        """Whether it opened a workspace when it was last tried; the store is not asked."""
        return key in self._known

    def forget(self) -> None:
        """A workspace was changed by this process: ask the store about every key again."""
        self._known.clear()

    async def _opened(self, key: str, kind: str) -> Workspace:
        now = self._app.clock.now_us()
        known = self._known.get(key)
        if known is not None and known[1] > now:
            return known[0]
        found = await self._app.db.read(workspace.authenticate, key, kind)
        if found is None:
            self._known.pop(key, None)
            raise Problem(Code.UNAUTHORIZED, "This key opens no workspace. Check it for typos.")
        if len(self._known) >= KEYS_MAX:
            self._known.clear()
        self._known[key] = (found, now if found.sandbox else now + KEY_MEMORY_US)
        return found


def refuse_other_hosts(of: Workspace, headers: Mapping[str, str]) -> None:
    """A page reports from a host the workspace allows, or not at all."""
    referer, origin = headers.get("referer", ""), headers.get("origin", "")
    if not workspace.permits(of.allowed_hostnames, referer, origin):
        raise Problem(
            Code.FORBIDDEN,
            "Pages of this host may not report to this workspace. Add the host to its"
            " allowedHostnames (PATCH /workspaces/{id}); the Referer or Origin header names it.",
        )


async def idempotent(request: Request[Any, Any, Any]) -> IdempotentRequest | None:
    """The Idempotency-Key of a request, with what it was sent with."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= IDEMPOTENCY_KEY_MAX:
        raise invalid("Idempotency-Key", "An Idempotency-Key has 1..255 characters.")
    return IdempotentRequest(
        key=key, method=request.method, path=request.url.path, body=await request.body()
    )


async def refuse_nul(request: Request[Any, Any, Any]) -> None:
    """A NUL cannot be stored as text everywhere; say which field has it. Bodies that are kept as
    they came, `raw`, are not looked into.
    """
    raw = request.route_handler.opt.get("raw")
    if raw or request.method not in ("POST", "PATCH", "PUT"):
        return
    body = await request.body()
    if b"\\u0000" not in body:
        return
    try:
        field = _nul_in(msgspec.json.decode(body))
    except (msgspec.DecodeError, RecursionError):
        return  # the framework says what is wrong with it
    if field is not None:
        raise invalid(field, f"{field} contains a NUL character (\\u0000). Remove it.")


def _nul_in(value: Any, path: str = "") -> str | None:
    if isinstance(value, str):
        return (path or "body") if "\x00" in value else None
    children: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        if any("\x00" in key for key in value):
            return path or "body"
        children = [(f"{path}.{key}".lstrip("."), item) for key, item in value.items()]
    elif isinstance(value, list):
        children = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    for place, item in children:
        found = _nul_in(item, place)
        if found is not None:
            return found
    return None
