"""What a workspace does with its endpoints, and what one takes in."""

from dataclasses import dataclass, replace
from typing import Annotated

import msgspec

from headwater.billing import sql
from headwater.billing.model import Endpoint, Event, Mode, Policy, Reason, State
from headwater.db import Read, Write
from headwater.kit.clock import DAY_US, SECOND_US
from headwater.kit.context import Context
from headwater.kit.problems import Code, Problem, conflict, invalid, not_found
from headwater.workspace import workspace_by_id

PREFIX = "whsec_"
SECRET_MAX = 255
GRACE_US = DAY_US  # Stripe signs with both secrets for a day at most
EVENT_ID_MAX = 255


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What must be known of an event before it is kept."""

    id: str
    type: str
    created: Annotated[int, msgspec.Meta(ge=0, le=10**11)] | str  # the latter of thin ones
    object: str | None = None
    livemode: bool = False
    account: str | None = None

    @property
    def at(self) -> int:
        assert isinstance(self.created, int)
        return self.created * SECOND_US


_head = msgspec.json.Decoder(Head).decode


def checked_secret(given: str) -> str:
    """A signing secret as Stripe shows it; refused where it cannot be one."""
    text = given.strip()
    if not (text.startswith(PREFIX) and text.isascii() and len(PREFIX) < len(text) <= SECRET_MAX):
        message = "Give the signing secret of the endpoint in Stripe's dashboard: it begins whsec_."
        raise invalid("secret", message)
    return text


def create_endpoint(
    tx: Write, ctx: Context, mode: Mode, policy: Policy, secret: str | None
) -> Endpoint:
    """Refused where the workspace has events of the other mode, or counts amounts otherwise."""
    tx.lock(f"stripe:{ctx.workspace_id}")
    if mode is Mode.LIVE and workspace_by_id(tx, ctx.workspace_id).sandbox:
        message = "A sandbox takes events of test mode alone: live ones are about real money."
        raise invalid("mode", f"{message} Use a live workspace, or mode test.")
    for other in sql.endpoints(tx, ctx.workspace_id):
        gone = other.deleted_at is not None
        in_books = not gone or sql.took_any(tx, ctx.workspace_id, other.id)
        if other.mode is not mode and in_books:
            raise conflict(
                f"This workspace takes events of {other.mode} mode, and its books hold one mode"
                f" alone. Make a workspace of its own for {mode} mode.",
                "mode",
            )
        if not gone and other.policy != policy:
            message = "All endpoints of a workspace count alike. Delete the other one first."
            raise conflict(message, "amount")
    made = Endpoint(
        id=ctx.new_id("sep_"),
        workspace_id=ctx.workspace_id,
        mode=mode,
        policy=policy,
        secret=None if secret is None else checked_secret(secret),
        created_at=ctx.now_us,
    )
    sql.insert_endpoint(tx, made)
    return made


def list_endpoints(tx: Read, workspace_id: str) -> list[Endpoint]:
    """Those that were not deleted."""
    return [each for each in sql.endpoints(tx, workspace_id) if each.deleted_at is None]


def get_endpoint(tx: Read, workspace_id: str, endpoint_id: str) -> Endpoint:
    """Also one that was deleted."""
    for each in sql.endpoints(tx, workspace_id):
        if each.id == endpoint_id:
            return each
    raise not_found("Stripe endpoint", endpoint_id)


def rotate_secret(tx: Write, ctx: Context, endpoint_id: str, secret: str) -> Endpoint:
    """The one before is accepted for a day more."""
    known = _living(tx, ctx, endpoint_id)
    fresh = checked_secret(secret)
    if fresh == known.secret:
        return known
    old_until = None if known.secret is None else ctx.now_us + GRACE_US
    changed = replace(known, secret=fresh, old_secret=known.secret, old_secret_until=old_until)
    values = {
        "secret": changed.secret,
        "old_secret": changed.old_secret,
        "old_secret_until": changed.old_secret_until,
    }
    sql.set_secret(tx, ctx.workspace_id, endpoint_id, values)
    return changed


def delete_endpoint(tx: Write, ctx: Context, endpoint_id: str) -> Endpoint:
    """It takes nothing more; what it took is applied all the same."""
    _living(tx, ctx, endpoint_id)
    sql.set_deleted(tx, ctx.workspace_id, endpoint_id, ctx.now_us)
    return get_endpoint(tx, ctx.workspace_id, endpoint_id)


def _living(tx: Write, ctx: Context, endpoint_id: str) -> Endpoint:
    tx.lock(f"stripe:{ctx.workspace_id}")
    known = get_endpoint(tx, ctx.workspace_id, endpoint_id)
    if known.deleted_at is not None:
        raise not_found("Stripe endpoint", endpoint_id)
    return known


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """`fresh` is False where the event came before."""

    event_id: str
    fresh: bool


def read_head(body: bytes) -> Head:
    """Refuses what is no event of Stripe's: a signature alone does not make one."""
    try:
        head = _head(body)
        body.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"The body is no event of Stripe's ({error})."
        raise Problem(Code.BAD_REQUEST, message) from error
    whole = head.object == "event" and isinstance(head.created, int)
    if not whole or not 0 < len(head.id) <= EVENT_ID_MAX or "\x00" in head.id:
        message = (
            "The body is no event of Stripe's: `object` is not `event`. Choose snapshot payloads,"
            " not thin ones, for this destination in Stripe's dashboard."
        )
        raise Problem(Code.BAD_REQUEST, message)
    return head


def receive(tx: Write, ctx: Context, endpoint: Endpoint, head: Head, body: str) -> Received:
    """Keep an event, once per id and for ever. The worker applies it."""
    of_mode = Mode.LIVE if head.livemode else Mode.TEST
    refused = None
    if of_mode is not endpoint.mode:
        refused = Reason.OTHER_MODE
    elif head.account is not None:
        refused = Reason.CONNECTED_ACCOUNT
    event = Event(
        workspace_id=ctx.workspace_id,
        id=head.id,
        endpoint_id=endpoint.id,
        kind=head.type.replace("\x00", ""),
        happened_at=head.at,
        received_at=ctx.now_us,
        state=State.IGNORED if refused else State.WAITING,
        reason=refused or Reason.NEW,
        waits_for=None,
        next_at=None if refused else ctx.now_us,
        tries=0,
        settled_at=ctx.now_us if refused else None,
        results=(),
    )
    return Received(event_id=head.id, fresh=sql.insert_event(tx, event, body))
