"""Texts as they are said, and what was proposed about them."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.domain.segments import segments
from crm_store.tables import Proposal
from crm_store.text_samples import longest_text
from crm_store.texts import LANGUAGES, shipped_wording, sources, wording_of


@dataclass(frozen=True)
class TextRow:
    """One reply: its words in both languages, what they cost, and whether they are the region's own."""

    key: str
    words: dict[str, str]
    segments: dict[str, int]
    own: frozenset[str]
    proposed: frozenset[str]

    @property
    def topic(self) -> str:
        """What it is about: the first word of its key after 'utter_'."""
        return self.key.split("_")[1]


def text_rows(
    session: Session, region: Region, *, search: str = "", which: str = "", keys: Iterable[str] | None = None
) -> list[TextRow]:
    """The replies in the order of domain.yml; `search`: in key or words, `which`: 'own' or 'proposed'."""
    waiting: dict[str, set[str]] = {}
    for way in session.scalars(select(Proposal.way).where(Proposal.state == "open")):
        if way.startswith("texts."):
            _, key, language = way.split(".")
            waiting.setdefault(key, set()).add(language)
    wanted = search.casefold().split()
    rows = []
    for key in keys if keys is not None else sources():
        if not key.startswith("utter_"):
            continue
        words = {language: wording_of(key, language, region) for language in LANGUAGES}
        whole = " ".join((key, *words.values())).casefold()
        own = frozenset(one for one in LANGUAGES if words[one] != shipped_wording(key, one))
        proposed = frozenset(waiting.get(key, ()))
        if not all(word in whole for word in wanted):
            continue
        if (which == "own" and not own) or (which == "proposed" and not proposed):
            continue
        costs = {one: segments(longest_text(key, one, region)).count for one in LANGUAGES}
        rows.append(TextRow(key, words, costs, own, proposed))
    return rows


def proposals(session: Session, *, open_only: bool = False, limit: int = 100) -> list[Proposal]:
    """Proposals: the open ones, oldest first; or all, newest first."""
    query = select(Proposal).limit(limit)
    if open_only:
        return list(session.scalars(query.where(Proposal.state == "open").order_by(Proposal.proposed_at)))
    return list(session.scalars(query.order_by(Proposal.proposed_at.desc(), Proposal.id)))


def proposals_of(session: Session, ways: Iterable[str], limit: int = 20) -> list[Proposal]:
    """What was proposed for these parts, newest first."""
    query = select(Proposal).where(Proposal.way.in_(list(ways)))
    return list(session.scalars(query.order_by(Proposal.proposed_at.desc()).limit(limit)))
