"""The loops of the worker, side by side; one that fails is logged and goes on."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

import structlog

from headwater import billing, conversion_log, inbox, journal, tracking, visitors, workspace
from headwater.db import StoreUnavailable
from headwater.kit.clock import DAY_US
from headwater.runtime import App, shelf_of
from headwater.worker import deliver, follow, portraits
from headwater.worker.announce import Limits, announce, beat
from headwater.worker.bill import bill
from headwater.worker.looks import look

log = structlog.get_logger(__name__)

SEAL_AT_ONCE = 500
SEAL_IDLE_S = 0.2
SWEEP_IDLE_S = 1.0
SWEEP_AT_ONCE = 20
LOOK_IDLE_S = 0.2
BILLING_IDLE_S = 0.2
BODIES_EVERY_S = 600.0
SALTS_EVERY_S = 3600.0
LOG_EVERY_S = 600.0
TOUCHES_EVERY_S = 600.0
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
    log.info("worker_ready")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(deliver.run(app.db, app.config, app.clock, app.entropy, stop))
        tasks.create_task(portraits.run(app, shelf, stop))
        tasks.create_task(follow.run(app, stop))
        tasks.create_task(_repeat("seal", _seal, app, SEAL_IDLE_S, stop))
        tasks.create_task(_repeat("announce", _announce, app, click_batch_s, stop))
        tasks.create_task(_repeat("sweep", _sweep, app, SWEEP_IDLE_S, stop))
        tasks.create_task(_repeat("billing", bill, app, BILLING_IDLE_S, stop))
        tasks.create_task(_repeat("bodies", _sweep_bodies, app, BODIES_EVERY_S, stop))
        tasks.create_task(_repeat("look", look, app, LOOK_IDLE_S, stop))
        tasks.create_task(_repeat("salts", _forget_salts, app, SALTS_EVERY_S, stop))
        tasks.create_task(_repeat("log", _sweep_log, app, LOG_EVERY_S, stop))
        tasks.create_task(_repeat("touches", _sweep_touches, app, TOUCHES_EVERY_S, stop))
        tasks.create_task(_repeat("beat", _beat, app, BEAT_EVERY_S, stop))


Step = Callable[[App], Awaitable[bool]]


async def _repeat(name: str, step: Step, app: App, idle_s: float, stop: asyncio.Event) -> None:
    """`step` says whether there is more to do at once."""
    while not stop.is_set():
        pause_s = idle_s
        try:
            if await step(app):
                pause_s = 0.0
        except StoreUnavailable as error:  # a state of the store, not a bug: no traceback
            _failed(name, error)
            pause_s = _after_error(idle_s)
        except Exception as error:
            _failed(name, error, exc_info=True)
            pause_s = _after_error(idle_s)
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


async def _seal(app: App) -> bool:
    sealed = await app.db.write(journal.seal, SEAL_AT_ONCE)
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
    """Replay what arrivals released but did not replay themselves, and what waited long enough."""
    items = await app.db.read(inbox.ready_items, None, SWEEP_AT_ONCE)
    overdue = app.clock.now_us() - app.settings.patience_us
    items += await app.db.read(inbox.patient_items, overdue, SWEEP_AT_ONCE - len(items))
    for item in items:
        ctx = app.context(item.workspace_id)
        await app.db.write(tracking.attach_ready, ctx, app.settings, [item])
    return len(items) == SWEEP_AT_ONCE


async def _sweep_bodies(app: App) -> bool:
    before = app.clock.now_us() - app.config.billing.body_days * DAY_US
    hosts = await app.db.read(workspace.domains)
    more = False
    for workspace_id in sorted({host.workspace.id for host in hosts}):
        more |= await app.db.write(billing.sweep, workspace_id, before)
    return more


async def _forget_salts(app: App) -> bool:
    await app.db.write(workspace.forget_old_salts, app.clock.now_us())
    return False


async def _sweep_log(app: App) -> bool:
    before = app.clock.now_us() - app.config.tracking.log_days * DAY_US
    hosts = await app.db.read(workspace.domains)
    more = False
    for workspace_id in sorted({host.workspace.id for host in hosts}):
        more |= await app.db.write(conversion_log.sweep, workspace_id, before)
    return more


async def _sweep_touches(app: App) -> bool:
    now_us, touch_days = app.clock.now_us(), app.config.tracking.touch_days
    hosts = await app.db.read(workspace.domains)
    more = False
    for workspace_id in sorted({host.workspace.id for host in hosts}):
        more |= await app.db.write(visitors.sweep, workspace_id, now_us, touch_days)
    return more


async def _beat(app: App) -> bool:
    await app.db.write(beat, app.clock.now_us())
    return False
