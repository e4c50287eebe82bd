"""Examples that the engine learns from, and what is wrong with them; files are read elsewhere."""

import json
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

import yaml
from rapidfuzz import fuzz, process

CLASSES = (
    *("complaint", "query", "dispute", "compliment", "meter_reading", "status", "agent", "affirm", "deny"),
    *("greet", "thanks", "bye", "help", "change_language", "my_data", "out_of_scope", "bot_challenge"),
    *("stop", "start", "cancel"),
)
#: An example of these says what it is about; one of the other classes never does.
WITH_CATEGORY = frozenset({"complaint", "query", "dispute", "compliment", "meter_reading"})
ENTITIES = frozenset(
    (
        *("account_number", "meter_number", "reading", "reference", "location"),
        *("amount", "month", "service", "person", "phone"),
    )
)
WORDS_OF_ONES_OWN = 3  # 'Yebo' and 'stop' are everybody's; from three words on a text is somebody's own
TOO_NEAR = 90  # rapidfuzz ratio of two texts, their words in order of the alphabet
THIN = 5  # examples; a cell with fewer teaches little
LANGUAGES = ("en", "zu", "mixed")
ANNOTATION = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Example:
    """One example and where it stands."""

    file: str
    intent: str
    category: str | None
    language: str | None
    text: str

    @property
    def plain(self) -> str:
        """The text without annotations, in one spelling of case and spaces."""
        return plain_text(self.text)

    @property
    def label(self) -> tuple[str, str | None, str | None]:
        """Class, category and language: the cell that the example stands in."""
        return self.intent, self.category, self.language

    @property
    def key(self) -> str:
        """Sixteen letters that name the example in addresses, wherever its file puts it."""
        return sha256("\n".join((*map(str, self.label), self.text)).encode()).hexdigest()[:16]


def plain_text(text: str) -> str:
    """A text without annotations, in one spelling of case and spaces."""
    return " ".join(ANNOTATION.sub(r"\1", text).lower().split()).strip(" .!?")


def examples_in(file: str, content: str) -> Iterator[Example]:
    """Every example of a file with this name and content, in order."""
    for block in (yaml.load(content, Loader=_LOADER) or {}).get("nlu") or []:  # noqa: S506  the safe loader, in C
        if "intent" not in block:
            continue
        metadata = block.get("metadata") or {}
        for line in block["examples"].splitlines():
            text = line.strip().removeprefix("-").strip()
            if text:
                yield Example(file, block["intent"], metadata.get("category"), metadata.get("language"), text)


def faults_of(examples: Iterable[Example]) -> tuple[list[str], str]:
    """The faults, a line each, and one line that counts the examples."""
    faults: list[str] = []
    first_of: dict[str, Example] = {}
    languages: Counter[str] = Counter()
    for example in examples:
        languages[example.language or "none"] += 1
        faults += annotation_faults(example)
        first = first_of.setdefault(example.plain, example)
        if first is example:
            continue
        if contradicts(first, example):
            faults.append(
                f"{example.file}: '{example.plain}' is {example.intent}/{example.category},"
                f" but {first.intent}/{first.category} in {first.file}"
            )
        elif first.language == example.language:  # 'aweh' is English and isiZulu
            faults.append(f"{example.file}: '{example.plain}' stands there again (first in {first.file})")
    by_language = ", ".join(f"{count} {language}" for language, count in sorted(languages.items()))
    return faults, f"{len(first_of)} distinct examples ({by_language})"


def contradicts(one: Example, other: Example) -> bool:
    """Whether two examples of one text mean different things."""
    return (one.intent, one.category) != (other.intent, other.category)


def annotation_faults(example: Example) -> list[str]:
    """What is wrong with an example's annotations."""
    faults = [
        f"{example.file}: '{example.text}': '{name}' is no entity of ours"
        for _text, name in ANNOTATION.findall(example.text)
        if name not in ENTITIES
    ]
    faults += [
        f"{example.file}: '{example.text}': the {name} is empty, or begins or ends with a space"
        for value, name in ANNOTATION.findall(example.text)
        if not value or value != value.strip()
    ]
    if any("[" in value for value, _name in ANNOTATION.findall(example.text)):
        faults.append(f"{example.file}: '{example.text}': one entity within another")
    elif re.search(r"[\[\]]", ANNOTATION.sub("", example.text)):
        faults.append(f"{example.file}: '{example.text}': a bracket that belongs to no annotation")
    return faults


def in_order(text: str) -> str:
    """The words of a text in order of the alphabet: 'no water here' and 'here no water' are one text."""
    return " ".join(sorted(text.split()))


def near_duplicates(examples: Sequence[Example]) -> list[tuple[Example, Example]]:
    """Pairs of different texts, of three words or more, nearly the same; a text ends one pair at most."""
    own = {
        in_order(example.plain): example
        for example in examples
        if len(example.plain.split()) >= WORDS_OF_ONES_OWN
    }
    texts = sorted(own, key=lambda text: (len(text), text))
    lengths = [len(text) for text in texts]
    pairs = []
    for number, text in enumerate(texts):
        # ratio = 2 x common / (both lengths): a text much shorter cannot reach the bar
        first = bisect_left(lengths, len(text) * TOO_NEAR / (200 - TOO_NEAR), hi=number)
        near = process.extractOne(text, texts[first:number], scorer=fuzz.ratio, score_cutoff=TOO_NEAR)
        if near:
            pairs.append((own[near[0]], own[text]))
    return pairs


def cells(examples: Sequence[Example]) -> Counter[tuple[str, str, str]]:
    """How many examples there are of each class, category ('-' for none) and language; empty cells are 0
    where the class has that category in another language."""
    counted = Counter((one.intent, one.category or "-", one.language or "-") for one in examples)
    for intent, category, _language in list(counted):
        for language in LANGUAGES:
            counted.setdefault((intent, category, language), 0)
    return counted


def held_out_faults(file: str, content: str) -> list[str]:
    """Entities of held-out messages that overlap or do not say what stands at their place.

    Only lines are named, never texts: nobody who writes examples reads what they are measured on.
    """
    faults = []
    for number, line in enumerate(content.splitlines(), start=1):
        row = json.loads(line)
        entities = sorted(row["entities"], key=lambda entity: entity["start"])
        for entity in entities:
            if entity["name"] not in ENTITIES:
                faults.append(f"{file}, line {number}: '{entity['name']}' is no entity of ours")
            if row["text"][entity["start"] : entity["end"]] != entity["value"] or not entity["value"]:
                faults.append(f"{file}, line {number}: the {entity['name']} is not what stands there")
        for one, other in pairwise(entities):
            if other["start"] < one["end"]:
                faults.append(f"{file}, line {number}: {one['name']} and {other['name']} overlap")
    return faults
