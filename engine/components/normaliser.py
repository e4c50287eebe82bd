"""Brings a message to one spelling: lower case, plain quotes, SMS words written out, numbers as marks."""

from __future__ import annotations

import re
import unicodedata

# An account or a reading has so many digits at least.
_A_NUMBER = 4
# Written short on phones, in both languages. Only words that mean one thing.
SMS_WORDS = {
    "2day": "today",
    "2moro": "tomorrow",
    "2mrw": "tomorrow",
    "acc": "account",
    "acnt": "account",
    "acc.": "account",
    "b4": "before",
    "coz": "because",
    "cos": "because",
    "cud": "could",
    "gud": "good",
    "hv": "have",
    "hw": "how",
    "knw": "know",
    "lite": "light",
    "lites": "lights",
    "msg": "message",
    "nite": "night",
    "nothin": "nothing",
    "pls": "please",
    "plz": "please",
    "ppl": "people",
    "pple": "people",
    "r": "are",
    "rds": "roads",
    "sum1": "someone",
    "thanx": "thanks",
    "thx": "thanks",
    "tnx": "thanks",
    "tomoro": "tomorrow",
    "u": "you",
    "ur": "your",
    "w8": "wait",
    "wat": "what",
    "wen": "when",
    "wht": "what",
    "wnt": "want",
    "y": "yes",
    "yday": "yesterday",
    "awkho": "awukho",
    "ayikh": "ayikho",
    "amanz": "amanzi",
    "gesi": "ugesi",
    "kanjan": "kanjani",
    "mtr": "meter",
    "ngcela": "ngicela",
    "ngyabonga": "ngiyabonga",
    "siyabonga": "siyabonga",
    "syabonga": "siyabonga",
    "yb": "yebo",
}
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
    """Lower case, stretched letters cut to two, SMS words written out."""
    lowered = STRETCHED.sub(r"\1\1", plain(text).lower())
    return " ".join(SMS_WORDS.get(word, word) for word in lowered.split())


def for_classifier(text: str) -> str:
    """`normalise`, with marks for money, references and numbers, whose digits say nothing of the class, and
    without punctuation but for '?' and '!', which stand alone."""
    marked = MONEY.sub(" xmoneyx ", normalise(text))
    marked = REFERENCE.sub(" xreferencex ", marked)
    marked = DIGITS.sub(lambda match: f"x{min(len(match[0]), 9)}dx", marked)
    return " ".join(BETWEEN.sub(lambda match: f" {match[0]} " if match[0] in "?!" else " ", marked).split())
