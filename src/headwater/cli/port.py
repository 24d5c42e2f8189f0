"""The address to listen on: taken before anything else is opened, and kept."""

import socket

from headwater.cli.store import CannotStart
from headwater.config import Config

BACKLOG = 128


def listening(config: Config) -> socket.socket:
    """A socket at the address of the settings; who connects waits until the server answers.

    Handed to the server, which by itself would bind with SO_REUSEPORT: two of them then share a
    port without a word, and looking first leaves a gap between the look and the bind. It listens
    at once, because two may bind as long as neither does.
    """
    host, port = config.server.host, config.server.port
    try:
        family, kind, number, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        taken = socket.socket(family, kind, number)
        try:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(address)
            taken.listen(BACKLOG)
        except OSError:
            taken.close()
            raise
    except OSError as error:
        raise CannotStart(
            f"cannot listen on {host}:{port}: {error.strerror}. Choose another address with --port"
            " and --host, or stop what listens there."
        ) from error
    return taken
