"""The page at /docs: every route and field in words, with examples that run."""

from headwater.http.reference.render import page
from headwater.http.reference.words import describe

__all__ = ["describe", "page"]
