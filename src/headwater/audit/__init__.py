"""The proof that the books are right: money, counters, receipts, journal."""

from headwater.audit.model import Audit, Difference
from headwater.audit.run import audit

__all__ = ["Audit", "Difference", "audit"]
