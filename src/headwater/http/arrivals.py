"""Clicks of browsers that carry our cookie, kept as touches: so that all of them are the
customer's, and not the last alone, also where no page reports them.
"""

import asyncio
from functools import partial
from typing import Any

import structlog

from headwater import visitors
from headwater.attribution import classify
from headwater.http.link_table import EdgeLink, LinkTable
from headwater.http.visitor import Headers, purpose, text
from headwater.runtime import App
from headwater.visitors import Answer, Consent, Seen, Source, TouchDraft

log = structlog.get_logger(__name__)

GPC = b"sec-gpc"
_OPERATOR = "operator"  # whoever switched the cookie on answers for the consent


class Arrivals:
    def __init__(self, app: App, table: LinkTable) -> None:
        self._app = app
        self._table = table
        self._remember = partial(visitors.remember_seen, entropy=app.entropy)

    def add(self, link: EdgeLink, visitor_id: str, click_id: str, headers: Headers) -> None:
        """Not waited for: the redirect does not depend on it. Machines are no visitors."""
        kind = classify(text(headers, b"user-agent"), purpose(headers)).hit_class.value
        if kind in self._app.config.edge.uncounted:
            return
        shares = headers.get(GPC) != b"1"
        consent = Consent(
            measurement=Answer.GRANTED,
            sharing=Answer.GRANTED if shares else Answer.DENIED,
            personal=Answer.UNKNOWN,
            source=_OPERATOR if shares else "gpc",
        )
        draft = TouchDraft(
            event_id=f"edge-{click_id}",
            at=self._table.now_us(link.workspace_id),
            source=Source.EDGE,
            consent=consent,
            click_id=click_id,
        )
        seen = Seen(
            workspace_id=link.workspace_id,
            visitor_id=visitor_id,
            draft=draft,
            touch_days=self._app.config.tracking.touch_days,
        )
        self._app.db.append(self._remember, seen).add_done_callback(_say_if_lost)


def _say_if_lost(stored: "asyncio.Future[Any]") -> None:
    if not stored.cancelled() and stored.exception() is not None:
        log.warning("arrival_not_kept", error=type(stored.exception()).__name__)
