"""Options every command shares."""

from typing import Annotated

from cyclopts import Parameter

from headwater.config import Config, Overrides, load

Data = Annotated[str | None, Parameter(name="--data", help="Directory of the embedded store.")]
Database = Annotated[str | None, Parameter(name="--database", help="PostgreSQL URL.")]
Json = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]
Port = Annotated[int | None, Parameter(name="--port", help="Port for the API and the edge.")]
Supervised = Annotated[bool, Parameter(name="--supervised", negative=(), show=False)]
Host = Annotated[str | None, Parameter(name="--host", help="Address to listen on.")]


def configured(
    data: str | None, database: str | None, *, port: int | None = None, host: str | None = None
) -> Config:
    return load(Overrides(data=data, database=database, port=port, host=host))
