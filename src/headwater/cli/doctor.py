"""`headwater doctor`: what is wrong, where, and how it is mended."""

import sys
from typing import Annotated

import msgspec
from cyclopts import Parameter

from headwater.cli.exits import CANNOT_START
from headwater.cli.options import Json


def doctor(
    *,
    site: Annotated[str, Parameter(name="--site", help="A short link or a landing page.")],
    click_param: Annotated[
        str, Parameter(name="--click-param", help="Of the workspace; dub_id where it moved over.")
    ] = "hw_id",
    json_: Json = False,
) -> int:
    """Walk a site as a visitor: where is the click lost? Exit 1 if it is, 2 if nobody answers.

    It reads what servers answer, runs no script, and leaves at most one anonymous touch behind.
    """
    import asyncio

    from headwater.cli.walked import shown
    from headwater.doctor import CannotWalk, Options, walk
    from headwater.kit.entropy import ALPHANUMERIC, SystemEntropy, token

    probe = "doctor" + token(SystemEntropy(), 12, ALPHANUMERIC)
    url = site if "://" in site else f"https://{site}"
    try:
        report = asyncio.run(walk(Options(url=url, probe=probe, click_param=click_param)))
    except CannotWalk as error:
        print(f"headwater: {error}", file=sys.stderr)
        return CANNOT_START
    if json_:
        print(msgspec.json.encode(report.summary()).decode())
    else:
        print("\n".join(shown(report)))
    return 0 if report.arrives else 1
