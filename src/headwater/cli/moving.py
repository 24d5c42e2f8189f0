"""`headwater export`: everything a workspace knows, as lines."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

from cyclopts import Parameter

from headwater import __version__
from headwater.cli.options import Data, Database, configured
from headwater.cli.progress import progress
from headwater.cli.store import CannotStart, opened, workspace_called

Workspace = Annotated[str, Parameter(help="Slug of the workspace, such as acme.")]
STANDARD = "-"


def export(
    *,
    workspace: Workspace,
    out: Annotated[
        str, Parameter(allow_leading_hyphen=True, help="File to write; - is standard output.")
    ],
    data: Data = None,
    database: Database = None,
) -> None:
    """Write links, partners, customers and facts as JSON lines, from one snapshot."""
    from headwater import moving
    from headwater.kit.clock import iso_ms

    with opened(configured(data, database), must_exist=True) as app, progress() as report:
        own = app.db.read_now(workspace_called, workspace)
        at = iso_ms(app.clock.now_us())
        with _written(out) as file:
            app.db.read_now(
                lambda tx: moving.export(
                    tx, own, file.write, lambda kind, done: report(kind, done, done),
                    at=at, release=__version__, api_url=app.config.public_url,
                )
            )  # fmt: skip


@contextmanager
def _written(out: str) -> Iterator[IO[bytes]]:
    """The whole file or none under its name, for its owner alone: it holds passwords of links."""
    if out == STANDARD:
        with _in_a_sentence(out):
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        return
    if Path(out).exists() and not Path(out).is_file():
        raise CannotStart(f"cannot write {out} (it is no file). Name another, or - to print it.")
    part = Path(f"{out}.part")
    with _in_a_sentence(out):
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.replace(out)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


@contextmanager
def _in_a_sentence(out: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if isinstance(error, BrokenPipeError):  # else the end of the process flushes it once more
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise CannotStart(f"cannot write {out} ({error.strerror}). Name another file.") from error
