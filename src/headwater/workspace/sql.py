import msgspec

from headwater.db import Read, Row, Write
from headwater.workspace.model import Host, Workspace

_names = msgspec.json.Decoder(tuple[str, ...]).decode


_COLUMNS = "w.id, w.slug, w.currency, w.click_param, w.allowed_hostnames, w.sandbox, w.clock_ahead"


def _workspace(row: Row) -> Workspace:
    return Workspace(
        id=row[0],
        slug=row[1],
        currency=row[2],
        click_param=row[3],
        allowed_hostnames=_names(row[4]),
        sandbox=bool(row[5]),
        ahead_us=row[6],
    )


def workspace_by_slug(tx: Read, slug: str) -> Workspace | None:
    row = tx.one(
        f"select {_COLUMNS} from workspaces w where w.slug = :slug",
        {"slug": slug},
    )
    return None if row is None else _workspace(row)


def workspace_by_id(tx: Read, workspace_id: str) -> Workspace:
    row = tx.one(
        f"select {_COLUMNS} from workspaces w where w.id = :workspace_id",
        {"workspace_id": workspace_id},
    )
    assert row is not None, workspace_id
    return _workspace(row)


def workspace_by_key(tx: Read, key_hash: str, kind: str) -> Workspace | None:
    """Every workspace: the key says whose request this is."""
    row = tx.one(
        f"select {_COLUMNS}"
        " from api_keys k join workspaces w on w.id = k.workspace_id"
        " where k.hash = :hash and k.kind = :kind",
        {"hash": key_hash, "kind": kind},
    )
    return None if row is None else _workspace(row)


def salt_of(tx: Read, workspace_id: str) -> str:
    row = tx.one(
        "select salt from workspaces where id = :workspace_id", {"workspace_id": workspace_id}
    )
    assert row is not None, workspace_id
    return str(row[0])


def insert_workspace(tx: Write, workspace: Workspace, salt: str, now_us: int) -> None:
    tx.run(
        "insert into workspaces (id, slug, currency, click_param, allowed_hostnames, sandbox,"
        " salt, created_at) values (:id, :slug, :currency, :click_param, :allowed_hostnames,"
        " :sandbox, :salt, :now)",
        {
            "id": workspace.id,
            "slug": workspace.slug,
            "currency": workspace.currency,
            "click_param": workspace.click_param,
            "allowed_hostnames": _json(workspace.allowed_hostnames),
            "sandbox": int(workspace.sandbox),
            "salt": salt,
            "now": now_us,
        },
    )


def ahead_of_time(tx: Read) -> dict[str, int]:
    """Every workspace: how far ahead the clocks of sandboxes are, where they are."""
    rows = tx.all("select id, clock_ahead from workspaces where clock_ahead > 0")
    return {row[0]: row[1] for row in rows}


def advance(tx: Write, workspace_id: str, by_us: int) -> int:
    """0 where it is no sandbox, and nothing is changed."""
    return tx.run(
        "update workspaces set clock_ahead = clock_ahead + :by"
        " where id = :workspace_id and sandbox = 1",
        {"workspace_id": workspace_id, "by": by_us},
    )


def tag_of(tx: Read, workspace_id: str) -> str:
    row = tx.one(
        "select tag from workspaces where id = :workspace_id", {"workspace_id": workspace_id}
    )
    assert row is not None, workspace_id
    return str(row[0])


def set_tag(tx: Write, workspace_id: str, tag: str) -> None:
    tx.run(
        "update workspaces set tag = :tag where id = :workspace_id",
        {"workspace_id": workspace_id, "tag": tag},
    )


def set_allowed_hostnames(tx: Write, workspace_id: str, names: tuple[str, ...]) -> None:
    tx.run(
        "update workspaces set allowed_hostnames = :names where id = :workspace_id",
        {"workspace_id": workspace_id, "names": _json(names)},
    )


def _json(names: tuple[str, ...]) -> str:
    return msgspec.json.encode(names).decode()


def insert_key(tx: Write, workspace_id: str, key: dict[str, object]) -> None:
    tx.run(
        "insert into api_keys (id, workspace_id, kind, hash, hint, created_at)"
        " values (:id, :workspace_id, :kind, :hash, :hint, :now)",
        {"workspace_id": workspace_id, **key},
    )


def clocks(tx: Read) -> list[tuple[str, int]]:
    """Every workspace, also one without a domain, and how far its clock is before ours."""
    rows = tx.all("select id, clock_ahead from workspaces order by id")
    return [(row[0], row[1]) for row in rows]


def domains(tx: Read) -> list[Host]:
    """Every workspace: the edge serves all their domains."""
    rows = tx.all(
        f"select {_COLUMNS}, d.host, d.not_found_url,"
        " d.expired_url, d.asset_links, d.apple_app_site_association,"
        " d.held, d.verified_at is not null"
        " from domains d join workspaces w on w.id = d.workspace_id"
    )
    return [
        Host(
            host=row[7],
            workspace=_workspace(row[:7]),
            not_found_url=row[8],
            expired_url=row[9],
            asset_links=row[10],
            apple_app_site_association=row[11],
            held=bool(row[12]),
            verified=bool(row[13]),
        )
        for row in rows
    ]


def domain_of(tx: Read, workspace_id: str, host: str) -> str | None:
    row = tx.one(
        "select host from domains where workspace_id = :workspace_id and host = :host",
        {"workspace_id": workspace_id, "host": host},
    )
    return None if row is None else str(row[0])


def first_domain(tx: Read, workspace_id: str) -> str | None:
    """The primary one; where none was chosen, or it is archived, the oldest that is not."""
    row = tx.one(
        "select host from domains where workspace_id = :workspace_id"
        " order by archived, is_primary desc, created_at, id limit 1",
        {"workspace_id": workspace_id},
    )
    return None if row is None else str(row[0])


def secret(tx: Read, name: str) -> str | None:
    row = tx.one("select value from secrets where name = :name", {"name": name})
    return None if row is None else str(row[0])


def insert_secret(tx: Write, name: str, value: str) -> None:
    """The first value stays."""
    tx.run(
        "insert into secrets (name, value) values (:name, :value) on conflict (name) do nothing",
        {"name": name, "value": value},
    )


def salt(tx: Read, day: int) -> str | None:
    row = tx.one("select salt from daily_salts where day = :day", {"day": day})
    return None if row is None else str(row[0])


def insert_salt(tx: Write, day: int, value: str) -> None:
    """The first node to need a day's salt makes it; the others read it."""
    tx.run(
        "insert into daily_salts (day, salt) values (:day, :salt) on conflict (day) do nothing",
        {"day": day, "salt": value},
    )


def delete_salts_before(tx: Write, day: int) -> int:
    return tx.run("delete from daily_salts where day < :day", {"day": day})
