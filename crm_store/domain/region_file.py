"""Reading a `municipalities/*.yml` file: every fault is told with its file, line and field."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from crm_store.domain.region import Region
from crm_store.domain.region_faults import Loc, inconsistencies

_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Fault:
    """One thing wrong in a file."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.message}"


class ConfigError(Exception):
    """The municipality file has faults."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


def load_region(path: Path | str) -> Region:
    """The region described by the file; ConfigError with all faults found, OSError when it cannot be read."""
    file = str(path)
    text = Path(path).read_text(encoding="utf-8")
    try:
        root = yaml.compose(text, Loader=_LOADER)
        data = yaml.load(text, Loader=_LOADER)  # noqa: S506 (a safe loader, the fast one where there is one)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        message = getattr(error, "problem", None) or str(error).split("\n", 1)[0]
        raise ConfigError([Fault(file, line, "(yaml)", message)]) from None
    if not isinstance(data, dict) or root is None:
        raise ConfigError([Fault(file, 1, "(file)", "is not a mapping of fields")])
    lines: dict[Loc, int] = {}
    faults = [Fault(file, line, _dotted(loc), message) for loc, line, message in _walk(root, (), lines)]
    try:
        region = Region.model_validate(data)
    except ValidationError as error:
        faults += [
            Fault(file, _line(lines, loc), _dotted(loc), _said(one["msg"], one["type"], one.get("input")))
            for one in error.errors()
            for loc in [tuple(one["loc"])]
        ]
        raise ConfigError(faults) from None
    faults += [
        Fault(file, _line(lines, loc), _dotted(loc), message)
        for loc, message in inconsistencies(region, data)
    ]
    if faults:
        raise ConfigError(faults)
    return region


def _walk(node: yaml.Node, loc: Loc, lines: dict[Loc, int]) -> Iterator[tuple[Loc, int, str]]:
    """Fill `lines` with the line of every field; yield the keys written twice, which YAML would silently
    merge.
    """
    lines.setdefault(loc, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            at = (*loc, name)
            if name in seen:
                yield at, key.start_mark.line + 1, "is given twice"
            seen.add(name)
            lines[at] = key.start_mark.line + 1
            yield from _walk(value, at, lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _walk(value, (*loc, index), lines)


def _line(lines: dict[Loc, int], loc: Loc) -> int:
    """The line of the field, or of the nearest thing around it (a missing field has no line of its own)."""
    while loc not in lines and loc:
        loc = loc[:-1]
    return lines.get(loc, 1)


def _dotted(loc: Loc) -> str:
    return ".".join(str(part) for part in loc) or "(file)"


def _said(message: str, kind: str, given: object) -> str:
    if kind == "string_type" and isinstance(given, int | float):
        return f"{message}: put it in quotes (YAML read {given!r})"
    return message.removeprefix("Value error, ")
