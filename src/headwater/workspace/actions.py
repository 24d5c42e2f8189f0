"""Making a workspace, recognising its key, and the secrets behind click ids."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from headwater.db import Read, Write
from headwater.kit.clock import DAY_US
from headwater.kit.context import Context
from headwater.kit.entropy import ALPHANUMERIC, Entropy, token
from headwater.kit.ids import new_id
from headwater.kit.problems import conflict, invalid
from headwater.landing import table
from headwater.workspace import domain_sql, sql
from headwater.workspace.hostnames import checked_hostnames
from headwater.workspace.model import Standing, Workspace

SECRET_PREFIX = "hw_sk_"  # noqa: S105 - a prefix, not a secret
PUBLISHABLE_PREFIX = "hw_pk_"
SANDBOX = "sandbox_"  # follows the prefix of a sandbox's keys, so that whoever sees one knows
# A key that pages of a site already carry may be brought along.
PUBLISHABLE_PREFIXES = (PUBLISHABLE_PREFIX, "dub_pk_")
CLICK_KEY = "click_key_1"

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")
_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})+\Z")
_PUBLISHABLE = re.compile(r"(hw|dub)_pk_[A-Za-z0-9_-]{16,64}\Z")
_PARAM = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """What `init` reports; the keys exist in clear only in the answer that made them."""

    created: bool
    workspace: Workspace
    domain: str
    secret_key: str | None = None
    publishable_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    slug: str
    domain: str
    """None: what a new workspace gets by itself, and as it is where there is one."""

    currency: str = "usd"
    click_param: str | None = None
    allowed_hostnames: tuple[str, ...] | None = None
    publishable_key: str | None = None
    sandbox: bool = False


def initialise(tx: Write, setup: Setup, now_us: int, entropy: Entropy) -> Created:
    """Make the workspace with its first domain and keys; run again it changes nothing.

    Whoever brings the key of pages along has code that reads its parameter too.
    """
    _check(setup)
    hostnames = checked_hostnames(setup.allowed_hostnames or ())
    existing = sql.workspace_by_slug(tx, setup.slug)
    if existing is not None:
        return _again(tx, existing, setup, hostnames)
    if domain_sql.holder_of(tx, setup.domain) is not None:
        raise conflict(
            f"The domain {setup.domain} already belongs to another workspace. Pick another host.",
            "domain",
        )
    brought = (setup.publishable_key or "").startswith("dub_pk_")
    workspace = Workspace(
        id=new_id("ws_", now_us, entropy),
        slug=setup.slug,
        currency=setup.currency,
        click_param=setup.click_param or ("dub_id" if brought else "hw_id"),
        allowed_hostnames=hostnames,
        sandbox=setup.sandbox,
    )
    sql.insert_workspace(tx, workspace, entropy.bytes(32).hex(), now_us)
    vouched = Standing(held=True, verified_at=now_us, look_at=None)
    domain_id = new_id("dom_", now_us, entropy)
    domain_sql.insert_domain(tx, workspace.id, domain_id, setup.domain, vouched, now_us)
    ctx = Context(workspace_id=workspace.id, now_us=now_us, entropy=entropy)
    mark = SANDBOX if setup.sandbox else ""
    return Created(
        created=True,
        workspace=workspace,
        domain=setup.domain,
        secret_key=_new_key(tx, ctx, "secret", SECRET_PREFIX + mark, 40),
        publishable_key=_publishable(tx, ctx, setup.publishable_key, mark),
    )


def _again(tx: Read, existing: Workspace, setup: Setup, hostnames: tuple[str, ...]) -> Created:
    if sql.domain_of(tx, existing.id, setup.domain) is None:
        raise conflict(
            f"The workspace {setup.slug} exists, without the domain {setup.domain}."
            " Run init with the domain it was made with, or make another workspace.",
            "domain",
        )
    said = f"The workspace {setup.slug} exists, and init changes nothing."
    if setup.sandbox != existing.sandbox:
        kind = "a sandbox" if existing.sandbox else "live"
        raise conflict(f"{said} It is {kind}: make another workspace for the other.", "sandbox")
    if setup.click_param not in (None, existing.click_param):
        raise conflict(
            f"{said} Its click parameter is {existing.click_param}, not {setup.click_param}: make"
            " another workspace, or let your site read this one.",
            "click_param",
        )
    if setup.allowed_hostnames is not None and set(hostnames) != set(existing.allowed_hostnames):
        allowed = ", ".join(existing.allowed_hostnames) or "all of them"
        raise conflict(
            f"{said} The hosts whose pages may report are {allowed}: change them with"
            " PATCH /workspaces/{id}.",
            "allow_host",
        )
    key = setup.publishable_key
    if key is not None and not _opens(tx, key, existing):
        raise conflict(
            f"{said} Its publishable key is another: let your pages send that one, or make another"
            " workspace.",
            "publishable_key",
        )
    return Created(created=False, workspace=existing, domain=setup.domain)


def _opens(tx: Read, key: str, existing: Workspace) -> bool:
    found = sql.workspace_by_key(tx, key_hash(key), "publishable")
    return found is not None and found.id == existing.id


def _check(setup: Setup) -> None:
    if not _SLUG.match(setup.slug):
        raise invalid("workspace", "A workspace slug is 1..63 of a-z, 0-9 and '-', such as acme.")
    check_host("domain", setup.domain)
    if not re.fullmatch(r"[a-z]{3}", setup.currency):
        raise invalid("currency", "A currency is three lower-case letters, such as usd.")
    if setup.click_param is not None:
        _check_click_param(setup.click_param)
    if setup.publishable_key is not None and not _PUBLISHABLE.match(setup.publishable_key):
        raise invalid(
            "publishable_key",
            "A publishable key is hw_pk_ or dub_pk_ and 16..64 letters, digits, '-' or '_'.",
        )
    marked = (setup.publishable_key or "").startswith(PUBLISHABLE_PREFIX + SANDBOX)
    if setup.publishable_key is not None and marked != setup.sandbox:
        raise invalid(
            "publishable_key",
            "The key of a sandbox begins hw_pk_sandbox_, and that of a live workspace does not.",
        )


def _check_click_param(name: str) -> None:
    """Advertisers' own click ids are what browsers and extensions take out of addresses (T-87)."""
    if not _PARAM.match(name):
        raise invalid("click_param", "A click parameter is a name such as hw_id or dub_id.")
    row = table().click(name)
    if row is not None and not row.affiliate:
        message = f"{name!r} is the click id of {row.provider}, and browsers strip such names."
        raise invalid("click_param", f"{message} Write one of your own, such as hw_id.")


