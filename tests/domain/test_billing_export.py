"""The billing file: columns, separator and dates as the municipality has them, and figures to check it by."""

import csv
import hashlib
import io
import json
import re
from datetime import date, datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crm_store.domain.billing_export import READING_VALUES, write
from crm_store.domain.region import BillingExport, ExportColumn

ROW = {
    "account_number": "41006273",
    "municipality": "KDM",
    "service": "water",
    "meter_number": "W100",
    "reading": "02214",
    "taken_on": date(2026, 7, 5),
    "taken_at": datetime(2026, 7, 5, 6, 30, tzinfo=timezone.utc),  # noqa: UP017
    "state": "accepted",
    "flags": "",
    "channel": "sms",
    "reading_id": "0198",
    "replaces": None,
    "register": "",
}


def written(rows, layout):
    file = io.StringIO()
    return file, write(rows, layout, file)


def text_of(rows, layout):
    return written(rows, layout)[0].getvalue()


def test_the_standard_file_has_every_value_under_its_name():
    file, figures = written([ROW], BillingExport())
    (row,) = csv.DictReader(io.StringIO(file.getvalue()))
    assert tuple(row) == READING_VALUES
    assert (row["reading"], row["taken_on"], row["replaces"]) == ("02214", "2026-07-05", "")
    assert (figures.count, figures.sum) == (1, 2214)
    assert figures.sha256 == hashlib.sha256(file.getvalue().encode()).hexdigest()


def test_rows_go_through_one_by_one():
    seen = []

    def rows():
        for _ in range(3):
            seen.append(file.getvalue().count("\n"))
            yield ROW

    file = io.StringIO()
    assert write(rows(), BillingExport(header=False), file).count == 3
    assert seen == [0, 1, 2]


def test_a_municipality_has_its_own_columns():
    layout = BillingExport(
        separator=";",
        header=False,
        date_format="%Y%m%d",
        columns=(
            ExportColumn(name="ACC", value="account_number"),
            ExportColumn(name="DT", value="taken_on"),
            ExportColumn(name="RDG", value="reading"),
        ),
    )
    assert text_of([ROW], layout) == "41006273;20260705;02214\n"
    lines = text_of([ROW, ROW], layout.model_copy(update={"format": "jsonl"})).splitlines()
    assert [json.loads(line) for line in lines] == [{"ACC": "41006273", "DT": "20260705", "RDG": "02214"}] * 2


def test_an_unknown_value_is_refused():
    with pytest.raises(ValidationError, match="balance"):
        BillingExport.model_validate({"columns": [{"name": "X", "value": "balance"}]})


@given(st.text(max_size=20), st.sampled_from([",", ";", "\t", "|"]))
def test_whatever_a_meter_number_holds_the_row_is_read_back(text, separator):
    layout = BillingExport(
        separator=separator, header=False, columns=(ExportColumn(name="M", value="meter_number"),) * 2
    )
    file = text_of([ROW | {"meter_number": text}], layout)
    rows = list(csv.reader(io.StringIO(file, newline=""), delimiter=separator))
    plain = re.sub(r"[\x00-\x1f]", " ", text)
    expected = "'" + plain if plain[:1] in ("=", "+", "-", "@") else plain
    assert rows == [[expected, expected]]
