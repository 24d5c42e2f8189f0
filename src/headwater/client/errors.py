"""What a caller of the client may have to handle."""


class HeadwaterError(Exception):
    """A call that did not succeed: what happened, what to do, and whether to try again.

    `status` is 0 where no answer came. `code`, `message` and `field` are those of the server's
    answer, else `no_answer` or `bad_answer`.
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
        return self.status in _PASSING or self.status >= 500


_PASSING = {0, 408, 425, 429}


class SetupError(ValueError):
    """The client was made with values it cannot work with; the message says which and why."""
