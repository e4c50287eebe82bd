"""Brings a message to one spelling: lower case, plain quotes, SMS words written out, numbers as marks."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Dict

# An account or a reading has so many digits at least.
_A_NUMBER = 4


def read_short_words(source: Path) -> Dict[str, str]:
    """Short forms and the words they stand for, from lines 'word: short forms'."""
    lines = [line.partition(":") for line in source.read_text(encoding="utf-8").splitlines()]
    return {short: word for word, _, forms in lines if not word.startswith("#") for short in forms.split()}


SHORT_WORDS = read_short_words(Path(__file__).with_name("short_words.txt"))
QUOTES = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201b": "'",
        "\u00b4": "'",
        "`": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
    }
)
WORD = re.compile(r"[^\W_]+(?:['.][^\W_]+)*|[^\w\s]", re.UNICODE)
STRETCHED = re.compile(r"([^\W\d_])\1{2,}", re.UNICODE)
MONEY = re.compile(r"\br\s?\d[\d ,.]*\b")
REFERENCE = re.compile(r"\b[a-z]{3,4}[- ]?\d{4}[- ]?\d{3,4}\b")
DIGITS = re.compile(r"\d+")
# What stands between words; the hyphen and the apostrophe inside a word ('i-bill', "isn't") belong to it.
BETWEEN = re.compile(r"[^\w\s'\-]|(?<!\w)['\-]|['\-](?!\w)")


def says_something(text: str) -> bool:
    """Whether there is anything to classify: a letter, an emoji, question marks alone, or a longer number.

    '!!! ???' or '3' with no question open mean nothing, whatever a learner makes of them.
    """
    digits = sum(char.isdigit() for char in text)
    return (
        digits >= _A_NUMBER
        or set("".join(text.split())) == {"?"}
        or any(char.isalpha() or unicodedata.category(char) == "So" for char in text)
    )


def plain(text: str) -> str:
    """Compatibility forms, straight quotes, single spaces; the case is kept."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(QUOTES).split())


def normalise(text: str) -> str:
    """Lower case, stretched letters cut to two, short words written out."""
    return _written_out(_lower(text))


def _lower(text: str) -> str:
    return STRETCHED.sub(r"\1\1", plain(text).lower())


def _written_out(text: str) -> str:
    words = text.split()
    y = "why" if len(words) > 1 else "yes"
    return " ".join(y if word == "y" else SHORT_WORDS.get(word, word) for word in words)


def for_classifier(text: str) -> str:
    """`normalise`, with marks for money, references and numbers, whose digits say nothing of the class, and
    without punctuation but for '?' and '!', which stand alone."""
    marked = _written_out(MONEY.sub(" xmoneyx ", _lower(text)))  # before the 'r' of a sum is taken for 'are'
    marked = REFERENCE.sub(" xreferencex ", marked)
    marked = DIGITS.sub(lambda match: f"x{min(len(match[0]), 9)}dx", marked)
    return " ".join(BETWEEN.sub(lambda match: f" {match[0]} " if match[0] in "?!" else " ", marked).split())
