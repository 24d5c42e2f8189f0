"""What became of reports after networks took them: asked for as often as each of them allows."""

import asyncio

import structlog

from headwater import delivery
from headwater.db import StoreUnavailable
from headwater.delivery import SANDBOX_STAYS, Lease, Look, Looked, Said, Settlement
from headwater.kit.clock import MINUTE_US, SECOND_US
from headwater.kit.egress import EgressClient
from headwater.kit.targets import Answer, Cause, EgressError, is_here
from headwater.runtime import App
from headwater.worker.wires import WIRES

log = structlog.get_logger(__name__)

IDLE_S = 1.0
PAUSE_S = 5.0
LOOKS_MAX = 90  # then nobody knows: after a minute, two, four … an hour, and for three days
LONGEST_US = 60 * MINUTE_US
GAVE_UP = "no_answer"


async def run(app: App, stop: asyncio.Event) -> None:
    """Until `stop`; what is under way then is asked again when its lease has ended."""
    client = EgressClient(
        allow_private=app.config.egress.allow_private,
        timeout_s=app.config.delivery.timeout_s,
        max_response_bytes=app.config.delivery.max_response_bytes,
    )
    async with client:
        working = asyncio.create_task(_work(app, client))
        await asyncio.wait(
            {working, asyncio.create_task(stop.wait())}, return_when="FIRST_COMPLETED"
        )
        working.cancel()
        await asyncio.wait({working})


async def _work(app: App, client: EgressClient) -> None:
    while True:
        try:
            idle_s = 0.0 if await round_of(app, client) else IDLE_S
        except StoreUnavailable:
            idle_s = PAUSE_S
        except Exception:  # the loop outlives whatever one network says
            log.exception("follow_failed")
            idle_s = PAUSE_S
        await asyncio.sleep(idle_s)


async def round_of(app: App, client: EgressClient) -> bool:
    """Ask about what is due and may be asked now; whether there was anything."""
    now_us = app.clock.now_us()
    due = await app.db.read(delivery.to_follow, now_us)
    if not due:
        return False
    until_us = now_us + round(app.config.delivery.lease_s * SECOND_US)
    lease = Lease(token="", now_us=now_us, until_us=until_us)
    looks = await app.db.write(delivery.claim_looks, lease, due)
    looked = await asyncio.gather(*[_ask(app, client, each) for each in looks])
    if looked:
        await app.db.write(delivery.settle_looks, looked)
    return bool(looked)


async def _ask(app: App, client: EgressClient, look: Look) -> Looked:
    wire = WIRES[look.kind]
    assert wire.question is not None
    assert wire.hear is not None
    most_s = app.config.delivery.retry_after_max_s
    try:
        request = wire.question(look)
        if look.sandbox and not (app.config.egress.sandbox_anywhere or is_here(request.url)):
            said = Said(settlement=Settlement.UNKNOWN, reason=SANDBOX_STAYS)
            return _looked(look, said, app.clock.now_us())
        try:
            answer: Answer | Cause = await client.send(
                request.method, request.url, request.headers, request.body, request.answer_max
            )
        except EgressError as error:
            answer = error.cause
        said = wire.hear(look, answer, app.clock.now_us(), most_s)
    except Exception:  # what one network says must not leave the others unheard
        log.exception("follow_failed", delivery_id=look.delivery_id)
        said = Said(settlement=Settlement.PENDING)
    return _looked(look, said, app.clock.now_us())


def _looked(look: Look, said: Said, now_us: int) -> Looked:
    """Doubling waits; what stays without an answer for days is unknown for good."""
    settlement, reason, again_at = said.settlement, said.reason, None
    if settlement is Settlement.PENDING and look.looks + 1 >= LOOKS_MAX:
        settlement, reason = Settlement.UNKNOWN, GAVE_UP
    elif settlement is Settlement.PENDING:
        again_at = now_us + min(LONGEST_US, MINUTE_US << min(look.looks, 10))
    if settlement in (Settlement.REFUSED, Settlement.UNKNOWN):
        log.warning(
            "report_not_accepted",
            delivery_id=look.delivery_id,
            destination_id=look.destination_id,
            settlement=settlement.value,
            reason=reason,
        )
    return Looked(
        look=look,
        settlement=settlement,
        reason=reason,
        again_at=again_at,
        at=now_us,
        pause_until=now_us + said.pause_s * SECOND_US if said.pause_s else None,
    )
