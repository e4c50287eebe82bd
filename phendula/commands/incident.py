"""`phendula incident …`: troubles that many have, from the first suggestion to the end."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from crm_store.domain.places import Gazetteer
from crm_store.domain.region import Region
from crm_store.domain.troubles import troubles
from crm_store.queries.incidents import incident_json, list_incidents
from crm_store.region import region as own_region
from crm_store.services.incidents import (
    IncidentNotFound,
    NewIncident,
    confirm_incident,
    dismiss_incident,
    end_incident,
    link_case,
    open_incident,
    unlink_case,
    update_incident,
)
from crm_store.tables import Incident
from phendula.commands.case import insist
from phendula.commands.refusal import LOCAL, Refusal, read_time
from phendula.visit import one_deed

app = typer.Typer(help="Troubles that many people report: outages and planned work.", no_args_is_help=True)

NumberArgument = Annotated[int, typer.Argument(metavar="NUMBER", help="As `incident list` shows it.")]
UserOption = Annotated[
    str, typer.Option("--as", metavar="USER", help="Who does this; stands in the history.")
]
UntilOption = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="When it is expected to be over.")
]
NoteOption = Annotated[str | None, typer.Option("--note", help="Why; stands in the history.")]
TitleEnOption = Annotated[
    str | None, typer.Option("--title-en", help="The trouble in your own words, English.")
]
TitleZuOption = Annotated[str | None, typer.Option("--title-zu", help="The same in isiZulu.")]


@app.command("list")
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Those that are over or dismissed, too.")] = False,
    category: Annotated[
        str | None, typer.Option("--category", metavar="CATEGORY", help="Such as water.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON line each.")] = False,
) -> None:
    """List incidents, suggestions for you to confirm among them, the newest first."""
    states = ("suggested", "open", "over", "dismissed") if all_ else ("suggested", "open")
    with one_deed() as session:
        insist("category", category, own_region().categories)
        rows = list_incidents(session, states=states, category=category, limit=limit)
        lines = [as_line(incident, cases, as_json=as_json) for incident, cases in rows]
    for line in lines:
        typer.echo(line)
    if not lines and not as_json:
        typer.echo("No incidents.")


@app.command("show")
def show(
    number: NumberArgument,
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
) -> None:
    """Show an incident, its cases and its history."""
    with one_deed() as session:
        shown = incident_json(session, number)
    if shown is None:
        raise IncidentNotFound(f"there is no incident {number}.")
    if as_json:
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    for name, value in shown.items():
        if name not in ("cases", "events") and value is not None:
            said = local(value) if name.endswith("_at") else value
            typer.echo(f"{name:>16}  {said}")
    for case in shown["cases"]:
        typer.echo(f"{'case':>16}  {case['reference']}  {case['stage']}  {local(case['opened_at'])}")
    for event in shown["events"]:
        note = f": {event['note']}" if event["note"] else ""
        typer.echo(f"{local(event['at']):>16}  {event['kind']} by {event['actor']}{note}")


@app.command("open")
def open_(
    category: Annotated[str, typer.Argument(metavar="CATEGORY", help="Such as water.")],
    place: Annotated[str | None, typer.Option("--place", help="Such as Sundumbili.")] = None,
    ward: Annotated[str | None, typer.Option("--ward", help="Instead of a place, such as MLM/13.")] = None,
    trouble: Annotated[
        str | None, typer.Option("--trouble", help="What is wrong; the category's first when left out.")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="TIME", help="Now when left out.")] = None,
    until: UntilOption = None,
    title_en: TitleEnOption = None,
    title_zu: TitleZuOption = None,
    planned: Annotated[
        bool, typer.Option("--planned", help="Work that is announced; needs --until.")
    ] = False,
    user: UserOption = "console",
) -> None:
    """Open an incident: reports of it join, and the people who sent them are told."""
    usual, now = next(iter(troubles().get(category, {})), "other"), datetime.now(UTC)
    with one_deed() as session:
        region = own_region()
        incident = open_incident(
            session,
            region,
            NewIncident(
                category=category,
                trouble=trouble or usual,
                place=named(region, place) if place else None,
                ward=ward.upper() if ward else None,
                title=title(title_en, title_zu),
                started_at=read_time(since) if since else now,
                expected_end_at=read_time(until) if until else None,
                kind="planned" if planned else "outage",
            ),
            f"agent:{user}",
            now,
        )
        line = as_line(incident, None)
    typer.echo(line)


@app.command("confirm")
def confirm(number: NumberArgument, until: UntilOption = None, user: UserOption = "console") -> None:
    """Confirm a suggestion: whoever reported it, or does so from now on, is told that it is known."""
    with one_deed() as session:
        incident = confirm_incident(
            session,
            own_region(),
            number,
            f"agent:{user}",
            datetime.now(UTC),
            read_time(until) if until else None,
        )
        line = as_line(incident, None)
    typer.echo(line)


@app.command("dismiss")
def dismiss(number: NumberArgument, note: NoteOption = None, user: UserOption = "console") -> None:
    """Dismiss a suggestion: the reports are no one trouble, and each case goes on for itself."""
    with one_deed() as session:
        dismiss_incident(session, number, f"agent:{user}", datetime.now(UTC), note)
    typer.echo(f"Incident {number} is dismissed.")


@app.command("update")
def update(
    number: NumberArgument,
    until: UntilOption = None,
    title_en: TitleEnOption = None,
    title_zu: TitleZuOption = None,
    quietly: Annotated[bool, typer.Option("--quietly", help="Tell nobody of the new time.")] = False,
    user: UserOption = "console",
) -> None:
    """Change the expected time or the wording; people are told a new time."""
    if until is None and title_en is None and title_zu is None:
        raise Refusal("say what changes: --until, or --title-en and --title-zu.")
    with one_deed() as session:
        incident = update_incident(
            session,
            own_region(),
            number,
            f"agent:{user}",
            datetime.now(UTC),
            expected_end_at=read_time(until) if until else None,
            title=title(title_en, title_zu),
            tell=not quietly,
        )
        line = as_line(incident, None)
    typer.echo(line)


@app.command("end")
def end(
    number: NumberArgument,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="Now when left out.")] = None,
    resolve: Annotated[
        str | None,
        typer.Option(
            "--resolve", metavar="DONE", help="What was done: resolves the cases, and is told to them."
        ),
    ] = None,
    resolve_zu: Annotated[
        str | None,
        typer.Option("--resolve-zu", metavar="DONE", help="The same, for those who write isiZulu."),
    ] = None,
    user: UserOption = "console",
) -> None:
    """End an incident; everyone who reported it is told once."""
    if resolve_zu and not resolve:
        raise Refusal("give --resolve too: the words for those who write English.")
    with one_deed() as session:
        ended = end_incident(
            session,
            own_region(),
            number,
            f"agent:{user}",
            datetime.now(UTC),
            ended_at=read_time(at) if at else None,
            resolve=resolve,
            resolve_zu=resolve_zu,
        )
    done = "resolved and their citizens told" if resolve else "told that it is over; they go on"
    typer.echo(f"Incident {number} is over: {ended} case{'' if ended == 1 else 's'} {done}.")


@app.command("link")
def link(
    number: NumberArgument,
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="Such as KDM-4821-7305.")],
    user: UserOption = "console",
) -> None:
    """Put a case to an incident."""
    with one_deed() as session:
        link_case(session, own_region(), number, reference, f"agent:{user}", datetime.now(UTC))
    typer.echo(f"{reference} belongs to incident {number} now.")


@app.command("unlink")
def unlink(
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="Such as KDM-4821-7305.")],
    user: UserOption = "console",
) -> None:
    """Take a case from its incident."""
    with one_deed() as session:
        unlink_case(session, reference, f"agent:{user}", datetime.now(UTC))
    typer.echo(f"{reference} belongs to no incident now.")


def named(region: Region, written: str) -> str:
    """The gazetteer's name of a place, read forgivingly; raises Refusal."""
    found = Gazetteer(region).find(written)
    if found is None:
        raise Refusal(f"there is no place '{written}' in the municipality file.")
    return found.place.name


