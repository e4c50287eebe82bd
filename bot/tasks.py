"""The worker's tasks on the queue: turns, deliveries, and the small periodic duties that keep both going."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.jobs import Job, Notification
from procrastinate.retry import RetryStrategy
from procrastinate.worker import Worker

from bot import metrics
from bot.channels import telegram
from bot.channels.errors import SendError
from bot.engine_client import engine
from bot.media import fetch_media as fetch_now
from bot.notices import tell_due_notices
from bot.sending import deliver as send_now
from bot.sweeps import sweep, tell_delays
from bot.turn import take_turn as turn_now
from crm_store.queue import app, worker_app, worker_stops
from crm_store.region import region
from crm_store.settings import settings

log = structlog.get_logger(__name__)

WAITS_SECONDS = (1, 2, 5, 10, 20, 30)  # the last one again and again
TURN_ATTEMPTS = 24 * 3600 // 30
DELIVERY_ATTEMPTS = 4 * 3600 // 30
FETCH_ATTEMPTS = 1800 // 30
# A worker that is killed stops its heart; after STALLED_SECONDS its jobs go to another. Together with the
# rescue's own rhythm that is well under half a minute.
HEARTBEAT_SECONDS = 3.0
STALLED_SECONDS = 10.0
POLL_SECONDS = 1.0
STOP_SECONDS = 15.0


class BackOff(BaseRetryStrategy):
    """Waits longer each time, as long as the provider asks, and not at all for a failure that is final."""

    def __init__(self, attempts: int) -> None:
        self.attempts = attempts

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to run the job again; None: never."""
        if job.attempts + 1 >= self.attempts:
            return None
        wait: float = WAITS_SECONDS[min(job.attempts, len(WAITS_SECONDS) - 1)]
        if isinstance(exception, SendError):
            if not exception.retry:
                return None
            wait = max(wait, exception.retry_after or 0.0)
        return RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=wait))


# --- turns and deliveries -------------------------------------------------------------------------


@app.task(name="take_turn", retry=BackOff(TURN_ATTEMPTS))
def take_turn(message_id: str) -> None:
    """Handles one inbound message; the lock of its conversation is held meanwhile."""
    with structlog.contextvars.bound_contextvars(message_id=message_id):
        began = time.monotonic()
        try:
            outcome = turn_now(UUID(message_id), engine(), region())
        except Exception as error:
            metrics.turns.labels("retry").inc()
            log.warning("turn_failed", error=repr(error))
            raise
        metrics.turns.labels(outcome).inc()
        metrics.turn_seconds.observe(time.monotonic() - began)
        log.info("turn_taken", outcome=outcome, seconds=round(time.monotonic() - began, 3))
        structlog.contextvars.unbind_contextvars("conversation_id")


@app.task(name="deliver", retry=BackOff(DELIVERY_ATTEMPTS), pass_context=True)
def deliver(context: JobContext, message_id: str) -> None:
    """Sends a stored message and the rest of its turn's; a conversation's messages go out in their order."""
    with structlog.contextvars.bound_contextvars(message_id=message_id):
        last_attempt = context.job.attempts + 1 >= DELIVERY_ATTEMPTS
        send_now(UUID(message_id), last_attempt=last_attempt)
        structlog.contextvars.unbind_contextvars("conversation_id")


@app.task(name="fetch_media", retry=BackOff(FETCH_ATTEMPTS), pass_context=True)
def fetch_media(context: JobContext, media_id: str) -> None:
    """Fetches one picture; what the provider cannot give now is asked for again, for half an hour."""
    last_attempt = context.job.attempts + 1 >= FETCH_ATTEMPTS
    log.info("picture", outcome=fetch_now(UUID(media_id), region(), last_attempt=last_attempt))


@app.task(name="answer_callback", retry=RetryStrategy(max_attempts=2, wait=1))
def answer_callback(callback_query_id: str) -> None:
    """Stops the little clock on a pressed Telegram key; after a few seconds nobody looks at it any more."""
    if settings().sandbox("telegram"):
        return
    try:
        telegram.answer_callback(callback_query_id)
    except SendError as error:
        if error.retry:
            raise
        log.info("callback_too_old", code=error.code)


