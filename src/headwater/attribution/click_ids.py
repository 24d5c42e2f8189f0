"""Click ids: derived, self-verifying, sorted by time.

160 bits in 32 characters of base32hex (0-9 A-V, which sorts as it counts):

    hour 20 | key version 4 | link number 36 | visitor 56 | checksum 44

`visitor` is a keyed hash of (link, visitor identity, hour); `checksum` a keyed hash of all before
it. One visitor on one link within one UTC hour therefore has one id on every node and after every
restart, nobody can make an id, and link and hour can be read from it.
"""

import hashlib
import re

import msgspec

VERSION = 1
LENGTH = 32
LINK_BITS, VISITOR_BITS, CHECKSUM_BITS, VERSION_BITS, HOUR_BITS = 36, 56, 44, 4, 20
_VISITOR_BYTES = VISITOR_BITS // 8
_BODY_BYTES = 15  # 116 bits before the checksum, right-aligned

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]
_SHIFTS = range(150, -1, -10)
_FORM = re.compile(r"[0-9A-V]{32}")


class ClickRef(msgspec.Struct, frozen=True, gc=False):
    """The three things that make a click unique, as read from an id."""

    link_number: int
    hour: int
    visitor: int


class ClickIds:
    """Makes and checks ids under one 32-byte key."""

    def __init__(self, key: bytes) -> None:
        self._visitor = hashlib.blake2b(key=key, digest_size=_VISITOR_BYTES, person=b"hw-visitor")
        self._checksum = hashlib.blake2b(key=key, digest_size=6, person=b"hw-checksum")

    def derive(self, link_number: int, identity: bytes, hour: int) -> tuple[ClickRef, str]:
        """The click of whoever `identity` stands for, on this link, in this UTC hour."""
        keyed = self._visitor.copy()
        keyed.update(b"%d|%d|" % (link_number, hour) + identity)
        visitor = int.from_bytes(keyed.digest(), "big")
        ref = ClickRef(link_number, hour, visitor)
        return ref, self.encode(ref)

    def encode(self, ref: ClickRef) -> str:
        body = ((ref.hour << VERSION_BITS | VERSION) << LINK_BITS | ref.link_number) << VISITOR_BITS
        body |= ref.visitor
        number = body << CHECKSUM_BITS | self._check(body)
        return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])

    def read(self, click_id: str) -> ClickRef | None:
        """What a genuine id says; None for anything we did not make."""
        if not _FORM.fullmatch(click_id):
            return None
        number = int(click_id, 32)
        body = number >> CHECKSUM_BITS
        if number & (1 << CHECKSUM_BITS) - 1 != self._check(body):
            return None
        above = body >> VISITOR_BITS + LINK_BITS
        if above & (1 << VERSION_BITS) - 1 != VERSION:
            return None
        return ClickRef(
            body >> VISITOR_BITS & (1 << LINK_BITS) - 1,
            above >> VERSION_BITS,
            body & (1 << VISITOR_BITS) - 1,
        )

    def _check(self, body: int) -> int:
        keyed = self._checksum.copy()
        keyed.update(body.to_bytes(_BODY_BYTES, "big"))
        return int.from_bytes(keyed.digest(), "big") >> 4
