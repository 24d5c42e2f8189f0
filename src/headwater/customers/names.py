"""A name for a customer who gave none: the e-mail, else a friendly one that stays the same."""

import hashlib
from functools import lru_cache

from headwater.customers.model import Customer

_MOODS = (
    "Brave Bright Calm Clever Gentle Happy Keen Kind"
    " Lively Merry Neat Quick Quiet Sunny Swift Witty"
)
_COLOURS = (
    "Amber Azure Coral Crimson Golden Green Indigo Ivory"
    " Jade Lilac Ochre Olive Pearl Ruby Silver Teal"
)
_ANIMALS = (
    "Badger Beaver Crane Dolphin Falcon Finch Gecko Heron"
    " Ibex Lynx Marten Otter Panda Robin Seal Tapir"
)
_WORDS = [words.split() for words in (_MOODS, _COLOURS, _ANIMALS)]


def display_name(customer: Customer) -> str:
    return customer.name or customer.email or _friendly(customer.id)


@lru_cache(maxsize=4096)
def _friendly(customer_id: str) -> str:
    digest = hashlib.sha256(customer_id.encode()).digest()
    return " ".join(words[byte % len(words)] for words, byte in zip(_WORDS, digest, strict=False))
