"""Words of a search made a query of PostgreSQL's text search, with the words that were probably meant."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.case_search import is_near, keys, stems
from crm_store.tables import SearchWord

#: So many words stand near one at most; more are no help.
_MOST_NEAR = 40


def words_query(session: Session, words: Iterable[str]) -> str:
    """A tsquery: each word, or one near it, must be there; the beginning of a word is enough."""
    return " & ".join(f"({' | '.join(_meant(session, word))})" for word in words)


def _meant(session: Session, word: str) -> list[str]:
    near = session.scalars(select(SearchWord.word).where(SearchWord.keys.overlap(keys(word))).limit(400))
    fitting = sorted({other for other in near if is_near(word, other)} - {word})[:_MOST_NEAR]
    return [*(f"'{stem}':*" for stem in stems(word)), *(f"'{other}'" for other in fitting)]
