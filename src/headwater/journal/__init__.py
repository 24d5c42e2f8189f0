"""The append-only list of everything that happened; sealed into a hash chain after commit."""

from headwater.journal.actions import Sealed, seal, write
from headwater.journal.chain import GENESIS, Entry, digest_of, link_hash
from headwater.journal.sql import entries_after, last_sealed, sealed_of_kind_after, unsealed_count

__all__ = [
    "GENESIS",
    "Entry",
    "Sealed",
    "digest_of",
    "entries_after",
    "last_sealed",
    "link_hash",
    "seal",
    "sealed_of_kind_after",
    "unsealed_count",
    "write",
]
