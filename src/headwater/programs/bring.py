"""Programs and partners as they were elsewhere, with their ids and times."""

from collections.abc import Sequence
from dataclasses import replace

from headwater.db import Write
from headwater.journal import write as write_journal
from headwater.kit.context import Context
from headwater.kit.problems import conflict
from headwater.programs import sql
from headwater.programs.model import Partner, Program, Reward


def bring_program(tx: Write, ctx: Context, program: Program, rewards: Sequence[Reward]) -> bool:
    """False where it is there with all its rewards; terms that are there stay."""
    known = sql.program_by_id(tx, ctx.workspace_id, program.id) is not None
    if not known:
        sql.insert_program(tx, ctx.workspace_id, program)
        then = replace(ctx, now_us=program.created_at)
        write_journal(tx, then, "program", program.id, *program.terms)
    missing = [each for each in rewards if not sql.reward_by_id(tx, ctx.workspace_id, each.id)]
    for reward in missing:
        sql.insert_reward(tx, ctx.workspace_id, reward)
        content = (reward.event, reward.kind, reward.amount_minor, reward.basis_points)
        then = replace(ctx, now_us=reward.created_at)
        write_journal(tx, then, "reward", reward.id, reward.program_id, *content)
    return not known or bool(missing)


def bring_partner(tx: Write, ctx: Context, partner: Partner) -> bool:
    """False where the partner is enrolled already. Refuses an e-mail or tenant id of another."""
    tx.lock(f"partner:{ctx.workspace_id}:{partner.email}")
    own = (partner.program_id, partner.id)
    if sql.enrolment(tx, ctx.workspace_id, *own, None) is not None:
        return False
    known = sql.partner_by_id(tx, ctx.workspace_id, partner.id)
    _refuse_taken(tx, ctx, partner)
    if known is None:
        values = {
            "id": partner.id,
            "name": partner.name,
            "email": partner.email,
            "username": partner.username,
            "country": partner.country,
            "now": partner.created_at,
        }
        sql.insert_partner(tx, ctx.workspace_id, values)
    _enrol(tx, ctx, partner)
    return True


def _refuse_taken(tx: Write, ctx: Context, partner: Partner) -> None:
    holder = sql.partner_id_by_email(tx, ctx.workspace_id, partner.email)
    if holder not in (None, partner.id):
        raise conflict(f"Its e-mail is that of partner {holder} here.", "email")
    if partner.tenant_id is None:
        return
    other = sql.enrolment(tx, ctx.workspace_id, partner.program_id, None, partner.tenant_id)
    if other is not None:
        raise conflict(f"Its tenantId is that of partner {other.partner_id} here.", "tenantId")


def _enrol(tx: Write, ctx: Context, partner: Partner) -> None:
    joined = replace(ctx, now_us=partner.enrolled_at)
    values = {
        "id": joined.new_id("pge_"),
        "program_id": partner.program_id,
        "partner_id": partner.id,
        "tenant_id": partner.tenant_id,
        "now": partner.enrolled_at,
    }
    sql.insert_enrolment(tx, ctx.workspace_id, values)
    write_journal(tx, joined, "enrolment", partner.id, partner.program_id)
    if partner.stopped_at is not None:
        sql.stop(tx, ctx.workspace_id, partner.program_id, partner.id, partner.stopped_at)
        stopped = replace(ctx, now_us=partner.stopped_at)
        write_journal(tx, stopped, "partner_stopped", partner.id, partner.program_id)
