import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A key and what it was sent with."""

    key: str
    method: str
    path: str
    body: bytes

    @property
    def fingerprint(self) -> str:
        head = f"{self.method} {self.path}\n".encode("utf-8", "surrogateescape")
        return hashlib.sha256(head + self.body).hexdigest()
