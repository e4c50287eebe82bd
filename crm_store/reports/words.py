"""A report's figures and names as they are read: in the language of the report, masked where too few."""

from decimal import Decimal

from crm_store.domain.region import Region
from crm_store.reports.calculation import FEWEST, Figure, Report, Row, Value
from crm_store.reports.measures import Measure
from crm_store.texts import label

NOTHING = "-"


def shown(figure: Figure, which: str = "value") -> str:
    """The figure ('value', 'before', 'difference' or 'percent') in signs; '<5' where it is masked."""
    if which in figure.masked:
        return f"<{FEWEST}"
    value: Value = getattr(figure, which)
    if value is None:
        return NOTHING
    number = f"{value:,}".replace(",", " ")
    if which in ("difference", "percent") and value > 0:
        number = f"+{number}"
    return f"{number} %" if which == "percent" else number


def measure_name(report: Report, measure: Measure, language: str) -> str:
    """The measure's name; a step of the ladder by its share of the time."""
    if measure.name.startswith("escalated_"):
        step = int(measure.name.removeprefix("escalated_"))
        return f"{label('measure', 'at_step', language)} {report.region.escalation[step - 1].at_percent} %"
    return label("measure", measure.name, language)


def unit_name(measure: Measure, language: str) -> str:
    """What is counted: cases, events, people …"""
    return label("unit", measure.unit, language)


def group_name(row: Row, region: Region, language: str) -> str:
    """The row's name: 'water', 'KwaDukuza Municipality, Roads and Stormwater'."""
    unknown = label("report", "unknown", language)
    match row.group:
        case "all":
            return label("report", "all", language)
        case "class":
            return label("class", row.key[0] or "", language)
        case "category" | "confidential":
            category = region.categories.get(row.key[0] or "")
            return category.name.in_language(language) if category else label("choice", "other", language)
        case "ward":
            return row.key[0] or unknown
    municipality = region.municipalities.get(row.key[0] or "")
    name = municipality.name.in_language(language) if municipality else row.key[0] or unknown
    if row.group == "municipality":
        return name
    second = row.key[1]
    if row.group == "department" and municipality and second in municipality.departments:
        second = municipality.departments[second].name.in_language(language)
    return f"{name}, {second or unknown}"


def title(report: Report, language: str) -> str:
    """'Promises kept: KwaDukuza Municipality, 2026-04-01 - 2026-04-30'."""
    region = report.region
    where = region.name if report.municipality is None else region.municipalities[report.municipality].name
    period = report.period
    return (
        f"{label('report', 'title', language)}: {where.in_language(language)}, {period.first} - {period.last}"
    )


def share(value: Value, most: Value) -> int:
    """The length of a bar in hundredths of the longest."""
    return int(Decimal(value) * 100 / Decimal(most)) if value and most else 0
