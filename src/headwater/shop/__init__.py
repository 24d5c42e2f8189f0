"""A small shop that lives by Headwater: an example of an integration, and what `demo` visits.

One process plays every party, told apart by the Host header: the shop's landing sites and its app,
a provider people sign in with and a payment processor on sites of their own, and a mailbox. Nothing
in here is known to the server but what it is told over HTTP.
"""

from headwater.shop.compare import compared, set_stage
from headwater.shop.settings import LINKS, Settings
from headwater.shop.visitors import send_visitors

__all__ = ["LINKS", "Settings", "compared", "send_visitors", "set_stage"]
