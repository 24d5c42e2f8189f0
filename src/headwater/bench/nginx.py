"""The ceiling of redirects: nginx with one worker that answers 302 to everything."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Template

from headwater.bench.tools import environment, free_port, program, running

CONFIGURATION = Path(__file__).parent / "frozen" / "nginx.conf"


@contextmanager
def nginx(directory: Path) -> Iterator[str]:
    """Start nginx in a directory of its own and give its address."""
    directory.mkdir()
    port = free_port()
    text = Template(CONFIGURATION.read_text()).substitute(directory=directory, port=port)
    configuration = directory / "nginx.conf"
    configuration.write_text(text)
    command = (program("nginx"), "-p", str(directory), "-c", str(configuration))
    with running(command, port=port, log=directory / "log", env=environment()):
        yield f"http://127.0.0.1:{port}"
