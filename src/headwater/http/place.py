"""Where a visit comes from, as far as a proxy of ours says it."""

import re
from collections.abc import Sequence

from headwater.http.address import Network, is_trusted

# As the common ones call it. None of them is believed unless the connection comes from a proxy of
# ours: a visitor could write it as well.
_HEADERS = (
    b"cf-ipcountry",
    b"cloudfront-viewer-country",
    b"x-vercel-ip-country",
    b"x-appengine-country",
    b"x-country-code",
)
_COUNTRY = re.compile(rb"[A-Z]{2}\Z")
_NOWHERE = {b"XX", b"ZZ", b"T1"}  # unknown, and the Tor network


def country_of(client: str, headers: dict[bytes, bytes], trusted: Sequence[Network]) -> str | None:
    """ISO 3166 code, in capitals; None where nobody we believe says it."""
    if not trusted or not is_trusted(client, trusted):
        return None
    for name in _HEADERS:
        value = headers.get(name, b"").strip().upper()
        if _COUNTRY.match(value) and value not in _NOWHERE:
            return value.decode()
    return None
