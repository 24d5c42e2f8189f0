"""Calls that are made later: by a backend that hands a fact over and goes on."""

from headwater.client.api import body_of
from headwater.client.errors import HeadwaterError
from headwater.client.facts import Facts, Json
from headwater.client.letter import Letter
from headwater.client.outbox import Outbox


class Later(Facts):
    """The same methods. They answer `{}` once the call waits, with a spool on the disk, and raise
    HeadwaterError (`queue_full`) where it does not. `timeout_s` and `keyed` do not matter here.
    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def put(self, path: str, body: Json, *, name: str | None = None) -> bool:
        """False where it is lost. Of one `name` no second waits."""
        letter = Letter(path, body, id=name) if name else Letter(path, body)
        letter.payload()  # what is no JSON is told to whoever wrote it
        return self._outbox.put(letter)

    def _tracked(self, path: str, fields: Json, *, keyed: bool = True) -> Json:  # noqa: ARG002
        fields.pop("timeout_s")
        if not self.put(path, body_of(fields)):
            raise HeadwaterError(
                "queue_full",
                "The call could not be kept: too many wait, or the client is closed. Make it at"
                " once, or give the client a spool.",
            )
        return {}
