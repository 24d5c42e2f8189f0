"""Log lines of the client, by the logger `headwater.client`: an event with a fixed name, then
values that say nothing of a person.
"""

import logging


class Log:
    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def info(self, event: str, **values: object) -> None:
        self._logger.info(_line(event, values))

    def warning(self, event: str, **values: object) -> None:
        self._logger.warning(_line(event, values))

    def exception(self, event: str, **values: object) -> None:
        self._logger.exception(_line(event, values))  # noqa: LOG004 - the caller is in one


def _line(event: str, values: dict[str, object]) -> str:
    return " ".join([event, *(f"{name}={value}" for name, value in values.items())])


log = Log("headwater.client")
