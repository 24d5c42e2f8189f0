"""`headwater bench redirect|sale`."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from headwater.cli.options import Json


def bench(
    work: Literal["redirect", "sale"],
    /,
    *,
    sizes: Annotated[str, Parameter(help="Three sizes, comma separated.")] = "100,1000,10000",
    rounds: Annotated[int, Parameter(help="Rounds per size; the median counts.")] = 3,
    seconds: Annotated[int, Parameter(help="Seconds per round.")] = 5,
    directory: Annotated[Path | None, Parameter(help="Where the disk to measure is.")] = None,
    json_: Json = False,
) -> int:
    """Ratios against a peer in one run. Exit 1 if a floor is missed or anything is miscounted."""
    from headwater import bench as benchmarks

    options = benchmarks.Options(
        sizes=tuple(int(size) for size in sizes.split(",")),
        rounds=rounds,
        seconds=seconds,
        directory=directory,
    )
    return benchmarks.run(work, options, json=json_, say=print)
