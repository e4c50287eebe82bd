"""What is wrong, by the words: the trouble of a report, and whether somebody asks when it will be over."""

import re
from functools import cache
from pathlib import Path

import yaml

from crm_store.domain.incidents import UNTOLD

FILE = Path(__file__).parent.parent / "troubles.yml"

#: 'When will it be back', 'is there planned work': a question about the end of a trouble, in either language.
_WHEN_OVER = re.compile(
    r"\bwhen\b.{0,60}\b(?:back|return\w*|restor\w*|fixed|repaired|resolved|over|on again|be on|come on|end)\b"
    r"|\b(?:what time|how long|un?till? when)\b.{0,60}\b(?:back|return\w*|restor\w*|off|out|without|on)\b"
    r"|\b(?:is|are|any|why)\b.{0,40}\b(?:planned|outage|interruption|shutdown|shut down|maintenance)\b"
    r"|\bwhy\b.{0,25}\b(?:no (?:water|electricity|power|lights)|(?:water|power|electricity)\b.{0,10}\boff)\b"
    r"|\b\w*(?:buy|lungis|lung|phel|vulw|phum|khany|valw|cishw)\w*\s+(?:kanjani|nini)\b"
    r"|\bnini\b.{0,30}\b\w*(?:buy|lungis|lung|vulw|phum|khany|valw|cishw)\w*\b"
    r"|\bwill\b.{0,40}\b(?:interrupt\w*|outage|shutdown|shut down|cut|be off)\b"
    r"|\bkuze kube nini\b|\bkungani (?:kungekho|singena|kungena)\w*\b"
    r"|\bkukhona (?:ukulungiswa|ukuvalwa|umsebenzi ohleliwe)\b",
    re.IGNORECASE,
)

#: 'Will there be', 'is there planned work': a question about what is to come.
_AHEAD = re.compile(
    r"\b(?:planned|interruptions?|shutdown|shut down|maintenance|tomorrow|next week)\b|\bwill there\b"
    r"|\bwill\b.{0,30}\b(?:be off|go off|be cut|closed|switched off)\b"
    r"|\b\w*(?:valw|cishw)\w* nini\b|\b\w*hleliw\w*\b|\b(?:ng)?(?:a)?kusasa\b",
    re.IGNORECASE,
)


@cache
def troubles() -> dict[str, dict[str, tuple[re.Pattern[str], ...]]]:
    """The troubles of each category that has some, with the wordings that tell them."""
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {
        category: {name: tuple(map(re.compile, wordings)) for name, wordings in kinds.items()}
        for category, kinds in content.items()
    }


def trouble_of(category: str, text: str) -> str:
    """The trouble that the text tells, or 'other'."""
    said = " ".join(text.casefold().split())
    for name, wordings in troubles().get(category, {}).items():
        if any(wording.search(said) for wording in wordings):
            return name
    return UNTOLD


def asks_ahead(text: str) -> bool:
    """True for 'is there planned work', 'azovalwa nini amanzi': work that has not begun is an answer too."""
    return _AHEAD.search(text) is not None


def asks_when_over(text: str) -> bool:
    """True for 'when will the water be back', 'amanzi azobuya nini', 'is there planned work'."""
    return _WHEN_OVER.search(text) is not None
