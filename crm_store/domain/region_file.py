"""Reading a `municipalities/*.yml` file: every fault is told with its file, line and field."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True)
class RegionFile:
    """What stands in a region's file, the content of its knowledge file included, before it is checked."""

    path: Path
    knowledge_path: Path | None
    data: dict[str, Any]
    lines: dict[Loc, int]
    #: what is written twice
    doubles: tuple[Fault, ...] = ()

    def region(self) -> Region:
        """The region it describes; raises ConfigError with all faults found."""
        region, faults = checked(self.data)
        found = [*self.doubles, *(self._fault(loc, message) for loc, message in faults)]
        if region is None or found:
            raise ConfigError(found)
        return region

    def _fault(self, loc: Loc, message: str) -> Fault:
        if loc[:1] == ("knowledge",) and len(loc) > 1:
            return Fault(str(self.knowledge_path), _line(self.lines, loc), dotted(loc[1:]), message)
        return Fault(str(self.path), _line(self.lines, loc), dotted(loc), message)


def checked(data: dict[str, Any]) -> tuple[Region | None, list[tuple[Loc, str]]]:
    """The region of the data, and what is wrong with it by its fields; None when anything is."""
    try:
        region = Region.model_validate(data)
    except ValidationError as error:
        return None, [
            (tuple(one["loc"]), _said(one["msg"], one["type"], one.get("input"))) for one in error.errors()
        ]
    faults = list(inconsistencies(region, data))
    return (None if faults else region), faults


def load_region(path: Path | str) -> Region:
    """The region described by the file and by the knowledge file that it names.

    Raises ConfigError with all faults found, OSError when the file cannot be read.
    """
    return read_region_file(path).region()


def read_region_file(path: Path | str) -> RegionFile:
    """The file's content; raises ConfigError where it is no YAML mapping, OSError when it cannot be read."""
    lines: dict[Loc, int] = {}
    data, doubles = _read(Path(path), (), lines)
    if not isinstance(data, dict):
        raise ConfigError([Fault(str(path), 1, "(file)", "is not a mapping of fields")])
    knowledge = _take_in_knowledge(data, Path(path), lines, doubles)
    return RegionFile(Path(path), knowledge, data, lines, tuple(doubles))


def _read(path: Path, at: Loc, lines: dict[Loc, int]) -> tuple[Any, list[Fault]]:
    """The content of a YAML file that stands at `at`, and what is written twice in it; fills `lines`."""
    text = path.read_text(encoding="utf-8")
    try:
        root = yaml.compose(text, Loader=_LOADER)
        data = yaml.load(text, Loader=_LOADER)  # noqa: S506 (a safe loader, the fast one where there is one)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        message = getattr(error, "problem", None) or str(error).split("\n", 1)[0]
        raise ConfigError([Fault(str(path), line, "(yaml)", message)]) from None
    twice = _walk(root, at, lines) if root is not None else ()
    return data, [Fault(str(path), line, dotted(loc[len(at) :]), message) for loc, line, message in twice]


def _take_in_knowledge(
    data: dict[str, Any], region_file: Path, lines: dict[Loc, int], faults: list[Fault]
) -> Path | None:
    """Puts the content of the knowledge file in the place of its path; returns the file's own path."""
    named = data.pop("knowledge", None)
    if named is None:
        return None
    at: Loc = ("knowledge",)
    if not isinstance(named, str):
        faults.append(Fault(str(region_file), _line(lines, at), "knowledge", "give the path of a file"))
        return None
    file = region_file.parent / named
    try:
        entries, twice = _read(file, at, lines)
    except OSError as error:
        message = f"{file} cannot be read ({error.strerror})"
        faults.append(Fault(str(region_file), _line(lines, at), "knowledge", message))
        return None
    faults += twice
    if isinstance(entries, list):
        data["knowledge"] = entries
    else:
        faults.append(Fault(str(file), 1, "(file)", "is not a list of entries"))
    return file


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


def dotted(loc: Loc) -> str:
    """The field as people write it: municipalities.KDM.name."""
    return ".".join(str(part) for part in loc) or "(file)"


def _said(message: str, kind: str, given: object) -> str:
    if kind == "string_type" and isinstance(given, int | float):
        return f"{message}: put it in quotes (YAML read {given!r})"
    return message.removeprefix("Value error, ")
