"""A report as one HTML page that needs nothing else: no script, tables that a screen reader can follow."""

from collections.abc import Iterator
from html import escape

from crm_store.reports.calculation import FEWEST, GROUPS, Report, Row
from crm_store.reports.text import IN_GROUPS
from crm_store.reports.words import group_name, measure_name, share, shown, title, unit_name
from crm_store.texts import label

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1b1b1b; margin: 2rem auto; max-width: 75rem;
  padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2.2rem }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100% }
caption { text-align: left; color: #444; padding-bottom: .4rem }
th, td { padding: .3rem .5rem; border-bottom: 1px solid #ccc; text-align: right; vertical-align: bottom }
th[scope=row], thead th:first-child { text-align: left } th { font-weight: 600 } tbody th { font-weight: 400 }
.unit { color: #555; text-align: left } svg { vertical-align: middle }
@media print { body { margin: 0; max-width: none; font-size: 10px } table { page-break-inside: auto }
  tr { break-inside: avoid } h2 { break-after: avoid } }
"""


def page(report: Report, language: str = "en") -> str:
    """The page. Every name is escaped."""
    return "\n".join(_parts(report, language)) + "\n"


def _parts(report: Report, language: str) -> Iterator[str]:
    def say(name: str) -> str:
        return escape(label("report", name, language))

    head = escape(title(report, language))
    yield f'<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{head}</title>\n<style>{_STYLE}</style></head>\n<body>\n<h1>{head}</h1>"
    if not report.whole:
        until = report.until.astimezone(report.period.timezone)
        yield f"<p>{say('so_far')} {until:%Y-%m-%d %H:%M}</p>"
    yield f'<div class="wide"><table><caption>{say("all")}</caption><thead><tr>'
    yield f'<th scope="col">{say("measure")}</th>'
    yield f'<th scope="col" class="unit">{say("unit")}</th>'
    for name in ("now", "before", "difference"):
        yield f'<th scope="col">{say(name)}</th>'
    yield '<th scope="col">%</th></tr></thead><tbody>'
    figures = report.of("all")[0].figures
    for measure in report.measures:
        figure = figures[measure.name]
        cells = "".join(
            f"<td>{escape(shown(figure, which))}</td>"
            for which in ("value", "before", "difference", "percent")
        )
        name = escape(measure_name(report, measure, language))
        unit = escape(unit_name(measure, language))
        yield f'<tr><th scope="row">{name}</th><td class="unit">{unit}</td>{cells}</tr>'
    yield "</tbody></table></div>"
    for group in GROUPS[1:]:
        if rows := report.of(group):
            yield f"<h2>{say(f'by_{group}')}</h2>"
            if group == "confidential":
                yield f"<p>{say('masked')} {FEWEST}.</p>"
            yield from _table(report, rows, language, say("now"))
    yield f"<p>{say('defined')}</p>\n</body>\n</html>"


def _table(report: Report, rows: list[Row], language: str, caption: str) -> Iterator[str]:
    chosen = [measure for measure in report.measures if measure.name in IN_GROUPS]
    most = max((row.figures["received"].value or 0 for row in rows), default=0)
    yield f'<div class="wide"><table><caption>{caption}</caption><thead><tr><td></td>'
    for measure in chosen:
        yield f'<th scope="col">{escape(measure_name(report, measure, language))}</th>'
    yield "</tr></thead><tbody>"
    for row in rows:
        yield f'<tr><th scope="row">{escape(group_name(row, report.region, language))}</th>'
        for measure in chosen:
            figure = row.figures[measure.name]
            bar = ""
            if measure.name == "received" and "value" not in figure.masked:
                length = share(figure.value, most) * 0.6
                bar = (
                    '<svg aria-hidden="true" width="60" height="9">'
                    f'<rect width="{length:.0f}" height="9" fill="#2b6cb0"/></svg> '
                )
            before = escape(shown(figure, "difference"))
            yield f'<td>{bar}{escape(shown(figure))} <small title="{caption}">({before})</small></td>'
        yield "</tr>"
    yield "</tbody></table></div>"
