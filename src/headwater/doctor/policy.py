"""What a Content-Security-Policy lets a page do, as far as our tag needs it (CSP 3, 6.7)."""

from urllib.parse import urlsplit

_FALL_BACK = {
    "script-src-elem": ("script-src-elem", "script-src", "default-src"),
    "connect-src": ("connect-src", "default-src"),
}


def allows(policy: str, kind: str, url: str, page: str, nonce: str = "") -> bool:
    """Whether every policy of a header lets `page` load a script from `url`, or connect to it."""
    return all(_allows(each, kind, url, page, nonce) for each in policy.split(","))


def _allows(policy: str, kind: str, url: str, page: str, nonce: str) -> bool:
    directives: dict[str, list[str]] = {}
    for part in policy.split(";"):
        name, *sources = part.split()[:100] or [""]
        directives.setdefault(name.lower(), sources)
    found = next((name for name in _FALL_BACK[kind] if name in directives), None)
    if found is None:
        return True
    sources = directives[found]
    if kind == "script-src-elem":
        if nonce and f"'nonce-{nonce}'" in sources:
            return True
        if "'strict-dynamic'" in sources:
            return False  # then only what a trusted script adds, or bears the nonce
    return any(_matches(source, url, page) for source in sources)


def _matches(source: str, url: str, page: str) -> bool:
    wanted, own = urlsplit(url), urlsplit(page)
    lowered = source.lower()
    if lowered == "'self'":
        return (wanted.scheme, wanted.netloc) == (own.scheme, own.netloc)
    if lowered.startswith("'"):
        return False
    if lowered == "*":
        return wanted.scheme in ("http", "https")
    if lowered.endswith(":"):
        return (lowered[:-1], wanted.scheme) in {(wanted.scheme,) * 2, ("http", "https")}
    scheme, found, rest = lowered.rpartition("://")
    if found and not (scheme == wanted.scheme or (scheme, wanted.scheme) == ("http", "https")):
        return False
    if not found and wanted.scheme not in (own.scheme, "https"):
        return False
    authority, _, path = rest.partition("/")
    path = source[len(source) - len(path) :]  # only names are the same in small letters
    host, _, port = authority.partition(":")
    return (
        _same_host(host, wanted.hostname or "")
        and _same_port(port, wanted.port, wanted.scheme)
        and _same_path(f"/{path}" if path else "", wanted.path)
    )


def _same_host(wanted: str, host: str) -> bool:
    return host.endswith(wanted[1:]) if wanted.startswith("*.") else host == wanted


def _same_port(wanted: str, port: int | None, scheme: str) -> bool:
    usual = {"http": 80, "https": 443}.get(scheme)
    return wanted == "*" or (int(wanted) if wanted.isdigit() else usual) == (port or usual)


def _same_path(wanted: str, path: str) -> bool:
    return not wanted or (path.startswith(wanted) if wanted.endswith("/") else path == wanted)
