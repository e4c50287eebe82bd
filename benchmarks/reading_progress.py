"""What was asked for and what was done, kept in the folder of a replayed month."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.reading_figures import Day


@dataclass(frozen=True)
class Given:
    """What the command was given."""

    days: int
    per_day: int
    at_once: int
    speed: float
    seed: int
    started_on: str
    past: int = 0


class Progress:
    """What was done, in the folder: the command's figures, the days, and when the day under way was begun."""

    def __init__(self, folder: Path, given: Given) -> None:
        self._file = folder / "progress.json"
        stored = json.loads(self._file.read_text()) if self._file.exists() else {}
        self.given = Given(**stored["given"]) if stored else given
        if given.past and not self.given.past and len(stored.get("done", ())) < 2:
            self.given = replace(
                self.given, days=given.days, past=given.past
            )  # one day: it can be the past's
        kept = ("days", "per_day", "seed", "past")
        if any(getattr(self.given, name) != getattr(given, name) for name in kept):
            raise SystemExit(f"{folder} holds another month: {self.given}. Take another folder.")
        self.loaded: bool = stored.get("loaded", False)
        self.filled: bool = stored.get("filled", False)
        self.days = [Day(**one) for one in stored.get("done", ())]
        self._begun: dict[str, str] = stored.get("begun", {})
        self._write()

    def has_begun(self, day: int) -> bool:
        """Whether a run began the day."""
        return str(day) in self._begun

    def has_done(self, day: int) -> bool:
        """Whether the day was played to its end."""
        return any(one.number == day + 1 for one in self.days)

    def begin(self, day: int) -> datetime:
        """When the day was begun for the first time."""
        self._begun.setdefault(str(day), datetime.now(UTC).isoformat())
        self._write()
        return datetime.fromisoformat(self._begun[str(day)])

    def note(self, day: Day) -> None:
        """The day is done."""
        self.days.append(day)
        self._write()

    def note_loaded(self) -> None:
        """The accounts and the known phones are there."""
        self.loaded = True
        self._write()

    def note_filled(self) -> None:
        """The days before are there, and what the product does with them was done."""
        self.filled = True
        self._write()

    def _write(self) -> None:
        content = {
            "given": asdict(self.given),
            "loaded": self.loaded,
            "filled": self.filled,
            "begun": self._begun,
            "done": [asdict(one) for one in self.days],
        }
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(content))
        new.replace(self._file)
