"""Telegram by long polling, for an installation without a public address (`phendula telegram-poll`)."""

from __future__ import annotations

import contextlib
import signal
import threading
from concurrent.futures import TimeoutError as FutureTimeout
from types import FrameType

import structlog
import telegram
from pydantic import ValidationError
from telegram.error import InvalidToken, RetryAfter, TelegramError

from bot.channels import telegram as channel

log = structlog.get_logger(__name__)
POLL_SECONDS = 25  # Telegram holds the line open this long when nothing comes
WAITS_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)


def run(stop: threading.Event | None = None) -> None:
    """Takes updates until stopped (SIGINT, SIGTERM, or the event).

    An update is acknowledged to Telegram, by asking for the next, only when it is stored: nothing is lost
    when the process is killed, and what comes again is known by its update_id. Raises InvalidToken.
    """
    stopping = stop or threading.Event()
    if stop is None:
        _stop_on_signals(stopping)
    bot = channel.bot()
    offset: int | None = None
    failures = 0
    webhook_removed = False
    while not stopping.is_set():
        try:
            if not webhook_removed:  # Telegram refuses getUpdates while a webhook is set
                channel.call(bot.delete_webhook(drop_pending_updates=False))
                webhook_removed = True
                log.info("telegram_polling")
            updates = _wait_for_updates(bot, offset, stopping)
            for update in updates:
                try:
                    channel.take_update(update.to_dict())
                except ValidationError:  # one update that we cannot read must not hold back all others
                    log.exception("update_skipped", update_id=update.update_id)
                offset = update.update_id + 1
            failures = 0
        except InvalidToken:
            raise
        except Exception as error:
            wait = WAITS_SECONDS[min(failures, len(WAITS_SECONDS) - 1)]
            if isinstance(error, RetryAfter):
                after = error.retry_after
                wait = after if isinstance(after, int | float) else after.total_seconds()
            if isinstance(error, TelegramError | TimeoutError):
                log.warning("telegram_poll_failed", error=str(error), wait_seconds=wait)
            else:
                log.exception("telegram_poll_failed", wait_seconds=wait)
            failures += 1
            stopping.wait(wait)


def _wait_for_updates(
    bot: telegram.Bot, offset: int | None, stopping: threading.Event
) -> tuple[telegram.Update, ...]:
    """The next updates, or none as soon as we are to stop: nobody waits half a minute for Ctrl-C."""
    asked = channel.submit(
        bot.get_updates(
            offset=offset,
            timeout=POLL_SECONDS,
            allowed_updates=["message", "edited_message", "callback_query", "my_chat_member"],
        )
    )
    while not stopping.is_set():
        with contextlib.suppress(FutureTimeout):
            return asked.result(0.25)
        if asked.done():
            return asked.result()
    asked.cancel()
    return ()


def _stop_on_signals(stopping: threading.Event) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
