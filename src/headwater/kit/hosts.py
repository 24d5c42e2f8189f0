"""Names of hosts as the DNS has them."""

import re

import idna

_NAME = re.compile(r"([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?")


def ascii_host(host: str) -> str:
    """As browsers ask for it: `straße.de` is xn--strae-oqa.de, which is another host than
    strasse.de. UnicodeError for what nobody could ask for.
    """
    mapped = idna.uts46_remap(host, std3_rules=False)
    name = ".".join(_label(each) for each in mapped.split("."))
    if not _NAME.fullmatch(name):
        raise UnicodeError("this is no name of a host")
    return name


def _label(text: str) -> str:
    return text if text.isascii() else f"xn--{text.encode('punycode').decode()}"