def title(english: str | None, isizulu: str | None) -> dict[str, Any] | None:
    """The trouble in staff's own words, or None."""
    return {"en": english or "", "zu": isizulu or ""} if english or isizulu else None


def local(moment: str) -> str:
    """A stored time as people here read it."""
    return datetime.fromisoformat(moment).astimezone(LOCAL).strftime("%Y-%m-%d %H:%M")


def as_line(incident: Incident, cases: int | None, *, as_json: bool = False) -> str:
    """An incident as a line of the list."""
    row: dict[str, Any] = {
        "number": incident.number,
        "state": incident.state,
        "kind": incident.kind,
        "category": incident.category,
        "trouble": incident.trouble,
        "where": incident.place or incident.ward or f"{incident.latitude}, {incident.longitude}",
        "started_at": incident.started_at.isoformat(),
        "expected_end_at": incident.expected_end_at.isoformat() if incident.expected_end_at else None,
        "confidence": incident.confidence,
        "confirmed_by": incident.confirmed_by,
        "cases": cases,
    }
    if as_json:
        return json.dumps(row, ensure_ascii=False)
    until = f", expected over {local(row['expected_end_at'])}" if row["expected_end_at"] else ""
    counted = f", {cases} case{'' if cases == 1 else 's'}" if cases is not None else ""
    unconfirmed = "" if incident.confirmed_by or incident.state != "open" else ", by its numbers"
    what = f"{incident.state} {incident.kind}{unconfirmed}: {incident.category} {incident.trouble}"
    return f"{incident.number:>5}  {what}, {row['where']}, since {local(row['started_at'])}{until}{counted}"
