"""Whether two e-mail addresses lead to one mailbox, however they are written."""

import unicodedata

_DOTLESS = frozenset({"gmail.com", "googlemail.com"})  # one mailbox service under two names


def same_mailbox(a: str | None, b: str | None) -> bool:
    """Without regard to case, to what follows a plus and to how letters and domain are encoded; an
    address that is missing is nobody's.
    """
    mailbox = _mailbox(a)
    return mailbox is not None and mailbox == _mailbox(b)


def _mailbox(address: str | None) -> tuple[str, str] | None:
    """Local part and domain as one mailbox has them; dots are no part of a Gmail name, but of any
    other.
    """
    written = unicodedata.normalize("NFKC", (address or "").strip()).casefold()
    local, _, domain = written.rpartition("@")
    domain = _ascii(domain.removesuffix("."))
    local = local.partition("+")[0] or local  # `+x@…` has no name before its tag
    if domain in _DOTLESS:
        local, domain = local.replace(".", ""), "gmail.com"
    return (local, domain) if local or domain else None


def _ascii(domain: str) -> str:
    """As it is asked for in the DNS; one that cannot be asked for stays as it is."""
    try:
        return domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        return domain
