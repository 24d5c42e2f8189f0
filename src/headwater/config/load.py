"""Settings: parsed once into a frozen value. The only reader of the environment."""

import os
import re
import tomllib
from dataclasses import dataclass
from difflib import SequenceMatcher
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from headwater.config.model import Config, ConfigError
from headwater.config.rules import refuse_dangerous

PREFIX = "HEADWATER_"
NAMED_FILE = "HEADWATER_CONFIG"
_SERVICE = re.compile(r"\w+_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_\w+)")


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
    refuse_dangerous(config)
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


def handed(name: str) -> str:
    """What somebody hands to one command alone, such as a key; empty where it is not there."""
    return os.environ.get(name, "")


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
