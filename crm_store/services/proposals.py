"""Wordings and answers that a second person looks at before anybody reads them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.domain.region_file import RegionFile
from crm_store.domain.region_overlay import RegionRefused, laid_over, value_at
from crm_store.domain.segments import segments
from crm_store.domain.wordings import WordingFault, most_segments, placeholders, wording_faults
from crm_store.plain import plain
from crm_store.queries.region_changes import as_changes, changes_in_force
from crm_store.services.region_changes import LONGEST_REASON, change_region, preview_change
from crm_store.tables import Proposal
from crm_store.text_samples import longest_text
from crm_store.texts import LANGUAGES, shipped_wording, sources, wording_of


class ProposalRefused(ValueError):
    """The proposal cannot be made or decided so; the message says why, `why` in one word."""

    def __init__(self, why: str, message: str) -> None:
        self.why = why
        super().__init__(message)


class WordingRefused(ValueError):
    """The wording breaks a rule; `faults` says which, and about what of the text."""

    def __init__(self, faults: list[WordingFault]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{one.rule} {one.about}".strip() for one in faults))


def text_way(key: str, language: str) -> str:
    """The way of a text's wording among the region's data."""
    return f"texts.{key}.{language}"


def propose_wording(
    session: Session,
    file: RegionFile,
    region: Region,
    key: str,
    language: str,
    wording: str | None,
    actor: str,
    now: datetime,
    *,
    why: str | None = None,
) -> Proposal:
    """Propose other words for a reply; none: those that ship. Raises WordingRefused, ProposalRefused."""
    if key not in sources() or not key.startswith("utter_") or language not in LANGUAGES:
        raise ProposalRefused("unknown", f"there is no text {key} in {language}")
    words = " ".join(wording.split(" ")).strip().replace("\r\n", "\n") if wording else None
    if words == shipped_wording(key, language):
        words = None
    if words is not None and (faults := check_wording(session, file, region, key, language, words)):
        raise WordingRefused(faults)
    return propose_change(session, file, text_way(key, language), words, actor, now, why=why)


def check_wording(
    session: Session, file: RegionFile, region: Region, key: str, language: str, wording: str
) -> list[WordingFault]:
    """What is wrong with these words for the reply, its length with the longest values included."""
    other = wording_of(key, "en" if language == "zu" else "zu", region)
    faults = wording_faults(wording, placeholders(sources()[key].text), other)
    if faults:
        return faults
    try:
        _, changed = preview_change(session, file, text_way(key, language), wording)
    except RegionRefused as refusal:
        return [WordingFault("refused", str(refusal))]
    count = segments(longest_text(key, language, changed)).count
    return [WordingFault("too_long", str(count))] if count > most_segments(key) else []


def propose_change(
    session: Session,
    file: RegionFile,
    way: str,
    value: Any,
    actor: str,
    now: datetime,
    *,
    why: str | None = None,
) -> Proposal:
    """Propose what is to stand at the way; an open proposal for it is replaced.

    Raises ProposalRefused when it stands there already, RegionRefused when it is wrong.
    """
    preview_change(session, file, way, value)
    before = plain(value_at(laid_over(file.data, as_changes(changes_in_force(session))), way))
    value = plain(value)
    if value == before:
        raise ProposalRefused("nothing", "nothing would change: this is how it stands already")
    standing = session.scalar(
        select(Proposal).where(Proposal.way == way, Proposal.state == "open").with_for_update()
    )
    if standing is not None:
        _decide(standing, "replaced", actor, now, None)
        session.flush()
    row = Proposal(
        way=way,
        before=before,
        value=value,
        why=_said(why),
        proposed_by=actor,
        proposed_at=now,
        state="open",
    )
    session.add(row)
    session.flush()
    return row


def approve_proposal(
    session: Session, file: RegionFile, proposal_id: UUID, actor: str, now: datetime, note: str | None = None
) -> Proposal:
    """Put the proposal into force; raises ProposalRefused (one's own, decided, overtaken), RegionRefused."""
    row = _open(session, proposal_id)
    if row.proposed_by == actor:
        raise ProposalRefused("own", "a second person approves: you proposed this yourself")
    now_there = plain(value_at(laid_over(file.data, as_changes(changes_in_force(session))), row.way))
    if now_there != row.before:
        raise ProposalRefused("overtaken", "changed since this was proposed: look at both and propose anew")
    change = change_region(session, file, row.way, row.value, actor, now, why=row.why)
    _decide(row, "approved", actor, now, note)
    row.change_number = change.number if change else None
    return row


def reject_proposal(session: Session, proposal_id: UUID, actor: str, now: datetime, note: str) -> Proposal:
    """Leave everything as it is, with a reason for whoever proposed it; raises ProposalRefused."""
    if not note.strip():
        raise ProposalRefused("no_reason", "say why: whoever proposed it learns from the reason")
    row = _open(session, proposal_id)
    _decide(row, "rejected", actor, now, note)
    return row


def withdraw_proposal(session: Session, proposal_id: UUID, actor: str, now: datetime) -> Proposal:
    """Take one's own proposal back; raises ProposalRefused for another's."""
    row = _open(session, proposal_id)
    if row.proposed_by != actor:
        raise ProposalRefused("not_yours", "only who proposed it withdraws it; reject it with a reason")
    _decide(row, "withdrawn", actor, now, None)
    return row


def _open(session: Session, proposal_id: UUID) -> Proposal:
    row = session.get(Proposal, proposal_id, with_for_update=True)
    if row is None:
        raise ProposalRefused("gone", "there is no such proposal")
    if row.state != "open":
        by = (row.reviewed_by or "").removeprefix("agent:")
        raise ProposalRefused("decided", f"this was {row.state} by {by} already")
    return row


def _decide(row: Proposal, state: str, actor: str, now: datetime, note: str | None) -> None:
    row.state, row.reviewed_by, row.reviewed_at, row.review_note = state, actor, now, _said(note)


def _said(words: str | None) -> str | None:
    return " ".join((words or "").split())[:LONGEST_REASON] or None
