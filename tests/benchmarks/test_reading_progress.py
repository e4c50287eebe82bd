"""The folder of a replayed month: which command may go on with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.reading_progress import Given, Progress

GIVEN: dict[str, Any] = {"per_day": 20, "at_once": 8, "speed": 0.0, "seed": 7, "started_on": "2026-11-22"}


def test_one_stopped_day_can_become_the_past_of_a_month(tmp_path: Path) -> None:
    (tmp_path / "progress.json").write_text(
        json.dumps({"given": {"days": 1, **GIVEN}, "loaded": True, "begun": {}, "done": []})
    )
    taken = Progress(tmp_path, Given(days=2, past=29, **GIVEN))
    assert (taken.given.past, taken.given.days, taken.loaded, taken.filled) == (29, 2, True, False)
    taken.note_filled()
    assert Progress(tmp_path, Given(days=2, past=29, **GIVEN)).filled


@pytest.mark.parametrize("other", [{"past": 5}, {"past": 0}, {"past": 29, "per_day": 21}])
def test_another_month_is_refused(tmp_path: Path, other: dict[str, int]) -> None:
    Progress(tmp_path, Given(**{"days": 1, "past": 29, **GIVEN}))
    with pytest.raises(SystemExit, match="another month"):
        Progress(tmp_path, Given(**{"days": 1, **GIVEN, **other}))
