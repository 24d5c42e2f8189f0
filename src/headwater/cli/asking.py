"""Asking a server of others, politely: again where that may help, and not for ever."""

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from headwater.cli.store import CannotStart
from headwater.kit.clock import Clock
from headwater.kit.egress import EgressClient
from headwater.kit.targets import Answer, Cause, EgressError
from headwater.moving import wait_s

_HOPELESS = {Cause.BAD_URL, Cause.TLS, Cause.PRIVATE_ADDRESS, Cause.TOO_LARGE}
_MANY = 429  # too many requests; below it an answer is final


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """`words`: what an answer that is no good says, fit to be shown; `stopped`: the end of it, by
    path and what was said. Use within its client.
    """

    client: EgressClient
    url: str
    headers: Mapping[str, str]
    clock: Clock
    words: Callable[[Answer], str]
    stopped: Callable[[str, str], CannotStart]

    async def answer(self, path: str) -> Answer:
        """Asked again where that may help; CannotStart where it did not."""
        attempt, name = 0, path.partition("?")[0]
        while True:
            attempt += 1
            status = retry_after = None
            try:
                answer = await self.client.get(self.url + path, self.headers)
                status, retry_after, said = answer.status, answer.retry_after, self.words(answer)
                if status < _MANY:
                    return answer
            except EgressError as error:
                if error.cause in _HOPELESS:
                    raise self.stopped(name, str(error)) from error
                said = str(error)
            wait = wait_s(status, retry_after, attempt, self.clock.now_us())
            if wait is None:
                raise self.stopped(name, f"{status or 'no answer'} {said}, {attempt} times")
            again = f"GET {name}: {status or 'no answer'} {said}; again in {wait:.0f} s"
            print(again, file=sys.stderr)
            await asyncio.sleep(wait)
