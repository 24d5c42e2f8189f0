"""The arithmetic of the chain: what a line commits to, and how lines hang together."""

import hashlib
from dataclasses import dataclass

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line: what kind of thing happened to which subject, with a digest of its content."""

    position: int
    id: str
    workspace_id: str
    kind: str
    subject_id: str
    digest: str
    at: int
    seq: int | None = None
    hash: str | None = None


def digest_of(*parts: object) -> str:
    """SHA-256 over the parts, unambiguous about where one ends."""
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def link_hash(previous: str, seq: int, entry: Entry) -> str:
    return digest_of(
        previous,
        seq,
        entry.id,
        entry.workspace_id,
        entry.kind,
        entry.subject_id,
        entry.digest,
        entry.at,
    )
