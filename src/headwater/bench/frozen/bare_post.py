"""The ceiling of `bench deliveries`: one process posts the same body again and again with the HTTP
client the worker uses, so many at once, and does nothing else.

`python -m headwater.bench.frozen.bare_post URL COUNT AT_ONCE BODY` prints `{"posts_per_s": …}`.
"""

import asyncio
import sys
from pathlib import Path

import aiohttp
import msgspec


async def main(url: str, count: int, at_once: int, body: bytes) -> float:
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        left = iter(range(count))
        headers = {"content-type": "application/json"}

        async def post() -> None:
            for _ in left:
                async with session.post(url, data=body, headers=headers) as answer:
                    await answer.read()
                    assert answer.status == 200

        started = asyncio.get_running_loop().time()
        await asyncio.gather(*(post() for _ in range(at_once)))
        return count / (asyncio.get_running_loop().time() - started)


if __name__ == "__main__":
    url, count, at_once, body = sys.argv[1:]
    rate = asyncio.run(main(url, int(count), int(at_once), Path(body).read_bytes()))
    print(msgspec.json.encode({"posts_per_s": rate}).decode())
