"""Where a visit comes from: as a proxy of ours says it, else as the GeoIP database has it."""

import asyncio
import re
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from headwater.attribution import NOWHERE, Place
from headwater.config import Config
from headwater.http.address import Network, is_trusted, network, visitor_address
from headwater.http.geo import CITY_MAX, GeoFile

# Country, region and city as the common ones call them. None of them is believed unless the
# connection comes from a proxy of ours: a visitor could write it as well.
_HEADERS = (
    (b"cf-ipcountry", b"cf-region-code", b"cf-ipcity"),
    (b"cloudfront-viewer-country", b"cloudfront-viewer-country-region", b"cloudfront-viewer-city"),
    (b"x-vercel-ip-country", b"x-vercel-ip-country-region", b"x-vercel-ip-city"),
    (b"x-appengine-country", b"", b""),
    (b"x-country-code", b"", b""),
)
_COUNTRY = re.compile(rb"[A-Z]{2}\Z")
_REGION = re.compile(rb"[A-Z0-9]{1,3}\Z")
_NOWHERE = {b"XX", b"ZZ", b"T1"}  # unknown, and the Tor network
_CITY_BYTES_MAX = 9 * CITY_MAX  # three bytes of UTF-8, each written as %XX


class Places:
    """Raises ConfigError where the database that is named cannot be used."""

    def __init__(self, config: Config) -> None:
        self._trusted = [network(n) for n in config.server.trusted_proxies]
        self._file = GeoFile(config.geo.file) if config.geo.file else None

    def of(self, client: str, headers: dict[bytes, bytes]) -> Place:
        """The address itself is looked at and forgotten."""
        said = place_said(client, headers, self._trusted)
        if self._file is None or said.city is not None:
            return said
        forwarded = headers.get(b"x-forwarded-for", b"") if self._trusted else b""
        found = self._file.place(visitor_address(client, forwarded, self._trusted))
        if said.country is None:
            return found
        # The database may say more of the same country, but nothing of another.
        if found.country != said.country or said.region not in (None, found.region):
            return said
        return found

    async def refresh(self) -> None:
        if self._file is not None:
            await asyncio.to_thread(self._file.refresh)


def place_said(client: str, headers: dict[bytes, bytes], trusted: Sequence[Network]) -> Place:
    """By a proxy of ours; NOWHERE where nobody we believe says it."""
    if not trusted or not is_trusted(client, trusted):
        return NOWHERE
    for of_country, of_region, of_city in _HEADERS:
        country = headers.get(of_country, b"").strip().upper()
        if _COUNTRY.match(country) and country not in _NOWHERE:
            region = headers.get(of_region, b"").strip().upper().removeprefix(country + b"-")
            return Place(
                country.decode(),
                (country + b"-" + region).decode() if _REGION.match(region) else None,
                _city(headers.get(of_city, b"")),
            )
    return NOWHERE


def _city(written: bytes) -> str | None:
    """UTF-8, maybe as percent signs; what no store could keep is left out."""
    plain = unquote_to_bytes(written[:_CITY_BYTES_MAX])
    try:
        text = plain.decode()
    except UnicodeDecodeError:
        text = plain.decode("latin-1")
    return "".join(each for each in text if each.isprintable()).strip()[:CITY_MAX] or None