@app.task(name="show_typing", retry=False)
def show_typing(address: str) -> None:
    """Shows on Telegram that an agent is typing; it is of the moment, so it is not tried again."""
    if settings().sandbox("telegram"):
        return
    try:
        telegram.show_typing(address)
    except SendError as error:
        log.info("typing_not_shown", code=error.code)


# --- periodic -------------------------------------------------------------------------------------


@app.periodic(cron="* * * * * */20")
@app.task(name="note_delays", queueing_lock="note_delays", pass_context=False)
def note_delays(timestamp: int) -> None:  # noqa: ARG001
    """Tells everybody who has waited over a minute, once, that their message is here."""
    tell_delays(region(), datetime.now(UTC))


@app.periodic(cron="* * * * * */10")
@app.task(name="tell_notices", queueing_lock="tell_notices", pass_context=False)
def tell_notices(timestamp: int) -> None:  # noqa: ARG001
    """Tells people what is planned to be said to them by now; the planned row is all the job there is."""
    tell_due_notices(datetime.now(UTC), region())


@app.periodic(cron="* * * * * */5")
@app.task(name="rescue_jobs", queueing_lock="rescue_jobs", pass_context=True)
async def rescue_jobs(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Gives the jobs of workers that died to those that live."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        log.warning("job_rescued", task=job.task_name, job_id=job.id)
        await manager.retry_job(job)
    await manager.prune_stalled_workers(6 * STALLED_SECONDS)


@app.periodic(cron="* * * * *")
@app.task(name="sweep", queueing_lock="sweep", lock="sweep")
def sweep_now(timestamp: int) -> None:  # noqa: ARG001
    """All periodic work, every minute."""
    for name, outcome in sweep(region(), datetime.now(UTC)):
        log.debug("swept", piece=name, outcome=outcome)


# --- the worker -----------------------------------------------------------------------------------


class PromptWorker(Worker):
    """Looks for the next job as soon as one ends.

    Procrastinate looks when a job is added and otherwise at intervals; the second message of a conversation,
    held back by the lock of the first, would wait for the interval. So would what is heard of while a search
    is under way, which clears the event: then it looks again.
    """

    #: jobs that were added or ended
    _news = 0

    def stop(self) -> None:
        """Takes no more jobs; those of minutes are told to end."""
        worker_stops.set()
        super().stop()  # type: ignore[no-untyped-call]

    async def _process_job(self, context: JobContext) -> None:
        try:
            await super()._process_job(context)
        finally:
            self._news += 1
            self._new_job_event.set()

    async def _handle_notification(self, *, channel: str, notification: Notification) -> None:
        self._news += 1
        await super()._handle_notification(channel=channel, notification=notification)

    async def _fetch_and_process_jobs(self) -> None:
        heard = -1
        while heard != self._news and not self._stop_event.is_set():
            heard = self._news
            await super()._fetch_and_process_jobs()  # type: ignore[no-untyped-call]


def run_worker(*, concurrency: int = 8, name: str | None = None, queues: Sequence[str] | None = None) -> None:
    """Takes jobs (of these queues only) until SIGINT or SIGTERM; jobs under way are finished first."""

    async def run() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers=concurrency + 4))
        async with worker_app().open_async() as opened:
            worker = PromptWorker(
                app=opened,
                name=name or "worker",
                concurrency=concurrency,
                queues=queues,
                fetch_job_polling_interval=POLL_SECONDS,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                shutdown_graceful_timeout=STOP_SECONDS,
                # What was done can be read in the messages; the queue holds what is to be done.
                delete_jobs="successful",
            )
            await worker.run()  # type: ignore[no-untyped-call]

    region()  # a wrong municipality file must end the start, not the first turn
    asyncio.run(run())


__all__ = ["BackOff", "app", "run_worker"]
