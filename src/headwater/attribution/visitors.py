"""Who a hit comes from, without keeping an address: cookie where there is one, else address and
agent under a salt that is thrown away after its day.
"""

import base64
import hashlib
import hmac

from headwater.kit.entropy import Entropy

COOKIE = "hw_visitor"
_SIZE = 12
_OURS = 2 * _SIZE + 16  # characters of identity and MAC, which a visitor id of ours begins with
_CHANCE = 15  # bytes: people behind one address and with one agent must not be one visitor


def identity(address: str, user_agent: str, salt: bytes) -> bytes:
    keyed = hashlib.blake2b(key=salt, digest_size=_SIZE, person=b"hw-identity")
    keyed.update(address.encode() + b"|" + user_agent.encode("utf-8", "surrogateescape"))
    return keyed.digest()


def to_cookie(known: bytes, key: bytes, entropy: Entropy) -> str:
    """A visitor id that says what the hit without it would have said, so both are one visitor."""
    return known.hex() + _mac(known, key) + _chance(entropy)


def whole(visitor_id: str, key: bytes, entropy: Entropy) -> str:
    """As it came, with the chance that ids of ours had not at first."""
    if len(visitor_id) == _OURS and from_cookie(visitor_id, key) is not None:
        return visitor_id + _chance(entropy)
    return visitor_id


def _chance(entropy: Entropy) -> str:
    return base64.urlsafe_b64encode(entropy.bytes(_CHANCE)).decode()


def from_cookie(value: str, key: bytes) -> bytes | None:
    """The identity in a visitor id of ours; None for any other, so nobody can pose as many
    visitors.
    """
    try:
        known = bytes.fromhex(value[: 2 * _SIZE])
    except ValueError:
        return None
    genuine = len(known) == _SIZE and hmac.compare_digest(
        value[2 * _SIZE : _OURS].encode("utf-8", "replace"), _mac(known, key).encode()
    )
    return known if genuine else None


def _mac(known: bytes, key: bytes) -> str:
    return hashlib.blake2b(known, key=key, digest_size=8, person=b"hw-cookie").hexdigest()
