"""What the workspace has set, from `GET /t/config`: the last answer counts until the next."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from headwater import landing
from headwater.client.consent import STATES, State
from headwater.client.errors import HeadwaterError
from headwater.client.log import log
from headwater.client.wire import Wire
from headwater.client.world import ticks_ms

FRESH_MS = 300_000
PATIENCE_S = 5.0
_FORBIDDEN = 403


@dataclass(frozen=True, slots=True)
class Settings:
    """`consent` is what counts for visitors who were not asked; None while nobody said it."""

    click_param: str = "hw_id"
    partner_params: tuple[str, ...] = field(default_factory=lambda: landing.table().defaults)
    consent: State | None = None
    referrals: bool = False
    ignored_referrers: tuple[str, ...] = ()


class Latest:
    """Refreshed by the thread that sends; who asks gets what is there."""

    def __init__(self, wire: Wire, key: str, origin: str) -> None:
        self._wire, self._key, self._origin = wire, key, origin
        self._etag = ""
        self._due_ms = 0
        self._refused = False
        self.asked = threading.Event()  # once, whatever the answer was
        self.settings = Settings()

    def ask_as(self, origin: str) -> None:
        """A workspace may answer some hosts alone: where it refused one, the next is tried soon."""
        if origin != self._origin and self._refused:
            self._due_ms = 0
        self._origin = origin

    def begin_anew(self) -> None:
        """In a child after a fork: an answer on its way would reach the parent alone."""
        self._due_ms = 0
        self.asked = threading.Event()

    @property
    def due(self) -> bool:
        return bool(self._key) and ticks_ms() >= self._due_ms

    def refresh(self) -> None:
        """One try; a failed one is repeated after a tenth of the time."""
        self._due_ms = ticks_ms() + FRESH_MS // 10
        headers = {"Accept": "application/json"}
        origin = self._origin
        headers |= {"Origin": origin} if origin else {}
        headers |= {"If-None-Match": self._etag} if self._etag else {}
        path = f"/t/config?{urlencode({'key': self._key})}"
        try:
            reply = self._wire.send("GET", path, headers=headers, timeout_s=PATIENCE_S)
            self._refused = reply.status == _FORBIDDEN
            if reply.status not in {200, 304}:
                raise HeadwaterError("bad_answer", "", status=reply.status)
            found = read(json.loads(reply.body)) if reply.status == 200 else self.settings
            self._due_ms = ticks_ms() + FRESH_MS
            self._etag = reply.headers.get("etag", "")
            self.settings = found
        except (HeadwaterError, ValueError) as error:
            log.warning("settings_not_read", status=getattr(error, "status", 200))
            if self._refused and origin != self._origin:
                self._due_ms = 0
        finally:
            self.asked.set()


def read(given: Any) -> Settings:
    """Raises ValueError for what is no object; a field that is not as agreed is left as it was."""
    if not isinstance(given, Mapping):
        raise ValueError  # noqa: TRY004 - like JSON that cannot be read
    default = Settings()
    consent = given.get("consentDefault")
    name = given.get("clickParam")
    return Settings(
        click_param=name if isinstance(name, str) and name else default.click_param,
        partner_params=_texts(given.get("partnerParams"), default.partner_params),
        consent=consent if consent in STATES else None,
        referrals=given.get("referrals") is True,
        ignored_referrers=_texts(given.get("ignoreReferrers"), ()),
    )


def _texts(given: Any, default: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(given, list):
        return default
    return tuple(each for each in given if isinstance(each, str) and each)
