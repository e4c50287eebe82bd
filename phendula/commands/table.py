"""Writing rows as CSV, to standard output or a file."""

import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from crm_store.csv_cells import cell
from phendula.commands.refusal import Refusal


def write_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], file: Path | None) -> int:
    """Writes header and rows; returns how many rows. Formulas of spreadsheets are defused."""
    if file is None:
        return _write(columns, rows, sys.stdout)
    try:
        with file.open("w", encoding="utf-8", newline="") as stream:
            return _write(columns, rows, stream)
    except OSError as error:
        raise Refusal(f"{file} cannot be written: {error.strerror}.") from None


def _write(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], stream: TextIO) -> int:
    writer = csv.DictWriter(stream, columns, lineterminator="\n")
    writer.writeheader()
    count = 0
    for row in rows:
        writer.writerow({column: cell(row.get(column)) for column in columns})
        count += 1
    return count
