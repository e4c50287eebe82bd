"""A report for the terminal: the whole region's measures, and the promises of every group."""

from collections.abc import Iterator

from crm_store.reports.calculation import GROUPS, Report
from crm_store.reports.words import group_name, measure_name, shown, title, unit_name
from crm_store.texts import label

#: What stands in the tables by group: the other measures are in the HTML page and the CSV file.
IN_GROUPS = (
    *("received", "open_at_end", "kept", "broken", "kept_share", "resolved", "escalated", "referred"),
    *("reopened", "rated", "rating_mean"),
)


def lines(report: Report, language: str = "en") -> Iterator[str]:
    """The report line by line."""
    yield title(report, language)
    if not report.whole:
        until = report.until.astimezone(report.period.timezone)
        yield f"{label('report', 'so_far', language)} {until:%Y-%m-%d %H:%M}"
    yield ""
    heads = [label("report", name, language) for name in ("now", "before", "difference")]
    yield f"{'':<44} {'':<10}" + "".join(f"{head:>22}" for head in heads)
    everything = report.of("all")[0].figures
    for measure in report.measures:
        figure = everything[measure.name]
        cells = [shown(figure, which) for which in ("value", "before", "difference")]
        name = f"{measure_name(report, measure, language):<44} {unit_name(measure, language):<10}"
        yield name + "".join(f"{cell:>22}" for cell in cells) + f"{shown(figure, 'percent'):>11}"
    for group in GROUPS[1:]:
        rows = report.of(group)
        if not rows:
            continue
        chosen = [measure for measure in report.measures if measure.name in IN_GROUPS]
        yield ""
        yield label("report", f"by_{group}", language)
        for number, measure in enumerate(chosen, 1):
            yield f"  {number}: {measure_name(report, measure, language)}"
        yield f"{'':<52}" + "".join(f"{number:>9}" for number in range(1, len(chosen) + 1))
        for row in rows:
            cells = [shown(row.figures[measure.name]) for measure in chosen]
            yield f"{group_name(row, report.region, language)[:51]:<52}" + "".join(f"{c:>9}" for c in cells)
