"""Requests that have to succeed for a run to be judged at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headwater.simulate.client import Answer, Call
from headwater.simulate.options import SimulatorError

if TYPE_CHECKING:
    from headwater.simulate.client import Client


async def make(client: Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Make one thing and give it as the server shows it."""
    answer = await client.ask(Call(method="POST", path=path, body=body))
    made: dict[str, Any] = _must(answer, f"POST {path}")
    return made


async def read(client: Client, path: str) -> Any:
    """Read one thing; refuses to go on without it."""
    answer = await client.ask(Call(method="GET", path=path))
    return _must(answer, f"GET {path}")


def _must(answer: Answer, what: str) -> Any:
    if answer.status not in {200, 201}:
        message = f"{what} was answered {answer.status}: {answer.body}; nothing can be judged."
        raise SimulatorError(message)
    return answer.body
