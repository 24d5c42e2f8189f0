from typing import Any

from headwater.db import Read, Row, Write
from headwater.programs.model import (
    Enrolment,
    Model,
    Partner,
    PartnerFilter,
    Program,
    Reward,
    RewardEvent,
    RewardKind,
    SelfReferral,
)

_PROGRAM = "id, name, attribution_model, window_days, self_referral, created_at, holding_days"
_REWARD = "id, program_id, event, kind, amount_minor, basis_points, created_at"
PARTNER = (
    "p.id, e.program_id, p.name, p.email, p.username, p.country, e.tenant_id,"
    " p.created_at, e.created_at, e.stopped_at, e.earned"
)
ENROLLED = " from enrolments e join partners p on p.id = e.partner_id"


def _program(row: Row) -> Program:
    return Program(
        id=row[0],
        name=row[1],
        attribution_model=Model(row[2]),
        window_days=row[3],
        self_referral=SelfReferral(row[4]),
        created_at=row[5],
        holding_days=row[6],
    )


def _reward(row: Row) -> Reward:
    return Reward(
        id=row[0],
        program_id=row[1],
        event=RewardEvent(row[2]),
        kind=RewardKind(row[3]),
        amount_minor=row[4],
        basis_points=row[5],
        created_at=row[6],
    )


def partner_of(row: Row) -> Partner:
    return Partner(
        id=row[0],
        program_id=row[1],
        name=row[2],
        email=row[3],
        username=row[4],
        country=row[5],
        tenant_id=row[6],
        created_at=row[7],
        enrolled_at=row[8],
        stopped_at=row[9],
        earned=row[10],
    )


def insert_program(tx: Write, workspace_id: str, program: Program) -> None:
    tx.run(
        "insert into programs"
        " (id, workspace_id, name, attribution_model, window_days, self_referral, created_at,"
        " holding_days)"
        " values (:id, :workspace_id, :name, :model, :window_days, :self_referral, :created_at,"
        " :holding_days)",
        {
            "id": program.id,
            "workspace_id": workspace_id,
            "name": program.name,
            "model": program.attribution_model.value,
            "window_days": program.window_days,
            "self_referral": program.self_referral.value,
            "created_at": program.created_at,
            "holding_days": program.holding_days,
        },
    )


def program_by_id(tx: Read, workspace_id: str, program_id: str) -> Program | None:
    row = tx.one(
        f"select {_PROGRAM} from programs where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": program_id},
    )
    return None if row is None else _program(row)


def programs(tx: Read, workspace_id: str, limit: int = 100, offset: int = 0) -> list[Program]:
    rows = tx.all(
        f"select {_PROGRAM} from programs where workspace_id = :workspace_id"
        " order by id limit :limit offset :offset",
        {"workspace_id": workspace_id, "limit": limit, "offset": offset},
    )
    return [_program(row) for row in rows]


def insert_reward(tx: Write, workspace_id: str, reward: Reward) -> None:
    tx.run(
        "insert into rewards"
        " (id, workspace_id, program_id, event, kind, amount_minor, basis_points, created_at)"
        " values (:id, :workspace_id, :program_id, :event, :kind, :amount_minor, :basis_points,"
        " :created_at)",
        {
            "id": reward.id,
            "workspace_id": workspace_id,
            "program_id": reward.program_id,
            "event": reward.event.value,
            "kind": reward.kind.value,
            "amount_minor": reward.amount_minor,
            "basis_points": reward.basis_points,
            "created_at": reward.created_at,
        },
    )


def rewards(tx: Read, workspace_id: str, program_id: str) -> list[Reward]:
    """Newest first; the first per event is in force."""
    rows = tx.all(
        f"select {_REWARD} from rewards where workspace_id = :workspace_id"
        " and program_id = :program_id order by created_at desc, id desc limit 1000",
        {"workspace_id": workspace_id, "program_id": program_id},
    )
    return [_reward(row) for row in rows]


def reward_by_id(tx: Read, workspace_id: str, reward_id: str) -> Reward | None:
    row = tx.one(
        f"select {_REWARD} from rewards where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": reward_id},
    )
    return None if row is None else _reward(row)


def reward_at(
    tx: Read, workspace_id: str, program_id: str, event: RewardEvent, at: int
) -> Reward | None:
    """The terms in force at a moment: the newest made by then."""
    row = tx.one(
        f"select {_REWARD} from rewards where workspace_id = :workspace_id"
        " and program_id = :program_id and event = :event and created_at <= :at"
        " order by created_at desc, id desc limit 1",
        {"workspace_id": workspace_id, "program_id": program_id, "event": event.value, "at": at},
    )
    return None if row is None else _reward(row)


def insert_partner(tx: Write, workspace_id: str, values: dict[str, Any]) -> None:
    tx.run(
        "insert into partners (id, workspace_id, name, email, username, country, created_at)"
        " values (:id, :workspace_id, :name, :email, :username, :country, :now)",
        {"workspace_id": workspace_id, **values},
    )


def partner_id_by_email(tx: Read, workspace_id: str, email: str) -> str | None:
    row = tx.one(
        "select id from partners where workspace_id = :workspace_id and email = :email",
        {"workspace_id": workspace_id, "email": email},
    )
    return None if row is None else str(row[0])


