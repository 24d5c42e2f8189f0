"""Prefixed ids that sort by time: prefix and 26 Crockford characters (48-bit ms, 80 of chance)."""

from headwater.kit.entropy import Entropy

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [a + b for a in _CROCKFORD for b in _CROCKFORD]
_STEM_SHIFTS = range(110, -1, -10)
_PER_STEM = len(_PAIRS)


def new_id(prefix: str, now_us: int, entropy: Entropy) -> str:
    return IdMaker(now_us, entropy).new(prefix)


def lowest_id(prefix: str, at_us: int) -> str:
    """No id of then or later is below it: for finding rows by time."""
    number = at_us // 1000 << 70
    return prefix + "".join([_PAIRS[number >> shift & 1023] for shift in _STEM_SHIFTS])


class IdMaker:
    """Ids of one instant, in the order they were asked for: 70 bits of chance, then a count."""

    __slots__ = ("_entropy", "_made", "_now_ms", "_stem")

    def __init__(self, now_us: int, entropy: Entropy) -> None:
        self._now_ms = now_us // 1000
        self._entropy = entropy
        self._made = 0
        self._stem = ""

    def new(self, prefix: str) -> str:
        count = self._made % _PER_STEM
        if count == 0:
            self._stem = _stem(self._now_ms, self._entropy)
        self._made += 1
        return prefix + self._stem + _PAIRS[count]


def _stem(now_ms: int, entropy: Entropy) -> str:
    chance = int.from_bytes(entropy.bytes(9), "big") >> 2
    number = now_ms << 70 | chance
    return "".join([_PAIRS[number >> shift & 1023] for shift in _STEM_SHIFTS])
