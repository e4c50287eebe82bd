"""All periodic work, piece by piece: the worker does it every minute, `phendula sweep` at any time.

A piece does what is due at the moment it is given and nothing twice, so it may run at any time, in any order
and in several processes at once. A new one needs a function here and a line in PIECES.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import structlog

from bot.notices import tell_due_notices
from bot.replies import Writer
from bot.staff_messages import send_staff_notices
from crm_store.database import transaction
from crm_store.domain.languages import FIRST_LANGUAGE
from crm_store.domain.region import Region
from crm_store.example_files import NLU_DATA
from crm_store.queries.examples import all_examples
from crm_store.services.delays import note_delays
from crm_store.services.deliveries import forget_early_receipts
from crm_store.services.early_warnings import sweep_warnings
from crm_store.services.escalations import sweep_escalations
from crm_store.services.follow_ups import close_unanswered
from crm_store.services.idle_chats import sweep_chats
from crm_store.services.incident_sweep import age_incidents, end_planned, remind_of_overdue
from crm_store.services.media import link_media
from crm_store.services.referrals import sweep_follow_ups
from crm_store.services.reminders import plan_reminders
from crm_store.services.retention import forget_old_files
from crm_store.services.search_words import learn_words
from crm_store.services.training_gathering import gather_messages, vocabulary
from crm_store.services.turns import messages_waiting, note_delayed

log = structlog.get_logger(__name__)
DELAY_NOTED_AFTER = timedelta(seconds=60)

#: Does what is due and says in a few words what it did.
Piece = Callable[[Region, datetime], str]


class SweepFailedError(Exception):
    """Some pieces of the periodic work failed; the message names them. The others were done."""


def sweep(region: Region, now: datetime) -> Iterator[tuple[str, str]]:
    """Every piece once, as if at `now`: its name and what it did.

    One that fails does not keep the others from their work; at the end it raises SweepFailedError.
    """
    failed = []
    for name, piece in PIECES.items():
        try:
            yield name, piece(region, now)
        except Exception as error:
            log.exception("sweep_failed", piece=name)
            failed.append(f"{name} ({error})")
    if failed:
        raise SweepFailedError(f"failed: {'; '.join(failed)}. The rest was done.")


def tell_delays(region: Region, now: datetime) -> str:
    """Tells everybody who has waited over a minute for an answer, once, that their message is here."""
    with transaction() as session:
        waiting = messages_waiting(session, now - DELAY_NOTED_AFTER)
    told = 0
    for message in waiting:
        language = message.language or FIRST_LANGUAGE
        (note,) = Writer(message.channel, language, region).say("utter_delayed")
        with transaction() as session:
            told += note_delayed(session, message.message_id, note.body, language, note.segments)
    return f"{told} told that the answer takes longer"


def escalate(region: Region, now: datetime) -> str:
    """The ladder, for every open case."""
    return f"{sweep_escalations(transaction, region, now)} steps taken"


def remind_of_outside_bodies(region: Region, now: datetime) -> str:
    """Cases that others have: their owners ask how far they are."""
    return f"{sweep_follow_ups(transaction, region, now)} reminded"


def note_late_cases(region: Region, now: datetime) -> str:
    """Cases whose promise is about to be broken: their people are to be told."""
    return f"{note_delays(transaction, region, now)} to be told of"


def close_what_nobody_answered(region: Region, now: datetime) -> str:
    """Resolved cases whose people did not say that anything is wrong."""
    return f"{close_unanswered(transaction, region, now)} closed"


def tend_incidents(region: Region, now: datetime) -> str:
    """Suggestions age, planned work ends, and staff hear of an expected time that is past."""
    with transaction() as session:
        aged = age_incidents(session, region, now)
        ended = end_planned(session, region, now)
        late = remind_of_overdue(session, region, now)
    return f"{aged} aged, {ended} planned works over, {late} late"


def warn_early(region: Region, now: datetime) -> str:
    """Areas whose reports stand out today."""
    with transaction() as session:
        return f"{len(sweep_warnings(session, region, now))} new"


def remind_of_readings(region: Region, now: datetime) -> str:
    """Who wants to be reminded, on the read day of their account."""
    count = 0
    while True:
        with transaction() as session:
            looked_at = plan_reminders(session, region, now)
        if not looked_at:
            return f"{count} looked at"
        count += looked_at


def tell_citizens(region: Region, now: datetime) -> str:
    """What is planned to be said to people on our own initiative."""
    return f"{tell_due_notices(now, region)} told"


def tell_staff(region: Region, now: datetime) -> str:
    """E-mail and SMS to staff."""
    return f"{send_staff_notices(now, region)} sent"


def link_pictures(_: Region, now: datetime) -> str:
    """Pictures beside the readings and cases that they belong to."""
    with transaction() as session:
        return f"{link_media(session, now)} linked"


def fill_inbox(region: Region, now: datetime) -> str:
    """Messages that a trainer should look at."""
    with transaction() as session:

        def known_words() -> frozenset[str]:
            return vocabulary((one.plain for one in all_examples(session, NLU_DATA)), region)

        return f"{gather_messages(session, region, known_words, now)} for trainers"


def move_idle_chats(region: Region, now: datetime) -> str:
    """Chats with staff in which nobody writes."""
    return sweep_chats(transaction, region, now)


def forget_receipts(_: Region, now: datetime) -> str:
    """Receipts that belong to nobody."""
    with transaction() as session:
        return f"{forget_early_receipts(session, now)} forgotten"


def delete_old_files(_: Region, now: datetime) -> str:
    """Files that people and staff sent, when their time is over."""
    with transaction() as session:
        return f"{forget_old_files(session, now)} deleted"


def learn_search_words(_: Region, now: datetime) -> str:
    """Words of new cases, by which a mistyped search finds them."""
    with transaction() as session:
        return f"{learn_words(session, now)} learned"


PIECES: dict[str, Piece] = {
    "delays": tell_delays,
    "escalations": escalate,
    "outside bodies": remind_of_outside_bodies,
    "late cases": note_late_cases,
    "unanswered": close_what_nobody_answered,
    "incidents": tend_incidents,
    "early warnings": warn_early,
    "reminders": remind_of_readings,
    "notices": tell_citizens,
    "staff": tell_staff,
    "pictures": link_pictures,
    "training": fill_inbox,
    "chats": move_idle_chats,
    "receipts": forget_receipts,
    "files": delete_old_files,
    "search words": learn_search_words,
}