def insert_enrolment(tx: Write, workspace_id: str, values: dict[str, Any]) -> None:
    tx.run(
        "insert into enrolments (id, workspace_id, program_id, partner_id, tenant_id, created_at)"
        " values (:id, :workspace_id, :program_id, :partner_id, :tenant_id, :now)",
        {"workspace_id": workspace_id, **values},
    )


def enrolment(
    tx: Read, workspace_id: str, program_id: str, partner_id: str | None, tenant_id: str | None
) -> Enrolment | None:
    row = tx.one(
        "select partner_id, tenant_id, stopped_at from enrolments"
        " where workspace_id = :workspace_id and program_id = :program_id"
        " and (partner_id = :partner_id or (cast(:partner_id as text) is null"
        " and tenant_id = :tenant_id))",
        {
            "workspace_id": workspace_id,
            "program_id": program_id,
            "partner_id": partner_id,
            "tenant_id": tenant_id,
        },
    )
    return (
        None if row is None else Enrolment(partner_id=row[0], tenant_id=row[1], stopped_at=row[2])
    )


def enrolled(
    tx: Read,
    workspace_id: str,
    program_id: str | None,
    partner_id: str | None,
    tenant_id: str | None,
) -> list[str]:
    """Ids of partners by partner id, else by tenant id; two at most, to tell one from several."""
    rows = tx.all(
        "select distinct partner_id from enrolments where workspace_id = :workspace_id"
        " and (cast(:program_id as text) is null or program_id = :program_id)"
        " and (partner_id = :partner_id or (cast(:partner_id as text) is null"
        " and tenant_id = :tenant_id)) order by partner_id limit 2",
        {
            "workspace_id": workspace_id,
            "program_id": program_id,
            "partner_id": partner_id,
            "tenant_id": tenant_id,
        },
    )
    return [str(row[0]) for row in rows]


def programs_of_partner(tx: Read, workspace_id: str, partner_id: str) -> list[str]:
    """Ids, in the order the partner joined."""
    rows = tx.all(
        "select program_id from enrolments where workspace_id = :workspace_id"
        " and partner_id = :partner_id order by id",
        {"workspace_id": workspace_id, "partner_id": partner_id},
    )
    return [str(row[0]) for row in rows]


def set_tenant(
    tx: Write, workspace_id: str, program_id: str, partner_id: str, tenant_id: str
) -> None:
    """Where there is none yet: one that was given is never replaced."""
    tx.run(
        "update enrolments set tenant_id = :tenant_id where workspace_id = :workspace_id"
        " and program_id = :program_id and partner_id = :partner_id and tenant_id is null",
        {
            "workspace_id": workspace_id,
            "program_id": program_id,
            "partner_id": partner_id,
            "tenant_id": tenant_id,
        },
    )


def stop(tx: Write, workspace_id: str, program_id: str, partner_id: str, now_us: int) -> int:
    """The first stop stays: stopping twice moves nothing."""
    return tx.run(
        "update enrolments set stopped_at = :now where workspace_id = :workspace_id"
        " and program_id = :program_id and partner_id = :partner_id and stopped_at is null",
        {
            "workspace_id": workspace_id,
            "program_id": program_id,
            "partner_id": partner_id,
            "now": now_us,
        },
    )


def partner_by_id(
    tx: Read, workspace_id: str, partner_id: str, program_id: str | None = None
) -> Partner | None:
    """As enrolled in `program_id`, else in the program the partner joined first."""
    row = tx.one(
        f"select {PARTNER}{ENROLLED} where e.workspace_id = :workspace_id and p.id = :id"
        " and (cast(:program_id as text) is null or e.program_id = :program_id)"
        " order by e.id limit 1",
        {"workspace_id": workspace_id, "id": partner_id, "program_id": program_id},
    )
    return None if row is None else partner_of(row)


def partners(tx: Read, workspace_id: str, wanted: PartnerFilter) -> list[Partner]:
    rows = tx.all(
        f"select {PARTNER}{ENROLLED} where e.workspace_id = :workspace_id"
        " and (cast(:program_id as text) is null or e.program_id = :program_id)"
        " and (cast(:email as text) is null or p.email = :email)"
        " and (cast(:tenant_id as text) is null or e.tenant_id = :tenant_id)"
        " order by e.id desc limit :limit offset :offset",
        {
            "workspace_id": workspace_id,
            "program_id": wanted.program_id,
            "email": wanted.email,
            "tenant_id": wanted.tenant_id,
            "limit": wanted.limit,
            "offset": wanted.offset,
        },
    )
    return [partner_of(row) for row in rows]


def add_earned(tx: Write, workspace_id: str, program_id: str, partner_id: str, amount: int) -> None:
    """A delta, never a total; negative where a refund takes back."""
    of = {"workspace_id": workspace_id, "program_id": program_id, "partner_id": partner_id}
    tx.run(
        "update enrolments set earned = earned + :amount where workspace_id = :workspace_id"
        " and program_id = :program_id and partner_id = :partner_id",
        {**of, "amount": amount},
    )
