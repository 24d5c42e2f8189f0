"""The only reader of randomness. Everything else takes an `Entropy`."""

import os
from typing import Protocol


class Entropy(Protocol):
    def bytes(self, size: int) -> bytes:
        """`size` unpredictable bytes."""
        ...


class SystemEntropy:
    def bytes(self, size: int) -> bytes:
        return os.urandom(size)


def token(entropy: Entropy, length: int, alphabet: str) -> str:
    """`length` characters of `alphabet`, unbiased to within 2**-64 per character."""
    return "".join(
        alphabet[int.from_bytes(entropy.bytes(16), "big") % len(alphabet)] for _ in range(length)
    )


ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def jitter(entropy: Entropy, span: int) -> int:
    """An integer in 0..span, for spreading retries."""
    return int.from_bytes(entropy.bytes(8), "big") % (span + 1)
