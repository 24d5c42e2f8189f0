"""`headwater sandbox`."""

import sys
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from headwater.cli.exits import CANNOT_START

PORT_MAX = 65_535


def sandbox(
    *,
    port: Annotated[
        int, Parameter(help="Where it listens; 0: any.", validator=Number(gte=0, lte=PORT_MAX))
    ] = 8790,
) -> int:
    """A stand-in of impact.com on loopback: what the server reports to it, it judges and shows.

    The server needs egress.allow_private to reach it. Its page shows what it received and makes it
    slow, wrong or absent; programs use /sandbox/requests, /sandbox/actions, /sandbox/notices,
    /sandbox/account, /sandbox/clock and /sandbox/faults.
    """
    from headwater.sandbox import Standin, serve

    standin = Standin()
    account = standin.account

    def ready(at: int) -> None:
        numbers = ", ".join(f"{each} {name}" for each, name in account.trackers.items())
        print(f"impact.com stand-in: apiUrl http://127.0.0.1:{at}")
        print(f"accountSid {account.sid}, authToken {account.token}, programId {account.campaign}")
        print(f"trackers: {numbers}")
        print(f"its page: http://127.0.0.1:{at}/")
        sys.stdout.flush()

    try:
        serve(standin, port, ready)
    except OSError as error:
        print(f"headwater: cannot listen on port {port}: {error.strerror}", file=sys.stderr)
        return CANNOT_START
    return 0
