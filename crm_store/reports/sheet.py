"""A report as rows for a spreadsheet: one for each measure of each group."""

from collections.abc import Iterator

from crm_store.reports.calculation import FEWEST, Report, Value
from crm_store.reports.words import group_name, measure_name, title

COLUMNS = (
    *("period", "first_day", "last_day", "until", "group", "key", "name", "measure", "measure_name", "unit"),
    *("value", "before", "difference", "percent"),
)


def sheet(report: Report, language: str = "en") -> Iterator[dict[str, str]]:
    """The rows, with the columns of COLUMNS; numbers without separators, nothing where there is none."""
    period = report.period
    common = {
        "period": period.name,
        "first_day": str(period.first),
        "last_day": str(period.last),
        "until": report.until.isoformat(),
    }
    for row in report.rows:
        name = group_name(row, report.region, language) if row.group != "all" else title(report, language)
        for measure in report.measures:
            figure = row.figures[measure.name]
            numbers = {
                which: f"<{FEWEST}" if which in figure.masked else _plain(getattr(figure, which))
                for which in ("value", "before", "difference", "percent")
            }
            yield {
                **common,
                "group": row.group,
                "key": "/".join(part or "" for part in row.key),
                "name": name,
                "measure": measure.name,
                "measure_name": measure_name(report, measure, language),
                "unit": measure.unit,
                **numbers,
            }


def _plain(value: Value) -> str:
    return "" if value is None else str(value)
