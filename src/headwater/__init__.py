"""Headwater: attribution and conversions, credited once, paid right, explained."""

__version__ = "0.1.0"
