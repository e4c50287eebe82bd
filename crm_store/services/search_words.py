"""The vocabulary of the cases, by which a mistyped word of a search is understood."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_store.domain.case_search import LONGEST_WORD, keys
from crm_store.tables import SearchWord

#: What came within this time is looked at again: a worker that stood still for a while misses no word.
LOOKS_BACK = timedelta(hours=6)
_MOST = 5000
_NEW_WORDS = text("""
SELECT word FROM ts_stat(:vectors) AS found
WHERE length(word) BETWEEN 4 AND :longest AND word ~ '^[^0-9]+$'
  AND NOT EXISTS (SELECT 1 FROM search_words w WHERE w.word = found.word)
LIMIT :most
""")
_VECTORS = """
SELECT case_words(description, reason, place, location_text, person, resolution) FROM cases {since}
UNION ALL
SELECT to_tsvector('simple', coalesce(name, '')) FROM citizens
WHERE id IN (SELECT citizen_id FROM cases {since})
"""


def learn_words(session: Session, now: datetime) -> int:
    """Add the words of lately opened cases and of their people to the vocabulary; returns how many are new.

    The first time, of all cases. Several workers may do it at once.
    """
    known = session.execute(text("SELECT EXISTS (SELECT 1 FROM search_words)")).scalar_one()
    since = f"WHERE opened_at > '{(now - LOOKS_BACK).isoformat()}'" if known else ""
    words = session.scalars(
        _NEW_WORDS,
        {"vectors": _VECTORS.format(since=since), "longest": LONGEST_WORD, "most": _MOST if known else None},
    ).all()
    # In order: two that learn the same words at once wait for each other, and not both ways.
    for at in range(0, len(words), _MOST):
        rows = [{"word": word, "keys": keys(word)} for word in sorted(words[at : at + _MOST])]
        session.execute(insert(SearchWord).on_conflict_do_nothing(), rows)
    return len(words)
