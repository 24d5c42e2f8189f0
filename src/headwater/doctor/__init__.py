"""A visitor who walks a site and says at which hop a click is forgotten, and how to mend it."""

from headwater.doctor.model import CannotWalk, Finding, Hop, Options, Report, Severity
from headwater.doctor.walk import walk

__all__ = ["CannotWalk", "Finding", "Hop", "Options", "Report", "Severity", "walk"]
