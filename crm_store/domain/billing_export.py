"""The billing system's file of readings, in the columns and form that a municipality wants.

Nothing here reads the store: rows come in, lines go out.
"""

import csv
import datetime as dt
import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from crm_store.domain.region import BillingExport, ExportColumn, ReadingValue

#: What a row of a reading can tell, in the order of the standard file.
READING_VALUES: tuple[ReadingValue, ...] = get_args(ReadingValue)
_STANDARD = tuple(ExportColumn(name=value, value=value) for value in READING_VALUES)


@dataclass(frozen=True)
class Written:
    """What a file holds: rows, the sum of its readings, and the SHA-256 of its bytes in hexadecimal."""

    text: str
    count: int
    sum: int
    sha256: str


def written(rows: Sequence[Mapping[str, Any]], layout: BillingExport) -> Written:
    """The file of these rows in the layout, UTF-8 when encoded, with the figures to check it by."""
    text = "".join(lines(rows, layout))
    return Written(
        text=text,
        count=len(rows),
        sum=sum(int(row["reading"]) for row in rows),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


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


def _shown(value: Any, layout: BillingExport) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, dt.date):
        return value.strftime(layout.date_format)
    return value


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return "" if value is None else value
    value = re.sub(r"[\x00-\x1f]", " ", value)
    # Billing files are opened in spreadsheets too: a meter number that begins like a formula must not run.
    return "'" + value if value[:1] in ("=", "+", "-", "@") else value
