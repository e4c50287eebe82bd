"""The billing system's file of readings, in the columns and form that a municipality wants.

Nothing here reads the store: rows come in, lines go out.
"""

import csv
import datetime as dt
import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TextIO, get_args

from crm_store.domain.region import BillingExport, ExportColumn, ReadingValue

#: What a row of a reading can tell, in the order of the standard file.
READING_VALUES: tuple[ReadingValue, ...] = get_args(ReadingValue)
_CONTROL = re.compile(r"[\x00-\x1f]")
_STANDARD = tuple(ExportColumn(name=value, value=value) for value in READING_VALUES)


@dataclass(frozen=True)
class Written:
    """What a file holds: rows, the sum of its readings, and the SHA-256 of its bytes in hexadecimal."""

    count: int
    sum: int
    sha256: str


def write(rows: Iterable[Mapping[str, Any]], layout: BillingExport, file: TextIO) -> Written:
    """Write the rows in the layout, row by row; returns the figures to check the file by, as UTF-8."""
    count = total = 0
    digest = hashlib.sha256()

    def counted() -> Iterator[Mapping[str, Any]]:
        nonlocal count, total
        for row in rows:
            count += 1
            total += int(row["reading"])
            yield row

    for line in lines(counted(), layout):
        digest.update(line.encode())
        file.write(line)
    return Written(count=count, sum=total, sha256=digest.hexdigest())


def lines(rows: Iterable[Mapping[str, Any]], layout: BillingExport) -> Iterator[str]:
    """The file's lines, each with its line end."""
    columns = layout.columns or _STANDARD
    if layout.format == "jsonl":
        for row in rows:
            told = {column.name: _shown(row[column.value], layout) for column in columns}
            yield json.dumps(told, ensure_ascii=False) + "\n"
        return
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=layout.separator, lineterminator="\n")
    if layout.header:
        writer.writerow([column.name for column in columns])
    for row in rows:
        writer.writerow([_cell(_shown(row[column.value], layout)) for column in columns])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def in_pieces(texts: Iterable[str], characters: int = 60_000) -> Iterator[str]:
    """The same text in pieces of about so many characters, as they go over a network."""
    piece = io.StringIO()
    for text in texts:
        piece.write(text)
        if piece.tell() >= characters:
            yield piece.getvalue()
            piece = io.StringIO()
    yield piece.getvalue()


def _shown(value: Any, layout: BillingExport) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, dt.date):
        return value.strftime(layout.date_format)
    return value


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return "" if value is None else value
    if not value.isprintable():
        value = _CONTROL.sub(" ", value)
    # Billing files are opened in spreadsheets too: a meter number that begins like a formula must not run.
    return "'" + value if value[:1] in ("=", "+", "-", "@") else value
