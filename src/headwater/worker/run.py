"""The loops of the worker, side by side; one that fails is logged and goes on."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from headwater import billing, conversion_log, inbox, journal, tracking, visitors, workspace
from headwater.db import StoreUnavailable
from headwater.kit import collector
from headwater.kit.clock import DAY_US
from headwater.runtime import App, shelf_of
from headwater.worker import deliver, follow, portraits
from headwater.worker.announce import Limits, announce, beat
from headwater.worker.bill import bill
from headwater.worker.clocks import clocks, context
from headwater.worker.left_behind import left_behind
from headwater.worker.looks import look
from headwater.worker.pace import Pace
from headwater.worker.retain import Retention
from headwater.worker.visits import admit

log = structlog.get_logger(__name__)

SEAL_AT_ONCE = 500
SEAL_IDLE_S = 0.2
SWEEP_IDLE_S = 1.0
SWEEP_AT_ONCE = 20
LOOK_IDLE_S = 0.2
VISITS_IDLE_S = 0.5
BILLING_IDLE_S = 0.2
BODIES_EVERY_S = 600.0
SALTS_EVERY_S = 3600.0
LOG_EVERY_S = 600.0
TOUCHES_EVERY_S = 600.0
RETAIN_EVERY_S = 3600.0
LEFT_BEHIND_EVERY_S = 60.0
BEAT_EVERY_S = 10.0  # one small write, so rarely
PAUSE_AFTER_ERROR_MIN_S, PAUSE_AFTER_ERROR_MAX_S = 1.0, 30.0


async def run(app: App, *, on_stop: Callable[[], None] = lambda: None) -> None:
    """Until SIGTERM or SIGINT; `on_stop` is called when one comes."""
    stop = asyncio.Event()

    def end() -> None:
        on_stop()
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    shelf = shelf_of(app.config)  # before anything begins: it may be set wrongly
    click_batch_s = app.config.delivery.click_batch_s
    pace = Pace(app.clock, app.clock.monotonic_us())
    collector.spare()
    log.info("worker_ready")

    def often(name: str, step: Step, idle_s: float) -> None:
        tasks.create_task(_repeat(name, step, app, lambda: pace.rest_s(idle_s), stop))

    def rarely(name: str, step: Step, idle_s: float) -> None:
        tasks.create_task(_repeat(name, step, app, lambda: idle_s, stop))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(deliver.run(app.db, app.config, app.clock, app.entropy, pace, stop))
        tasks.create_task(portraits.run(app, shelf, stop))
        tasks.create_task(follow.run(app, stop))
        often("seal", partial(_seal, pace), SEAL_IDLE_S)
        often("announce", _announce, click_batch_s)
        often("sweep", _sweep, SWEEP_IDLE_S)
        often("billing", partial(bill, pace), BILLING_IDLE_S)
        often("look", look, LOOK_IDLE_S)
        often("visits", partial(admit, pace), VISITS_IDLE_S)
        rarely("bodies", _sweep_bodies, BODIES_EVERY_S)
        rarely("salts", _forget_salts, SALTS_EVERY_S)
        rarely("log", _sweep_log, LOG_EVERY_S)
        rarely("retain", Retention().step, RETAIN_EVERY_S)
        rarely("touches", _sweep_touches, TOUCHES_EVERY_S)
        rarely("left_behind", left_behind, LEFT_BEHIND_EVERY_S)
        rarely("beat", _beat, BEAT_EVERY_S)


Step = Callable[[App], Awaitable[bool]]


async def _repeat(
    name: str, step: Step, app: App, idle_s: Callable[[], float], stop: asyncio.Event
) -> None:
    """`step` says whether there is more to do at once."""
    while not stop.is_set():
        try:
            pause_s = 0.0 if await step(app) else idle_s()
        except StoreUnavailable as error:  # a state of the store, not a bug: no traceback
            _failed(name, error)
            pause_s = _after_error(idle_s())
        except Exception as error:
            _failed(name, error, exc_info=True)
            pause_s = _after_error(idle_s())
        try:
            async with asyncio.timeout(pause_s):
                await stop.wait()
        except TimeoutError:
            continue


def _after_error(idle_s: float) -> float:
    """Soon again, however rarely the step is due: a salt must not live an hour longer."""
    return min(max(idle_s, PAUSE_AFTER_ERROR_MIN_S), PAUSE_AFTER_ERROR_MAX_S)


def _failed(name: str, error: Exception, *, exc_info: bool = False) -> None:
    log.error("worker_step_failed", step=name, error=type(error).__name__, exc_info=exc_info)


async def _seal(pace: Pace, app: App) -> bool:
    """Every fact has a line of the journal, so what is new is seen here first."""
    sealed = await app.db.write(journal.seal, SEAL_AT_ONCE)
    if sealed.count:
        pace.busy()
    return sealed.count == SEAL_AT_ONCE


async def _announce(app: App) -> bool:
    settings = app.config.delivery
    limits = Limits(batch=settings.click_batch_max, waiting=settings.clicks_waiting_max)
    done = await app.db.write(
        announce, app.clock.now_us(), app.entropy, limits, app.config.public_url
    )
    for webhook_id in done.full:
        log.warning("clicks_wait", webhook_id=webhook_id)
    return done.more


async def _sweep(app: App) -> bool:
    """Replay what arrivals released but did not replay themselves, and what waited long enough; one
    that cannot be replayed holds up no other.
    """
    items = await app.db.read(inbox.ready_items, None, SWEEP_AT_ONCE)
    overdue = app.clock.now_us() - app.settings.patience_us
    items += await app.db.read(inbox.patient_items, overdue, SWEEP_AT_ONCE - len(items))
    attached = 0
    for item in items:
        ctx = await context(app, item.workspace_id)
        try:
            attached += await app.db.write(tracking.attach_ready, ctx, app.settings, [item])
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("inbox_item_failed", inbox_id=item.id)
            await app.db.write(inbox.tried, item.workspace_id, item.id)
    return attached > 0 and len(items) == SWEEP_AT_ONCE


async def _sweep_bodies(app: App) -> bool:
    kept_us = app.config.billing.body_days * DAY_US
    more = False
    for workspace_id, now_us in await clocks(app):
        more |= await app.db.write(billing.sweep, workspace_id, now_us - kept_us)
    return more


async def _forget_salts(app: App) -> bool:
    await app.db.write(workspace.forget_old_salts, app.clock.now_us())
    return False


async def _sweep_log(app: App) -> bool:
    """By the real clock, as the requests it tells of are numbered."""
    before = app.clock.now_us() - app.config.tracking.log_days * DAY_US
    more = False
    for workspace_id, _ in await clocks(app):
        more |= await app.db.write(conversion_log.sweep, workspace_id, before)
    return more


async def _sweep_touches(app: App) -> bool:
    touch_days = app.config.tracking.touch_days
    more = False
    for workspace_id, now_us in await clocks(app):
        more |= await app.db.write(visitors.sweep, workspace_id, now_us, touch_days)
    return more


async def _beat(app: App) -> bool:
    await app.db.write(beat, app.clock.now_us())
    return False
