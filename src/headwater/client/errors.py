"""What a caller of the client may have to handle."""


class HeadwaterError(Exception):
    """A call that did not succeed: what happened, what to do, and whether to try again.

    `status` is 0 where no answer came. `code`, `message` and `field` are those of the server's
    answer, else `no_answer`, `not_asked`, `queue_full`, `cannot_be_sent`, or `bad_answer`: it was
    not one of Headwater's.
    """

    def __init__(
        self, code: str, message: str, *, status: int = 0, field: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.field = field

    @property
    def passing(self) -> bool:
        """True where the same call may succeed later."""
        return self.status in _PASSING or self.status >= 500 or self.broken

    @property
    def broken(self) -> bool:
        """The server, or something in its place, cannot say what is wrong: perhaps this call."""
        return self.status == _BROKEN or self.code == "bad_answer"


_PASSING = {0, 408, 425, 429}
_BROKEN = 500


class SetupError(ValueError):
    """The client was made with values it cannot work with; the message says which and why."""
