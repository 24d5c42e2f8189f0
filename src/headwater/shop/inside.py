"""Calls between the parties of this process, over HTTP as between strangers."""

import asyncio
import http.client
import json
from collections.abc import Mapping
from typing import Any

from headwater.shop.settings import LOOPBACK, PROVIDER, Settings

PATIENCE_S = 10.0


def called(
    settings: Settings, host: str, path: str, body: bytes, headers: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    """Status and JSON; no answer is status 0."""
    connection = http.client.HTTPConnection(LOOPBACK, settings.port, timeout=PATIENCE_S)
    sent = {"host": f"{host}:{settings.port}", "content-type": "application/json"}
    try:
        connection.request("POST", path, body, sent | dict(headers or {}))
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None
    except (OSError, ValueError, http.client.HTTPException):
        return 0, None
    finally:
        connection.close()


async def exchanged(settings: Settings, code: str) -> Mapping[str, str] | None:
    """Whom the provider's code stands for; None where it stands for nobody."""
    body = json.dumps({"code": code}).encode()
    status, person = await asyncio.to_thread(called, settings, PROVIDER, "/token", body)
    return person if status == 200 else None
