"""A file of examples changed as text: every line and comment that is not spoken of stays as it was."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import yaml

from crm_store.domain.examples import Example, annotation_faults, examples_in

_HEAD = re.compile(r"^(?P<indent> *)- intent:")
_LITERAL = re.compile(r"^ *examples: *\|[-+]? *$")
#: Characters that YAML does not take as they are, or would take for the end of a line.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_NEW_FILE = 'version: "3.1"\nnlu:\n'


class FileNotUnderstood(Exception):
    """The file is not laid out as ours are, so that it is not changed by us; the message names the file."""


@dataclass(frozen=True)
class Change:
    """An example that was added (before: None), taken out (after: None), or that took another's place."""

    before: Example | None
    after: Example | None


@dataclass(frozen=True)
class _Block:
    """A list of examples of one class, category and language, by the numbers of its lines."""

    label: tuple[str, str | None, str | None]
    head: int
    #: lines that hold an example; empty in a layout that is not ours
    lines: tuple[int, ...]
    indent: str


def visible(text: str) -> str:
    """The text with a space in place of each character that a file cannot hold; its length stays."""
    return _UNFIT.sub(" ", text)


def one_line(text: str) -> str:
    """The text as an example can hold it: on one line, without characters that nobody sees."""
    return " ".join(visible(text).split()).lstrip("- ").rstrip()


def home_of(example: Example) -> str:
    """The name of the file in which a new example belongs: its topic and language."""
    return f"{example.category or 'control'}.{example.language}.yml"


def with_example(content: str | None, example: Example) -> str:
    """The file with the example at the end of its like; the same content when it stands there already.

    None: there is no such file yet. Raises FileNotUnderstood; ValueError for an example that would break it.
    """
    if faults := annotation_faults(example):
        raise ValueError(faults[0])
    if not example.text or example.text != one_line(example.text):
        raise ValueError(f"'{example.text}' does not fit one line of {example.file}")
    content = content if content else _NEW_FILE
    before = list(examples_in(example.file, content))
    if example in before:
        return content
    lines = content.removesuffix("\n").split("\n")
    blocks = list(_blocks(lines))
    like = [block for block in blocks if block.label == example.label and block.lines]
    if like:
        last = like[-1].lines[-1]
        lines.insert(last + 1, f"{like[-1].indent}- {example.text}")
    else:
        outer = _HEAD.match(lines[blocks[-1].head])["indent"] if blocks else ""  # type: ignore[index]
        lines += [outer + line for line in _new_block(example)]
    return _checked(example.file, lines, Counter(before) + Counter([example]))


def without_example(content: str, example: Example) -> str:
    """The file without the example, and without its list when that was the last one in it.

    The same content when it does not stand there. Raises FileNotUnderstood.
    """
    before = list(examples_in(example.file, content))
    if example not in before:
        return content
    lines = content.removesuffix("\n").split("\n")
    for block in _blocks(lines):
        held = [at for at in block.lines if _text_of(lines[at]) == example.text]
        if block.label != example.label or not held:
            continue
        if len(block.lines) == 1:
            del lines[block.head : block.lines[0] + 1]
        else:
            del lines[held[0]]
        break
    else:
        raise FileNotUnderstood(f"{example.file}: '{example.text}' stands in a list that we do not change")
    if not any(_HEAD.match(line) for line in lines):
        lines = [re.sub(r"^nlu:\s*$", "nlu: []", line) for line in lines]
    return _checked(example.file, lines, Counter(before) - Counter([example]))


def _checked(file: str, lines: list[str], expected: Counter[Example]) -> str:
    """The lines as one text, when they say exactly what they should: else nothing is changed."""
    content = "\n".join(re.sub(r"^nlu: \[\]$", "nlu:", line) for line in lines) + "\n"
    content = content if expected else "\n".join(lines) + "\n"
    try:
        found = Counter(examples_in(file, content))
    except (yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise FileNotUnderstood(f"{file} cannot be changed safely: {error}") from error
    if found != expected:
        raise FileNotUnderstood(f"{file} cannot be changed safely: its layout is not one of ours")
    return content


def _blocks(lines: list[str]) -> Iterator[_Block]:
    heads = [at for at, line in enumerate(lines) if _HEAD.match(line)]
    for head, end in pairwise([*heads, len(lines)]):
        yield _block(lines, head, end)


def _block(lines: list[str], head: int, end: int) -> _Block:
    literal = next((at for at in range(head, end) if _LITERAL.match(lines[at])), None)
    if literal is None:
        return _Block(("", None, None), head, (), "")
    said = yaml.safe_load("\n".join(lines[head:literal]))[0]
    metadata = said.get("metadata") or {}
    label = (said["intent"], metadata.get("category"), metadata.get("language"))
    depth = len(lines[literal]) - len(lines[literal].lstrip())
    held: list[int] = []
    indent = " " * (depth + 2)
    for at in range(literal + 1, end):
        if not lines[at].strip():
            continue
        if len(lines[at]) - len(lines[at].lstrip()) <= depth:
            break  # a comment before the next list
        if not held:
            indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
        held.append(at)
    return _Block(label, head, tuple(held), indent)


def _text_of(line: str) -> str:
    return line.strip().removeprefix("-").strip()


def _new_block(example: Example) -> list[str]:
    pairs = {"category": example.category, "language": example.language}
    said = ", ".join(f"{name}: {value}" for name, value in pairs.items() if value)
    return [
        f"- intent: {example.intent}",
        *([f"  metadata: {{{said}}}"] if said else []),
        "  examples: |",
        f"    - {example.text}",
    ]
