"""What a case may be about, found by a few letters in either language: 'pothole', 'umgodi', 'bill'.

One list for the counter, the telephone and the public form. The words come from the municipality's file
(`categories: … words`) and the catalogue of texts.
"""

import unicodedata
from dataclasses import dataclass

from crm_store.domain.decisions import NO_PRAISE
from crm_store.domain.region import Region
from crm_store.texts import LANGUAGES, label

#: In the order in which they are offered where nothing tells them apart.
CLASSES = ("complaint", "dispute", "query", "compliment")
_A_STEM = 4


@dataclass(frozen=True)
class Matter:
    """A class and a category; its code is 'complaint:roads'."""

    case_class: str
    category: str

    @property
    def code(self) -> str:
        """How forms and addresses write it."""
        return f"{self.case_class}:{self.category}"

    def title(self, region: Region, language: str) -> str:
        """'roads: report a problem'."""
        name = region.categories[self.category].name.in_language(language)
        return f"{name}: {label('choice', self.case_class, language)}"


def matters(region: Region) -> list[Matter]:
    """Every matter that there is: complaints, disputes (of what can be disputed), questions, praise."""
    return [
        Matter(case_class, category)
        for category, entry in region.categories.items()
        for case_class in CLASSES
        if (case_class != "dispute" or entry.dispute_needs)
        and (case_class != "compliment" or category not in NO_PRAISE)
    ]


def matter_of(region: Region, code: str) -> Matter | None:
    """The matter of a code, or None."""
    return next((one for one in matters(region) if one.code == code), None)


def find_matters(region: Region, typed: str, limit: int = 12) -> list[Matter]:
    """The matters whose words begin with each word typed, in either language: whole words, names first."""
    wanted = _words(typed)
    if not wanted:
        return []
    found = []
    for order, one in enumerate(matters(region)):
        words = _words_of(region, one)
        if all(any(_begins(word, part) for word in words) for part in wanted):
            whole = sum(part in words for part in wanted)
            named = _names_of(region, one)
            of_its_name = all(any(_begins(word, part) for word in named) for part in wanted)
            found.append((-whole, not of_its_name, CLASSES.index(one.case_class), order, one))
    return [one for *_, one in sorted(found, key=lambda row: row[:4])][:limit]


def read_matter(region: Region, typed: str) -> Matter | None:
    """The one matter that is meant: by its code, its title in either language, or words that fit no other.

    Words that fit one category and say nothing of the kind ('pothole') mean a problem with it. None: several
    fit, or none; `find_matters` has them.
    """
    plain = typed.strip().casefold()
    for one in matters(region):
        if plain == one.code or any(plain == one.title(region, of).casefold() for of in LANGUAGES):
            return one
    found = find_matters(region, typed)
    if found and len({one.category for one in found}) == 1:
        return found[0]
    return None


def words_to_find(region: Region, matter: Matter, language: str) -> str:
    """What else finds the matter: its name in the other language, and the words people use for it."""
    entry = region.categories[matter.category]
    others = [matter.title(region, of) for of in LANGUAGES if of != language]
    return " ".join([*others, *entry.words])


def _begins(word: str, part: str) -> bool:
    """isiZulu words begin with their prefix: 'manzi' finds amanzi, too."""
    return word.startswith(part) or (len(part) >= _A_STEM and part in word)


def _words_of(region: Region, matter: Matter) -> set[str]:
    return _names_of(region, matter) | set(_words(" ".join(region.categories[matter.category].words)))


def _names_of(region: Region, matter: Matter) -> set[str]:
    titles = [matter.title(region, language) for language in LANGUAGES]
    return set(_words(" ".join([*titles, matter.category])))


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c if c.isalnum() else " " for c in folded if not unicodedata.combining(c))
    return [word for word in kept.split() if len(word) > 1 or word.isdigit()]
