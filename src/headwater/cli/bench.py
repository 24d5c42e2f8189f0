"""`headwater bench redirect|sale|api|deliveries`."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from headwater.cli.options import Json

SIZES = {"api": "10000,100000,1000000", "deliveries": "2000,10000,50000"}


def bench(
    work: Literal["redirect", "sale", "api", "deliveries"],
    /,
    *,
    sizes: Annotated[
        str | None,
        Parameter(help="Sizes, comma separated. [default: 100,1000,10000; api, deliveries: more]"),
    ] = None,
    rounds: Annotated[int, Parameter(help="Rounds per size; the median counts.")] = 3,
    seconds: Annotated[int, Parameter(help="Seconds per round.")] = 5,
    directory: Annotated[Path | None, Parameter(help="Where the disk to measure is.")] = None,
    database: Annotated[
        str | None, Parameter(help="An empty database of PostgreSQL; for deliveries alone.")
    ] = None,
    json_: Json = False,
) -> int:
    """Ratios against a peer in one run. Exit 1 if a floor is missed or anything is miscounted."""
    from headwater import bench as benchmarks

    sizes = sizes or SIZES.get(work, "100,1000,10000")
    options = benchmarks.Options(
        sizes=tuple(int(size) for size in sizes.split(",")),
        rounds=rounds,
        seconds=seconds,
        directory=directory,
        database=database,
    )
    return benchmarks.run(work, options, json=json_, say=print)
