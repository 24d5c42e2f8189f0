"""What moves, in which order, and what became of it."""

from enum import StrEnum
from typing import NamedTuple

import msgspec

from headwater.kit.problems import Code

VERSION = 1
HEADER = "headwater-export"
END = "end"


class Kind(StrEnum):
    """In the order they are written and read, so that what a line refers to stands above it."""

    FOLDER = "folder"
    TAG = "tag"
    DOMAIN = "domain"
    PROGRAM = "program"
    PARTNER = "partner"
    LINK = "link"
    CUSTOMER = "customer"
    RATE = "rate"
    CLICK = "click"
    LEAD = "lead"
    SALE = "sale"
    COMMISSION = "commission"
    REFUND = "refund"
    DISPUTE = "dispute"
    MILESTONE = "milestone"


class Shape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is known of a row before it is checked."""


class Line(msgspec.Struct, frozen=True):
    """One object; `data` is read when its turn comes."""

    kind: str
    data: msgspec.Raw = msgspec.Raw(b"{}")


class Whose(Shape, frozen=True, kw_only=True):
    id: str
    slug: str
    currency: str


class Header(Shape, frozen=True, kw_only=True):
    version: int
    workspace: Whose
    at: str
    public_url: str | None = None


class End(Shape, frozen=True, kw_only=True):
    counts: dict[str, int]


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """A row as it came, and where it stood; `wrong` says why it cannot be read."""

    kind: str
    where: str
    row: Shape | None = None
    wrong: str | None = None


class Fate(StrEnum):
    """What became of a row. `left_out` changes nothing that is owed or counted; `refused` does."""

    IMPORTED = "imported"
    THERE = "already_there"
    LEFT_OUT = "left_out"
    REFUSED = "refused"


class Brought(NamedTuple):
    """`reason` is a word to count by, `message` a sentence for whoever has to mend it."""

    fate: Fate
    reason: str | None = None
    message: str | None = None


# What a refusal by other packages is counted by; those of this one say it themselves.
REFUSED_WORDS = {
    (Code.CONFLICT, "key"): "key_taken",
    (Code.CONFLICT, "externalId"): "external_id_taken",
    (Code.CONFLICT, "slug"): "domain_taken",
    (Code.FORBIDDEN, "domain"): "domain_unknown",
    (Code.NOT_FOUND, "partnerId"): "partner_unknown",
    (Code.NOT_FOUND, "programId"): "program_unknown",
    (Code.NOT_FOUND, "folderId"): "folder_unknown",
    (Code.CONFLICT, "email"): "email_taken",
    (Code.CONFLICT, "tenantId"): "tenant_id_taken",
    (Code.CONFLICT, "stripeCustomerId"): "stripe_id_taken",
    (Code.CONFLICT, "rate"): "other_rate",
    (Code.FORBIDDEN, "key"): "invalid",
}
IMPORTED = Brought(Fate.IMPORTED)
THERE = Brought(Fate.THERE)
