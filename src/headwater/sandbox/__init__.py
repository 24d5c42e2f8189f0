"""Stand-ins of networks on loopback, after their public documents. They know nothing of the server:
it talks to them as it talks to the networks.
"""

from headwater.sandbox.account import Account
from headwater.sandbox.run import serve
from headwater.sandbox.server import Standin

__all__ = ["Account", "Standin", "serve"]
