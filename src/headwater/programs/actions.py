from headwater.db import Read, Write
from headwater.journal import write as write_journal
from headwater.kit.context import Context
from headwater.kit.problems import conflict, invalid, not_found
from headwater.programs import sql
from headwater.programs.model import (
    Enrolment,
    Partner,
    PartnerDraft,
    Program,
    ProgramDraft,
    Reward,
    RewardDraft,
    RewardEvent,
    RewardKind,
)


def create_program(tx: Write, ctx: Context, draft: ProgramDraft) -> Program:
    program = Program(
        id=ctx.new_id("prog_"),
        name=draft.name,
        attribution_model=draft.attribution_model,
        window_days=draft.window_days,
        self_referral=draft.self_referral,
        holding_days=draft.holding_days,
        created_at=ctx.now_us,
    )
    sql.insert_program(tx, ctx.workspace_id, program)
    write_journal(tx, ctx, "program", program.id, *program.terms)
    return program


def program(tx: Read, workspace_id: str, program_id: str | None) -> Program:
    """The program named, or the only one there is."""
    if program_id is None:
        found = sql.programs(tx, workspace_id, limit=2)
        if len(found) != 1:
            raise invalid("programId", "Say which program: this workspace has none or several.")
        return found[0]
    named = sql.program_by_id(tx, workspace_id, program_id)
    if named is None:
        raise not_found("program", program_id, "programId")
    return named


def add_reward(tx: Write, ctx: Context, program_id: str, draft: RewardDraft) -> Reward:
    """New terms from now on; what was decided under older ones stands."""
    owner = program(tx, ctx.workspace_id, program_id)
    if draft.event is RewardEvent.LEAD and draft.kind is not RewardKind.FLAT:
        raise invalid("type", "A lead has no amount to take a percentage of. Use type flat.")
    reward = Reward(
        id=ctx.new_id("rw_"),
        program_id=owner.id,
        event=draft.event,
        kind=draft.kind,
        amount_minor=draft.amount_minor,
        basis_points=draft.basis_points,
        created_at=ctx.now_us,
    )
    sql.insert_reward(tx, ctx.workspace_id, reward)
    terms = (reward.event, reward.kind, reward.amount_minor, reward.basis_points)
    write_journal(tx, ctx, "reward", reward.id, owner.id, *terms)
    return reward


def create_partner(tx: Write, ctx: Context, draft: PartnerDraft) -> Partner:
    """Enrol a partner; one already known by tenant id or e-mail is returned as it is."""
    owner = program(tx, ctx.workspace_id, draft.program_id)
    email = draft.email.strip().lower()
    tx.lock(f"partner:{ctx.workspace_id}:{email}")
    partner_id = sql.partner_id_by_email(tx, ctx.workspace_id, email)
    if draft.tenant_id:
        holder = sql.enrolment(tx, ctx.workspace_id, owner.id, None, draft.tenant_id)
        if holder is not None and partner_id not in (None, holder.partner_id):
            raise conflict(f"tenantId {draft.tenant_id!r} belongs to another partner.", "tenantId")
        partner_id = holder.partner_id if holder else partner_id
    if partner_id is None:
        partner_id = ctx.new_id("pn_")
        values = {
            "id": partner_id,
            "name": draft.name or email.split("@")[0],
            "email": email,
            "username": draft.username,
            "country": draft.country,
            "now": ctx.now_us,
        }
        sql.insert_partner(tx, ctx.workspace_id, values)
    _enrol(tx, ctx, owner.id, partner_id, draft.tenant_id)
    return partner(tx, ctx.workspace_id, partner_id, owner.id)


def _enrol(
    tx: Write, ctx: Context, program_id: str, partner_id: str, tenant_id: str | None
) -> None:
    known = sql.enrolment(tx, ctx.workspace_id, program_id, partner_id, None)
    if known is None:
        values = {
            "id": ctx.new_id("pge_"),
            "program_id": program_id,
            "partner_id": partner_id,
            "tenant_id": tenant_id,
            "now": ctx.now_us,
        }
        sql.insert_enrolment(tx, ctx.workspace_id, values)
        write_journal(tx, ctx, "enrolment", partner_id, program_id)
    elif tenant_id and known.tenant_id is None:
        sql.set_tenant(tx, ctx.workspace_id, program_id, partner_id, tenant_id)
    elif tenant_id and known.tenant_id != tenant_id:
        raise conflict(
            f"This partner has the tenantId {known.tenant_id!r} in this program, and it stays. Send"
            " that one, leave tenantId out, or enrol another partner under another email.",
            "tenantId",
        )


def partner(tx: Read, workspace_id: str, partner_id: str, program_id: str | None = None) -> Partner:
    found = sql.partner_by_id(tx, workspace_id, partner_id, program_id)
    if found is None:
        raise not_found("partner", partner_id, "partnerId")
    return found


def find_enrolment(
    tx: Read,
    workspace_id: str,
    program_id: str,
    *,
    partner_id: str | None = None,
    tenant_id: str | None = None,
) -> Enrolment | None:
    """By partner id, else by tenant id."""
    return sql.enrolment(tx, workspace_id, program_id, partner_id, tenant_id)


def deactivate(
    tx: Write,
    ctx: Context,
    *,
    program_id: str | None,
    partner_id: str | None,
    tenant_id: str | None,
) -> str:
    """Conversions from now on are not credited; what was earned stays. Returns the partner's id.

    In the program named, else in every program of the partner.
    """
    if program_id is not None:
        program_id = program(tx, ctx.workspace_id, program_id).id
    stopped = _named(tx, ctx.workspace_id, program_id, partner_id, tenant_id)
    everywhere = sql.programs_of_partner(tx, ctx.workspace_id, stopped)
    for each in everywhere if program_id is None else [program_id]:
        if sql.stop(tx, ctx.workspace_id, each, stopped, ctx.now_us):
            write_journal(tx, ctx, "partner_stopped", stopped, each)
    return stopped


def _named(
    tx: Read,
    workspace_id: str,
    program_id: str | None,
    partner_id: str | None,
    tenant_id: str | None,
) -> str:
    """The one partner that is meant; refuses nobody, and a tenant id of several."""
    if partner_id is None and tenant_id is None:
        raise invalid("partnerId", "Give partnerId or tenantId.")
    found = sql.enrolled(tx, workspace_id, program_id, partner_id, tenant_id)
    if not found:
        field = "tenantId" if partner_id is None else "partnerId"
        raise not_found("partner", str(partner_id or tenant_id), field)
    if len(found) > 1:
        raise invalid(
            "programId",
            f"tenantId {tenant_id!r} is another partner in another program. Say which programId.",
        )
    return found[0]
