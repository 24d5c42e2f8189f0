"""Fetching by the guarded client: redirects are looked at as the first address is."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from headwater.kit.targets import Cause, EgressError, Fetched
from tests.delivery.test_egress import client

LOOPBACK = ["127.0.0.1"]


@asynccontextmanager
async def site(**answers):
    """A server with these pages: a status with a Location, or a body."""

    async def answer(request):
        said = answers.get(request.path.strip("/"))
        if isinstance(said, str):
            return web.Response(status=302, headers={"Location": said})
        return web.Response(body=said) if said is not None else web.Response(status=404)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        listening = web.TCPSite(runner, "127.0.0.1", 0)
        await listening.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def fetch(path, redirects=3, *, host="127.0.0.1", options=None, **answers):
    async def run():
        async with (
            site(**answers) as port,
            client(**(options or {"allow_private": True})) as egress,
        ):
            return await egress.fetch(f"http://{host}:{port}/{path}", redirects)

    return asyncio.run(run())


def cause(path, **given):
    with pytest.raises(EgressError) as caught:
        fetch(path, **given)
    return caught.value.cause


def test_a_page_comes_whole_behind_redirects():
    found = fetch("a", a="/b", b="c", c=b"x" * 4096)
    assert found == Fetched(status=200, body=b"x" * 4096)
    assert fetch("none").status == 404


def test_what_is_larger_than_the_cap_is_not_cut_but_refused():
    assert cause("a", a=b"x" * 4097) is Cause.TOO_LARGE


def test_a_circle_ends():
    assert cause("a", a="/a") is Cause.REDIRECTS
    assert cause("a", redirects=1, a="/b", b="/c", c=b"x") is Cause.REDIRECTS


@pytest.mark.parametrize("elsewhere", ["file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_a_redirect_leads_to_web_addresses_only(elsewhere):
    assert cause("a", a=elsewhere) is Cause.BAD_URL


@pytest.mark.parametrize(
    "elsewhere", ["http://127.0.0.1/x", "http://169.254.169.254/latest", "http://[::1]/"]
)
def test_a_redirect_into_the_private_network_is_not_followed(elsewhere, monkeypatch):
    """The first hop is let through by its name here, so that the second is what is judged."""
    seen = []
    monkeypatch.setattr("headwater.kit.egress.is_private", seen.append)
    given = {"names": (LOOPBACK,)}
    assert cause("a", a=elsewhere, host="pictures.test", options=given) is Cause.PRIVATE_ADDRESS
    assert seen == LOOPBACK


def test_a_name_that_leads_into_the_private_network_is_not_connected_to():
    found = cause("a", a=b"x", host="pictures.test", options={"names": (LOOPBACK,)})
    assert found is Cause.PRIVATE_ADDRESS
