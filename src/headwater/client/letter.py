"""One call to make later, and how such calls wait in memory."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from headwater.client.world import new_event, ticks_ms

LOOK_S = 60.0
SIGN_UP, CHECKOUT = "/track/signup", "/checkout/attribution"


@dataclass(frozen=True, slots=True)
class Letter:
    """How long ago something was is told anew each time: our clocks need not agree with the
    server's. `headers` are those of a visitor; without any it is a call with the secret key.
    """

    path: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    visitor: str = ""
    touch: Mapping[str, Any] | None = None
    happened_ms: int = field(default_factory=ticks_ms)
    id: str = field(default_factory=new_event)

    @property
    def key(self) -> str | None:
        """Its Idempotency-Key. None where a call counts once by what is in it: a sign-up tells
        ages, so that its repeat is another request.
        """
        return None if self.headers or self.path in {SIGN_UP, CHECKOUT} else self.id

    def payload(self) -> bytes:
        body = dict(self.body)
        if self.touch is not None:
            body["events"] = [{"type": "touch"} | self.aged(self.touch)]
        if body.get("landing"):
            body["landing"] = self.aged(body["landing"])
        if body.get("touches"):
            body["touches"] = [self.aged(each) for each in body["touches"]]
        return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")

    def aged(self, touch: Mapping[str, Any]) -> dict[str, Any]:
        """A touch of that time as the server takes it now."""
        waited_ms = max(0, ticks_ms() - self.happened_ms)
        return {**touch, "age": touch.get("age", 0) + waited_ms}


class Queue(Protocol):
    """Letters in order. All is done under the lock of the outbox."""

    look_s: float  # how often somebody looks whether others have put something in

    def append(self, letter: Letter) -> bool:
        """False where there is no room. One that is there already stays as it is."""

    def first(self) -> Letter | None:
        """It stays in its place until it is removed. None also where another process sends."""

    def remove(self, letter: Letter) -> bool:
        """False where it was gone."""

    def to_the_end(self, letter: Letter) -> None:
        """The others go before it now."""

    def all(self) -> list[Letter]: ...

    def leave(self) -> int:
        """The process ends: how many letters go with it."""

    def begin_anew(self) -> None:
        """In a child after a fork: what waited in memory is the parent's."""


class Memory:
    """What waits is gone with the process."""

    look_s = LOOK_S

    def __init__(self, size: int) -> None:
        self._size = size
        self._letters: OrderedDict[str, Letter] = OrderedDict()

    def append(self, letter: Letter) -> bool:
        if letter.id not in self._letters and len(self._letters) >= self._size:
            return False
        self._letters.setdefault(letter.id, letter)
        return True

    def first(self) -> Letter | None:
        return next(iter(self._letters.values()), None)

    def remove(self, letter: Letter) -> bool:
        return self._letters.pop(letter.id, None) is not None

    def to_the_end(self, letter: Letter) -> None:
        if letter.id in self._letters:
            self._letters.move_to_end(letter.id)

    def all(self) -> list[Letter]:
        return list(self._letters.values())

    def leave(self) -> int:
        left = len(self._letters)
        self._letters.clear()
        return left

    def begin_anew(self) -> None:
        self._letters = OrderedDict()
