"""What a visitor of a link with features gets. Pure: the link, and what is known of the visit."""

from hmac import compare_digest

from headwater.kit.value import Value
from headwater.links.model import Link
from headwater.links.rules import is_play_store


class Visit(Value, frozen=True, kw_only=True):
    """`share` is the same number in 0..1 for one visitor of one link, in ten thousandths. `bot`:
    a crawler, or what draws previews.
    """

    now_us: int
    share: int
    system: str | None
    country: str | None
    bot: bool
    password: str | None


class Locked(Value, frozen=True):
    """The page that asks for the password; `wrong` where one was given."""

    wrong: bool


class Disabled(Value, frozen=True):
    pass


class Expired(Value, frozen=True):
    """`url` is where the link's owner sends visitors who come too late."""

    url: str | None


class Empty(Value, frozen=True):
    """The root of a domain, leading nowhere yet."""


class Previewed(Value, frozen=True):
    """A page that only says what the link's owner wants shown."""


class Framed(Value, frozen=True):
    url: str


class Sent(Value, frozen=True):
    url: str


Outcome = Locked | Disabled | Expired | Empty | Previewed | Framed | Sent
SHARES = 10_000


def outcome(link: Link, visit: Visit) -> Outcome:
    """Checked in this order: password, disabled, expired, no destination, preview, frame, the
    device's destination, the country's, the variant of a running test or else the link's own.
    """
    if link.password and not _opens(link.password, visit.password):
        return Locked(visit.password is not None)
    shut = closed(link, visit.now_us)
    if shut is not None:
        return shut
    features = link.features
    if not link.url:
        return Empty()
    if features.proxy and visit.bot:
        return Previewed()
    url = _variant(link, visit)
    if features.rewrite:
        return Framed(url)
    if features.ios and visit.system == "ios":
        return Sent(features.ios)
    if features.android and visit.system == "android":
        return Sent(features.android)
    if features.geo and visit.country in features.geo:
        return Sent(features.geo[visit.country])
    return Sent(url)


def closed(link: Link, now_us: int) -> Disabled | Expired | None:
    """Whether its owner lets nobody through any more, by whatever way they come."""
    features = link.features
    if features.disabled_at is not None and features.disabled_at <= now_us:
        return Disabled()
    if features.expires_at is not None and features.expires_at <= now_us:
        return Expired(features.expired_url)
    return None


def is_special(link: Link) -> bool:
    """Whether a visit needs a decision at all."""
    leads_to_app = is_play_store(link.url)
    return bool(link.password) or not link.url or leads_to_app or any(_features_of(link))


def _features_of(link: Link) -> list[bool]:
    features = link.features
    return [bool(getattr(features, name)) for name in features.__struct_fields__]


def _opens(password: str, given: str | None) -> bool:
    """In the same time however much of it is right."""
    return given is not None and compare_digest(password.encode(), given.encode())


def _variant(link: Link, visit: Visit) -> str:
    features = link.features
    variants = features.test_variants or ()
    begun = features.test_started_at is None or features.test_started_at <= visit.now_us
    ended = features.test_completed_at is not None and features.test_completed_at <= visit.now_us
    total = sum(each.percentage for each in variants)
    reached = 0
    for each in variants if begun and not ended else ():
        reached += each.percentage
        if visit.share * total < reached * SHARES:
            return each.url
    return link.url
