"""The periodic work: all of it, in any state, and one piece that fails stops no other."""

from datetime import UTC, datetime

import pytest

from bot import sweeps
from crm_store.region import region


def test_every_piece_finds_nothing_to_do_in_an_empty_house(database_url):
    names = [name for name, _ in sweeps.sweep(region(), datetime.now(UTC))]
    assert names == list(sweeps.PIECES)


def test_one_that_fails_is_named_and_the_others_are_done(database_url, monkeypatch):
    def fails(*_):
        raise RuntimeError("no water")

    monkeypatch.setitem(sweeps.PIECES, "escalations", fails)
    done: list[str] = []

    def go_through() -> None:
        for name, _ in sweeps.sweep(region(), datetime.now(UTC)):
            done.append(name)

    with pytest.raises(sweeps.SweepFailedError, match=r"escalations \(no water\)"):
        go_through()
    assert done == [name for name in sweeps.PIECES if name != "escalations"]
