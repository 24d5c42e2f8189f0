"""A GeoIP database in the MaxMind DB format: mapped into memory, opened again when replaced."""

import re
from pathlib import Path
from typing import Any

import maxminddb
import structlog

from headwater.attribution import NOWHERE, Place
from headwater.config import ConfigError

log = structlog.get_logger(__name__)

CITY_MAX = 100
_COUNTRY = re.compile(r"[A-Z]{2}")
_REGION = re.compile(r"[A-Z0-9]{1,3}")
_KINDS = ("city", "country", "enterprise")
_ADVICE = "Correct geo.file, or leave it empty."


class GeoFile:
    """Raises ConfigError where the file cannot be used from the start."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._stamp = _stamp(path)
        self._reader = _opened(path)

    def place(self, address: str) -> Place:
        """Of an address, or of a network of IPv6 as visitors are told apart by. Whatever is wrong
        with the file, the visit goes on.
        """
        try:
            return _place(self._reader.get(address.partition("/")[0]))
        except ValueError:  # no address, or one of IPv6 where only those of IPv4 are known
            return NOWHERE
        except Exception as error:
            log.error("place_not_read", error=type(error).__name__, detail=str(error))
            return NOWHERE

    def refresh(self) -> None:
        """Look whether another file stands under the name; one that cannot be used is not."""
        try:
            stamp = _stamp(self._path)
            if stamp == self._stamp:
                return
            self._stamp = stamp
            self._reader = _opened(self._path)
        except ConfigError as error:
            log.warning("geo_database_not_replaced", detail=str(error))
            return
        log.info("geo_database_replaced", path=self._path)


def _stamp(path: str) -> tuple[int, int, int]:
    try:
        found = Path(path).stat()
    except OSError as error:
        raise ConfigError(
            f"geo.file names {path}, which cannot be read ({error.strerror}). {_ADVICE}"
        ) from error
    return found.st_ino, found.st_size, found.st_mtime_ns


def _opened(path: str) -> maxminddb.Reader:
    try:
        reader = maxminddb.open_database(path)
    except OSError as error:
        raise ConfigError(
            f"geo.file names {path}, which cannot be read ({error.strerror}). {_ADVICE}"
        ) from error
    except (maxminddb.InvalidDatabaseError, ValueError) as error:
        raise ConfigError(
            f"geo.file names {path}, which is no MaxMind DB file. {_ADVICE}"
        ) from error
    kind = reader.metadata().database_type
    if not any(word in kind.lower() for word in _KINDS):
        raise ConfigError(
            f"geo.file names {path}, which is of the kind {kind} and tells no places. Take one"
            " of the kind City or Country."
        )
    return reader


def _place(record: Any) -> Place:
    """A record without the fields we look for says nothing."""
    country = _text(record, "country", "iso_code")
    if not _COUNTRY.fullmatch(country):
        return NOWHERE
    region = _text(record, "subdivisions", 0, "iso_code").upper()
    return Place(
        country,
        f"{country}-{region}" if _REGION.fullmatch(region) else None,
        _text(record, "city", "names", "en")[:CITY_MAX] or None,
    )


def _text(record: Any, *steps: str | int) -> str:
    try:
        for step in steps:
            record = record[step]
    except (KeyError, IndexError, TypeError):
        return ""
    return record if isinstance(record, str) else ""
