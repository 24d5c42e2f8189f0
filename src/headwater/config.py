"""Settings: parsed once into a frozen value. The only reader of the environment."""

import ipaddress
import math
import os
import re
import tomllib
from dataclasses import dataclass
from difflib import SequenceMatcher
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

PORT_MAX = 65_535
PREFIX = "HEADWATER_"
NAMED_FILE = "HEADWATER_CONFIG"
_SERVICE = re.compile(r"\w+_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_\w+)")


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    host: str
    port: int
    public_url: str
    trusted_proxies: tuple[str, ...]
    max_body_bytes: int


class Store(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    database: str
    data: str


class Edge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    uncounted: frozenset[str]
    visitor_cookie: bool
    write_timeout_ms: int


class Tracking(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    direct_sale_parity: bool
    log_days: int


class Delivery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    schedule_s: tuple[float, ...]
    retry_after_max_s: int
    timeout_s: float
    max_response_bytes: int
    lease_s: float
    concurrency: int
    concurrency_per_webhook: int
    disable_after: int
    secret_grace_s: int
    click_batch_s: float
    click_batch_max: int
    clicks_waiting_max: int


class Avatars(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    directory: str
    bucket: str
    endpoint: str
    region: str
    max_bytes: int
    timeout_s: float
    schedule_s: tuple[float, ...]


class Egress(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    allow_private: bool


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    per_key_per_minute: int
    per_address_per_minute: int


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    server: Server
    limits: Limits
    store: Store
    edge: Edge
    tracking: Tracking
    delivery: Delivery
    egress: Egress
    avatars: Avatars

    @property
    def public_url(self) -> str:
        return self.server.public_url or f"http://{self.server.host}:{self.server.port}"


class ConfigError(Exception):
    """A setting that cannot be right; the message names it and says what to write instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the command line decides over file and environment."""

    data: str | None = None
    database: str | None = None
    port: int | None = None
    host: str | None = None


def load(overrides: Overrides | None = None) -> Config:
    """Defaults, then `headwater.toml`, then the environment, then the command line."""
    overrides = overrides or Overrides()
    values = tomllib.loads((resources.files("headwater") / "defaults.toml").read_text())
    _refuse_unknown_variables(values)
    _merge(values, _environment(values))
    _merge(values, _command_line(overrides))
    file_values = _file(Path(values["store"]["data"]))
    layered = tomllib.loads((resources.files("headwater") / "defaults.toml").read_text())
    for layer in (file_values, _environment(layered), _command_line(overrides)):
        _merge(layered, layer)
    try:
        config = msgspec.convert(layered, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"A setting has the wrong form: {error}. See defaults.toml.") from error
    _refuse_dangerous(config)
    return config


def _file(data: Path) -> dict[str, Any]:
    named = os.environ.get(NAMED_FILE)
    path = Path(named) if named else data / "headwater.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        if named:
            raise ConfigError(f"{NAMED_FILE} names {named}, which does not exist.") from error
        return {}
    except OSError as error:
        raise ConfigError(
            f"cannot read {path} ({error.strerror}). Give it to the user headwater runs as."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from error


def _environment(defaults: dict[str, Any]) -> dict[str, Any]:
    """`HEADWATER_SERVER_PORT=9000`; values are read as TOML where that works, else as text."""
    found: dict[str, Any] = {}
    for section, settings in defaults.items():
        for name, default in settings.items():
            text = os.environ.get(_variable(section, name))
            if text is not None:
                found.setdefault(section, {})[name] = _parse(text, default)
    return found


def _variable(section: str, name: str) -> str:
    return f"{PREFIX}{section}_{name}".upper()


def _refuse_unknown_variables(defaults: dict[str, Any]) -> None:
    """Whoever misspells a variable waits in vain for what it should do; so it is said at once."""
    known = [_variable(section, name) for section in defaults for name in defaults[section]]
    known.append(NAMED_FILE)
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known and not _of_kubernetes(name):
            raise ConfigError(
                f"{name} is set in the environment and is no setting; the nearest is"
                f" {_nearest(name, known)}. Correct it or unset it."
            )


def _of_kubernetes(name: str) -> bool:
    """Set in every pod of a cluster that has a service named headwater, or headwater-something."""
    return bool(_SERVICE.fullmatch(name)) or (name.endswith("_PORT") and "://" in os.environ[name])


def _nearest(name: str, known: list[str]) -> str:
    """The one that shares the most words; among those the one whose letters are most alike."""
    words = set(name.split("_"))

    def likeness(other: str) -> tuple[int, float]:
        return len(words & set(other.split("_"))), SequenceMatcher(None, name, other).ratio()

    return max(known, key=likeness)


def _parse(text: str, default: Any) -> Any:
    if isinstance(default, str):
        return text
    if isinstance(default, list) and not text.lstrip().startswith("["):
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return parts if not default or isinstance(default[0], str) else [_number(p) for p in parts]
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _number(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _command_line(overrides: Overrides) -> dict[str, Any]:
    store = {"data": overrides.data, "database": overrides.database}
    if overrides.data is not None and overrides.database is None:
        store["database"] = ""  # --data asks for the embedded store, whatever the environment says
    server = {"port": overrides.port, "host": overrides.host}
    return {
        "store": {name: value for name, value in store.items() if value is not None},
        "server": {name: value for name, value in server.items() if value is not None},
    }


def _merge(values: dict[str, Any], layer: dict[str, Any]) -> None:
    for section, settings in layer.items():
        if section not in values or not isinstance(settings, dict):
            raise ConfigError(
                f"There is no section [{section}]. See defaults.toml for what there is."
            )
        for name, value in settings.items():
            if name not in values[section]:
                raise ConfigError(f"There is no setting {section}.{name}. See defaults.toml.")
            values[section][name] = value


def _refuse_dangerous(config: Config) -> None:
    delivery = config.delivery
    if delivery.lease_s < 2 * delivery.timeout_s:
        raise ConfigError(
            "delivery.lease_s must be at least twice delivery.timeout_s, or a slow receiver gets"
            " the same message from two workers. Raise lease_s or lower timeout_s."
        )
    if not 1 <= config.server.port <= PORT_MAX:
        raise ConfigError(f"server.port is 1..{PORT_MAX}.")
    positive = {
        "server.max_body_bytes": config.server.max_body_bytes,
        "edge.write_timeout_ms": config.edge.write_timeout_ms,
        "tracking.log_days": config.tracking.log_days,
        "delivery.timeout_s": delivery.timeout_s,
        "delivery.max_response_bytes": delivery.max_response_bytes,
        "delivery.concurrency": delivery.concurrency,
        "delivery.concurrency_per_webhook": delivery.concurrency_per_webhook,
        "delivery.click_batch_s": delivery.click_batch_s,
        "delivery.click_batch_max": delivery.click_batch_max,
        "delivery.clicks_waiting_max": delivery.clicks_waiting_max,
    }
    for name, value in positive.items():
        if not (value > 0 and math.isfinite(value)):
            raise ConfigError(f"{name} must be more than 0.")
    if min(config.limits.per_key_per_minute, config.limits.per_address_per_minute) < 0:
        raise ConfigError("limits are 0 (any number) or more.")
    if not delivery.schedule_s or min(delivery.schedule_s) < 0:
        raise ConfigError("delivery.schedule_s needs at least one wait, none of them negative.")
    _check_avatars(config.avatars)
    for network in config.server.trusted_proxies:
        _check_network(network)
    unknown = config.edge.uncounted - {"bot", "preview", "prefetch", "script"}
    if unknown:
        raise ConfigError(
            f"edge.uncounted names {sorted(unknown)}; it may hold bot, preview, prefetch, script."
        )
    if config.server.public_url and not urlsplit(config.server.public_url).hostname:
        raise ConfigError("server.public_url must be a URL such as https://api.example.com.")


def _check_avatars(avatars: Avatars) -> None:
    if avatars.schedule_s and min(avatars.schedule_s) < 0:
        raise ConfigError("avatars.schedule_s has a negative wait. Waits are 0 or more seconds.")
    if avatars.bucket and avatars.directory:
        raise ConfigError("avatars has a directory and a bucket. Pictures are in one: empty one.")
    for name, value in (("max_bytes", avatars.max_bytes), ("timeout_s", avatars.timeout_s)):
        if not (value > 0 and math.isfinite(value)):
            raise ConfigError(f"avatars.{name} must be more than 0.")


def _check_network(network: str) -> None:
    try:
        ipaddress.ip_network(network)
    except ValueError as error:
        raise ConfigError(
            f"server.trusted_proxies has {network!r}, which is no network. Write 10.0.0.0/8, say."
        ) from error
