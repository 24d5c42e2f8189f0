"""Pictures of customers: fetched or decoded once, cut to one size, kept under names of chance."""

from headwater.avatars.actions import claim, due, forget, gone, settle, state_of, take, tried
from headwater.avatars.model import SIDE, Avatar, Keeping, ShelfError, State, is_hosted
from headwater.avatars.rules import SourceError, decoded, is_address
from headwater.avatars.shelf import Shelf, open_shelf
from headwater.avatars.sql import is_stored

__all__ = [
    "SIDE",
    "Avatar",
    "Keeping",
    "Shelf",
    "ShelfError",
    "SourceError",
    "State",
    "claim",
    "decoded",
    "due",
    "forget",
    "gone",
    "is_address",
    "is_hosted",
    "is_stored",
    "open_shelf",
    "settle",
    "state_of",
    "take",
    "tried",
]
