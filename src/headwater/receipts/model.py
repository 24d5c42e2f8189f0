"""What a receipt holds: ids and reasons, never a name or an address."""

from enum import StrEnum

import msgspec

from headwater.kit.value import Value

# Of what another server decided: nothing was weighed here.
IMPORT_RULE_VERSION = "import-1"


class ImportReason(StrEnum):
    """Why somebody is credited, and why this much is owed: the other server said so."""

    DECIDED_ELSEWHERE = "decided_elsewhere"


class Considered(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    click_id: str
    clicked_at: int
    link_id: str
    partner_id: str | None
    verdict: str
    reason: str


class ProgramTerms(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    id: str
    attribution_model: str
    window_days: int


class Owing(msgspec.Struct, frozen=True, rename="camel", kw_only=True, omit_defaults=True):
    """For a refund, `amount` is negative: what was taken back. `due_at`: until when it is held."""

    amount: int
    currency: str
    commission_id: str
    reward_id: str | None
    due_at: int | None = None


class Reasoning(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The body of a receipt; amounts in minor units. Reasons are words of attribution.Reason and
    commissions.OwedReason; those of refunds and disputes stand in rules.py.
    """

    rule_version: str
    program: ProgramTerms | None
    considered: list[Considered]
    winner_click_id: str | None
    winner_link_id: str | None
    credit: str
    owed: Owing | None
    owed_reason: str
    flags: list[str]
    amount: int | None = None
    currency: str | None = None
    sale_id: str | None = None
    quantity: int = 1  # how often a lead happened


class Receipt(Value, frozen=True, kw_only=True):
    id: str
    kind: str
    conversion_id: str
    customer_id: str
    link_number: int | None  # None where no link of ours brought the customer
    program_id: str | None
    partner_id: str | None
    restatable: bool  # an earlier touch that surfaces is noted on it; the column is `first_touch`
    reasoning: Reasoning
    decided_at: int

    @property
    def takes_back(self) -> bool:
        """Of a refund or a dispute: nobody was weighed, and what is owed is negative."""
        return self.kind in ("refund", "dispute")
