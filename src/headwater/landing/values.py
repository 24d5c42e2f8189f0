"""Values strangers wrote: opaque, but bounded and without what no address means."""

import re

LONGEST = 512
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# What JavaScript's `trim` takes off, so that the page and the server keep the same bytes.
_BLANK = (
    " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)


def cleaned(value: str) -> str:
    """Without control characters, trimmed at the ends, otherwise character for character."""
    return _CONTROL.sub("", value).strip(_BLANK)
