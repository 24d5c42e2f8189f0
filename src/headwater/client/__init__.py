"""What a site's own backend uses: the visitor's cookie, landing, sign-in, checkout and the calls.

Standard library only; it talks to the server over HTTP. The frameworks' middlewares are
`headwater.client.middleware.asgi`, `.django` and `.flask`.
"""

from headwater.client.consent import Consent
from headwater.client.cookies import Visitor
from headwater.client.errors import HeadwaterError, SetupError
from headwater.client.headwater import Headwater
from headwater.client.request import Request
from headwater.client.visit import Visit, Why

__all__ = [
    "Consent",
    "Headwater",
    "HeadwaterError",
    "Request",
    "SetupError",
    "Visit",
    "Visitor",
    "Why",
]
