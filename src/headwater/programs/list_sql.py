"""Enrolments one after the other, for who takes them all."""

from headwater.db import Read
from headwater.programs.model import Partner
from headwater.programs.sql import ENROLLED, PARTNER, partner_of


def enrolled_after(
    tx: Read, workspace_id: str, partner_id: str, program_id: str, limit: int
) -> list[Partner]:
    """Each enrolment, in order of partner and program."""
    rows = tx.all(
        f"select {PARTNER}{ENROLLED} where e.workspace_id = :workspace_id"
        " and (e.partner_id, e.program_id) > (:partner_id, :program_id)"
        " order by e.partner_id, e.program_id limit :limit",
        {
            "workspace_id": workspace_id,
            "partner_id": partner_id,
            "program_id": program_id,
            "limit": limit,
        },
    )
    return [partner_of(row) for row in rows]
