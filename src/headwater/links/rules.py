"""What a key and a destination may look like, and where a click goes."""

import re
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import SplitResult, quote, unquote_plus, urlsplit, urlunsplit

from msgspec.structs import replace

from headwater.kit.hosts import ascii_host
from headwater.kit.problems import Code, Problem, invalid
from headwater.links.model import ROOT, Features, Variant

URL_MAX = 32_000
KEY_MAX = 190
RESERVED = frozenset(
    "favicon.ico sitemap.xml robots.txt manifest.webmanifest manifest.json"
    " apple-app-site-association".split()
)
VARIANTS_MAX = 4
DEEP_LINK = "deepLink"
# In a destination: give the id to a payment link of Stripe, whose checkout then carries it along.
ASKS_FOR_REFERENCE = "dub_client_reference_id"
REFERENCE = "client_reference_id"
OF_DUB = "dub_id_"
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_KEY = re.compile(r"[A-Za-z0-9_\-/.\u0080-\uffff\U00010000-\U0010ffff]+\Z")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_HOST_START = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+([:/?#]|\Z)")
_SAFE = "%/:=&?~#+!$,;'@()*[]|"


def checked_key(key: str) -> str:
    """The key without outer slashes; refuses characters and names that cannot be served."""
    key = key.strip("/")
    if not key or len(key) > KEY_MAX or not _KEY.match(key):
        raise invalid(
            "key", "A key is 1..190 letters, digits, '_', '-', '/', '.' or non-ASCII characters."
        )
    if not {".", ".."}.isdisjoint(key.split("/")):
        raise invalid("key", "Browsers take '.' and '..' between slashes out. Choose another key.")
    folded = key_folded(key)
    if folded in RESERVED:
        raise Problem(Code.FORBIDDEN, f"The key {key!r} is reserved. Choose another.", "key")
    if folded.startswith(("_", ".well-known")) and folded != ROOT:
        raise invalid("key", "A key must not start with '_' or '.well-known'.")
    if folded.endswith((".php", ".php7")):
        raise invalid("key", "A key must not end with .php or .php7.")
    return key


def key_in_path(path: str) -> str:
    """As keys are looked up; the empty path is the root link's."""
    return key_folded(path.strip("/")) or ROOT


def host_name(domain: str) -> str:
    """As hosts are stored: without regard to case, without the dot of the root, and in ASCII, as
    the DNS and browsers have them.
    """
    name = domain.strip()
    if not name.isascii():
        with suppress(UnicodeError):
            name = ascii_host(name)
    return name.lower().removesuffix(".")


def key_folded(key: str) -> str:
    """Keys are looked up without regard to case."""
    return key.lower()


def checked_url(url: str, field: str = "url") -> str:
    """An absolute http(s) URL in ASCII; a bare host gets https. Refuses everything else."""
    url = url.strip()
    if _HOST_START.match(url):
        url = "https://" + url
    if not url or len(url) > URL_MAX:
        raise invalid(field, f"A destination URL has 1..{URL_MAX} characters.")
    if any(ord(character) <= 32 or ord(character) == 127 for character in url):
        raise invalid(field, "A destination URL must not contain spaces or control characters.")
    parts = _split(url, field)
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise invalid(field, "Give a full http or https URL, such as https://example.com/pricing.")
    return _ascii(parts, field)


def _split(url: str, field: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # parsed on access; a bad one raises here
    except ValueError as error:
        raise invalid(field, f"This is not a URL: {error}.") from error
    return parts


def _ascii(parts: SplitResult, field: str) -> str:
    """As it may stand in a Location header: host in IDNA, the rest percent-encoded."""
    user, at, place = parts.netloc.rpartition("@")
    if not place.isascii():
        try:
            host = ascii_host(place.partition(":")[0])
        except UnicodeError as error:
            raise invalid(field, "The host of this URL is not a valid name.") from error
        place = host if parts.port is None else f"{host}:{parts.port}"
    given = (user, parts.path, parts.query, parts.fragment)
    try:
        user, *rest = [quote(part, safe=_SAFE) for part in given]
    except UnicodeEncodeError as error:
        raise invalid(field, "This URL contains half of a character pair. Remove it.") from error
    return urlunsplit((parts.scheme, f"{user}{at}{place}", *rest))


def around_click_id(url: str, param: str) -> tuple[str, str]:
    """The destination split at the place of the click id: put it between the two. A destination
    that asks for it gets the id as Stripe's payment links take it.
    """
    parts = urlsplit(url)
    pairs = parts.query.split("&")
    names, place = {param}, f"{param}="
    if f"{ASKS_FOR_REFERENCE}=1" in pairs:
        names, place = {param, ASKS_FOR_REFERENCE, REFERENCE}, f"{REFERENCE}={OF_DUB}"
    query = "&".join(each for each in pairs if _name(each) not in names)
    lead = query + "&" if query else ""
    before = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    after = "#" + parts.fragment if parts.fragment else ""
    return f"{before}?{lead}{place}", after


def with_query(url: str, changes: Mapping[str, str | None]) -> str:
    """The URL with parameters set, or with None or "" removed; the others stay as they are."""
    if not changes:
        return url
    parts = urlsplit(url)
    pairs = [each for each in parts.query.split("&") if each and _name(each) not in changes]
    for name, value in changes.items():
        text = (value or "").replace("+", " ").strip()
        if text:
            pairs.append(f"{name}={quote(text, safe='')}")
    return urlunsplit(parts._replace(query="&".join(pairs)))


def with_visitors_query(url: str, query: str, dropped: frozenset[str]) -> str:
    """The destination with what the visitor's address asked for: a parameter of the visitor stands
    in the place of the same one there, unless it is empty; `dropped` ones are not passed on.
    """
    given = [each for each in query.split("&") if each and _name(each) not in dropped]
    parts = urlsplit(url)
    own = [each for each in parts.query.split("&") if each]
    known = {_name(each) for each in own}
    passed = [each for each in given if each.partition("=")[2] or _name(each) not in known]
    if not passed:
        return url
    names = {_name(each) for each in passed}
    pairs = [each for each in own if _name(each) not in names]
    merged = "&".join([*pairs, *(quote(each, safe=_SAFE) for each in passed)])
    return urlunsplit(parts._replace(query=merged))


def is_play_store(url: str) -> bool:
    """Whether this is the page of an app in Google's store."""
    parts = urlsplit(url)
    return parts.hostname == "play.google.com" and parts.path.startswith("/store/apps/")


def with_deep_link(url: str, short_link: str) -> str:
    """A store's page that hands the short link to the app it installs, beside what it hands over
    already; other destinations as they are.
    """
    if not is_play_store(url):
        return url
    pairs = [each.partition("=") for each in urlsplit(url).query.split("&")]
    given = next((value for name, _, value in pairs if name == "referrer"), "")
    kept = [each for each in unquote_plus(given).split("&") if each and _name(each) != DEEP_LINK]
    handed = "&".join([*kept, f"{DEEP_LINK}={quote(short_link, safe='')}"])
    return with_query(url, {"referrer": handed})


def checked_features(features: Features) -> Features:
    """With every address in the form of a destination; refuses what could not be served."""
    addresses = {
        name: None if url is None else checked_url(url, field)
        for name, field, url in (
            ("expired_url", "expiredUrl", features.expired_url),
            ("image", "image", features.image),
            ("video", "video", features.video),
            ("ios", "ios", features.ios),
            ("android", "android", features.android),
        )
    }
    return replace(
        features,
        geo=_checked_geo(features.geo),
        test_variants=_checked_variants(features.test_variants),
        **addresses,
    )


def _checked_geo(geo: dict[str, str] | None) -> dict[str, str] | None:
    for country in geo or ():
        if not _COUNTRY.match(country):
            raise invalid("geo", f"{country!r} is no country: give two capitals, such as DE.")
    found = {country: checked_url(url, f"geo.{country}") for country, url in (geo or {}).items()}
    return found or None


def _checked_variants(variants: tuple[Variant, ...] | None) -> tuple[Variant, ...] | None:
    if not variants:
        return None
    if not 2 <= len(variants) <= VARIANTS_MAX:
        raise invalid("testVariants", f"A split test has 2..{VARIANTS_MAX} variants.")
    return tuple(
        replace(each, url=checked_url(each.url, f"testVariants[{place}].url"))
        for place, each in enumerate(variants)
    )


def _name(pair: str) -> str:
    """As the destination reads it: `%68w_id` is `hw_id`."""
    return unquote_plus(pair.partition("=")[0])
