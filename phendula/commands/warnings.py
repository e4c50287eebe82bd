"""`phendula warnings …`: areas whose reports stand out, and the figures of a ward."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from crm_store.plain import plain
from crm_store.queries.warnings import AreaFigures, area_figures, list_warnings, wards_of
from crm_store.region import region as own_region
from crm_store.region import region_file
from crm_store.services.early_warnings import sweep_warnings
from crm_store.tables import AreaWarning
from phendula.commands.case import insist
from phendula.commands.incident import as_line
from phendula.commands.refusal import LOCAL, Refusal
from phendula.visit import one_deed

app = typer.Typer(help="Early warning by area, and ward figures.", no_args_is_help=True)

COLUMNS = (
    *("day", "level", "area", "municipality", "category", "observed", "usual", "chance", "weeks"),
    *("window_from", "window_until"),
)


@app.command("list")
def list_(
    days: Annotated[int, typer.Option(min=1, max=3660, help="Of the last so many days.")] = 7,
    municipality: Annotated[
        str | None, typer.Option("--municipality", metavar="CODE", help="Such as MLM.")
    ] = None,
    category: Annotated[
        str | None, typer.Option("--category", metavar="CATEGORY", help="Such as water.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON line each.")] = False,
) -> None:
    """List areas where more people reported than usual, with the figures."""
    since = (datetime.now(LOCAL) - timedelta(days=days - 1)).date()
    with one_deed() as session:
        region = own_region()
        insist("municipality", municipality, region.municipalities)
        insist("category", category, region.categories)
        found = list_warnings(session, since=since, municipality=municipality, category=category, limit=1000)
        lines = [as_json_line(one) if as_json else told(one) for one in found]
    for line in lines:
        typer.echo(line)
    if not lines and not as_json:
        typer.echo("No warnings.")


@app.command("check")
def check() -> None:
    """Look for warnings now instead of at the next sweep."""
    with one_deed() as session:
        found = sweep_warnings(session, own_region(), datetime.now(UTC))
    typer.echo(f"{len(found)} new warnings.")


@app.command("wards")
def wards() -> None:
    """List the wards that the municipality file knows."""
    known = wards_of(region_file().region())
    for ward in known:
        typer.echo(ward)
    if not known:
        typer.echo(
            "No place of the municipality file has a ward yet: set `ward` under places (docs/incidents.md)."
        )


@app.command("ward")
def ward(
    area: Annotated[
        str,
        typer.Argument(metavar="WARD", help="A ward (MLM/13); a place or a municipality will do as well."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show a ward's last seven days beside its usual week: for councillors."""
    with one_deed() as session:
        region = own_region()
        figures = area_figures(session, region, area, datetime.now(UTC))
        if figures is None:
            known = ", ".join(wards_of(region)) or "none yet"
            raise Refusal(f"there is no ward, place or municipality '{area}'; the wards are {known}.")
        lines = [figures_json(figures)] if as_json else list(figures_told(figures))
    for line in lines:
        typer.echo(line)


def told(warning: AreaWarning) -> str:
    """A warning as a line."""
    local = warning.window_until.astimezone(LOCAL)
    return (
        f"{warning.day}  {warning.level} {warning.area}, {warning.category}: {warning.observed} people until"
        f" {local:%H:%M}, usual {warning.usual:.1f}, chance {warning.chance:.1g}"
    )


def as_json_line(warning: AreaWarning) -> str:
    """A warning as a line of JSON."""
    return json.dumps(plain({name: getattr(warning, name) for name in COLUMNS}), ensure_ascii=False)


def figures_told(figures: AreaFigures) -> list[str]:
    """An area's figures as lines."""
    lines = [f"{figures.area} ({', '.join(figures.places)}), last 7 days:"]
    lines += [
        f"  {one.category:<14} {one.reported:>5} people reported (usual week {one.usual:g}),"
        f" {one.open} open, {one.late} late"
        for one in figures.categories
    ] or ["  nothing reported, nothing open"]
    lines += [f"  incident {as_line(one, None).strip()}" for one in figures.incidents]
    lines += [f"  warning {told(one)}" for one in figures.warnings]
    return lines


def figures_json(figures: AreaFigures) -> str:
    """An area's figures as JSON."""
    return json.dumps(
        {
            "area": figures.area,
            "places": figures.places,
            "categories": [vars(one) for one in figures.categories],
            "incidents": [json.loads(as_line(one, None, as_json=True)) for one in figures.incidents],
            "warnings": [json.loads(as_json_line(one)) for one in figures.warnings],
        },
        ensure_ascii=False,
        indent=2,
    )