def _publishable(tx: Write, ctx: Context, given: str | None, mark: str) -> str:
    if given is None:
        return _new_key(tx, ctx, "publishable", PUBLISHABLE_PREFIX + mark, 24)
    if sql.workspace_by_key(tx, key_hash(given), "publishable") is not None:
        raise conflict("This publishable key belongs to another workspace.", "publishable_key")
    return _stored(tx, ctx, "publishable", given)


def check_host(field: str, host: str) -> None:
    """Refuses what no short link could be served under."""
    if not _HOST.match(host) or host.rpartition(".")[2].isdecimal():
        raise invalid(
            field,
            f"{host!r} cannot serve short links. Give a host name of its own with a dot and"
            " without a port, such as go.example.com; localhost and addresses belong to the API.",
        )


def _new_key(tx: Write, ctx: Context, kind: str, prefix: str, length: int) -> str:
    return _stored(tx, ctx, kind, prefix + token(ctx.entropy, length, ALPHANUMERIC))


def _stored(tx: Write, ctx: Context, kind: str, key: str) -> str:
    row = {
        "id": ctx.new_id("key_"),
        "kind": kind,
        "hash": key_hash(key),
        "hint": key[:9] + "…" + key[-4:],
        "now": ctx.now_us,
    }
    sql.insert_key(tx, ctx.workspace_id, row)
    return key


def key_hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def authenticate(tx: Read, key: str, kind: str) -> Workspace | None:
    """The workspace a key of this kind (`secret`, `publishable`) opens, or None."""
    return sql.workspace_by_key(tx, key_hash(key), kind)


def allow_hostnames(tx: Write, workspace_id: str, given: Sequence[str]) -> Workspace:
    """These and no others from now on; the workspace as it is then."""
    sql.set_allowed_hostnames(tx, workspace_id, checked_hostnames(given))
    return sql.workspace_by_id(tx, workspace_id)


def commitment(tx: Read, workspace_id: str, *parts: object) -> str:
    """Equal for equal parts in one workspace; without its salt nobody can try out guesses."""
    keyed = _keyed(tx, workspace_id).copy()
    keyed.update(msgspec.json.encode(parts))
    return str(keyed.hexdigest())


# A salt never changes, so a process reads it once.
_KEYED_MAX = 10_000
_keyed_hashes: "dict[str, hashlib.blake2b]" = {}


def _keyed(tx: Read, workspace_id: str) -> "hashlib.blake2b":
    known = _keyed_hashes.get(workspace_id)
    if known is None:
        if len(_keyed_hashes) >= _KEYED_MAX:
            _keyed_hashes.clear()
        salt = bytes.fromhex(sql.salt_of(tx, workspace_id))
        known = hashlib.blake2b(key=salt, digest_size=32, person=b"hw-commitment")
        _keyed_hashes[workspace_id] = known
    return known


def click_keys(tx: Write, entropy: Entropy) -> bytes:
    """The key click ids are derived with; made once per store."""
    found = sql.secret(tx, CLICK_KEY)
    if found is None:
        sql.insert_secret(tx, CLICK_KEY, entropy.bytes(32).hex())
        found = sql.secret(tx, CLICK_KEY)
    assert found is not None
    return bytes.fromhex(found)


def daily_salt(tx: Write, day: int, entropy: Entropy) -> bytes:
    """The salt visitors of one UTC day are hashed under; the same on every node."""
    found = sql.salt(tx, day)
    if found is None:
        sql.insert_salt(tx, day, entropy.bytes(32).hex())
        found = sql.salt(tx, day)
    assert found is not None
    return bytes.fromhex(found)


def forget_old_salts(tx: Write, now_us: int) -> int:
    """Without its salt a day's visitors can no longer be recomputed from address and agent."""
    return sql.delete_salts_before(tx, now_us // DAY_US - 1)
