"""Who a hit comes from, without keeping an address: cookie where there is one, else address and
agent under a salt that is thrown away after its day.
"""

import hashlib
import hmac

COOKIE = "hw_visitor"
_SIZE = 12


def identity(address: str, user_agent: str, salt: bytes) -> bytes:
    keyed = hashlib.blake2b(key=salt, digest_size=_SIZE, person=b"hw-identity")
    keyed.update(address.encode() + b"|" + user_agent.encode("utf-8", "surrogateescape"))
    return keyed.digest()


def to_cookie(known: bytes, key: bytes) -> str:
    """The cookie says what the hit without it would have said, so both are one visitor."""
    return known.hex() + _mac(known, key)


def from_cookie(value: str, key: bytes) -> bytes | None:
    """The identity in a cookie of ours; None for any other, so nobody can pose as many visitors."""
    try:
        known = bytes.fromhex(value[: 2 * _SIZE])
    except ValueError:
        return None
    genuine = len(known) == _SIZE and hmac.compare_digest(
        value[2 * _SIZE :].encode("utf-8", "replace"), _mac(known, key).encode()
    )
    return known if genuine else None


def _mac(known: bytes, key: bytes) -> str:
    return hashlib.blake2b(known, key=key, digest_size=8, person=b"hw-cookie").hexdigest()
