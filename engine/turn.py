"""What the channel, the tracker store and the patches know of the turn under way."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Optional

# The id our store gave the incoming message. The tracker store compares it with the last one it saved,
# so that a turn tried again starts from the state before it.
current_message_id: ContextVar[Optional[str]] = ContextVar("current_message_id", default=None)


class TurnAbandoned(BaseException):
    """An action could not be run, so the whole turn must be tried again later.

    Not an `Exception`: Rasa catches those at four places, goes on as if the action had done nothing, and
    saves a conversation in which the person was never answered. Only our channel catches this one.
    """
