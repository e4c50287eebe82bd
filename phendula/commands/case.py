"""`phendula case …`: looking at cases and moving them on."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from crm_store.domain.cases import STAGES
from crm_store.queries.case_filter import CaseFilter
from crm_store.queries.cases import (
    EXPORT_COLUMNS,
    MORE_COLUMNS,
    Confidential,
    case_json,
    confidential_cases,
    export_cases,
    find_case,
    list_cases,
)
from crm_store.region import region as own_region
from crm_store.services.cases import CaseNotFound
from crm_store.services.confidence import note_viewed
from crm_store.services.referrals import refer_case
from crm_store.services.stages import set_stage
from crm_store.tables import Case
from phendula.commands import case_deeds, case_division
from phendula.commands.refusal import Refusal, local, read_time
from phendula.commands.table import write_csv
from phendula.visit import one_deed

app = typer.Typer(help="Look at cases and move them on.", no_args_is_help=True)
case_deeds.add_to(app)
app.command("divide")(case_division.divide)

ReferenceArgument = Annotated[str, typer.Argument(metavar="REFERENCE", help="Such as KDM-4821-7305.")]
UserOption = Annotated[
    str, typer.Option("--as", metavar="USER", help="Who does this; stands in the history.")
]
NoteOption = Annotated[
    str | None,
    typer.Option(
        "--note",
        help="What was done (resolved) or asked (waiting_for_citizen), for the citizen; else why.",
    ),
]
MunicipalityOption = Annotated[
    str | None, typer.Option("--municipality", metavar="CODE", help="Such as KDM.")
]
CategoryOption = Annotated[str | None, typer.Option("--category", help="Such as water.")]
StageOption = Annotated[str | None, typer.Option("--status", help="One of: " + ", ".join(STAGES))]
ClassOption = Annotated[str | None, typer.Option("--class", help="complaint, query, dispute or compliment.")]
ConfidentialOption = Annotated[
    bool, typer.Option("--confidential", help="Confidential ones too; stands in their history.")
]
OpenOption = Annotated[bool, typer.Option("--open", help="Only those not resolved or closed.")]
OverdueOption = Annotated[bool, typer.Option("--overdue", help="Only open ones whose promised time is past.")]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="Opened at this time or later.")
]
BeforeOption = Annotated[
    str | None, typer.Option("--before", metavar="TIME", help="Opened before this time.")
]


@dataclass(frozen=True)
class Asked:
    """The options that choose cases, as typed."""

    municipality: str | None
    category: str | None
    stage: str | None
    case_class: str | None
    open_only: bool
    overdue: bool
    opened_from: str | None
    opened_before: str | None
    confidential: bool

    def filter(self) -> CaseFilter:
        """What to ask the store for; raises Refusal for a word that no case can have."""
        region = own_region()
        insist("municipality", self.municipality, region.municipalities)
        insist("category", self.category, region.categories)
        insist("status", self.stage, STAGES)
        insist("class", self.case_class, ("complaint", "query", "dispute", "compliment"))
        return CaseFilter(
            municipality=self.municipality,
            category=self.category,
            stage=self.stage,
            case_class=self.case_class,
            open_only=self.open_only,
            overdue_at=datetime.now(UTC) if self.overdue else None,
            opened_from=read_time(self.opened_from) if self.opened_from else None,
            opened_before=read_time(self.opened_before) if self.opened_before else None,
            confidential=self.confidential,
        )


def mark_viewed(session: Session, cases: Iterable[Case | None], user: str) -> None:
    """Writes who looked at the confidential ones among the cases; raises NotForThem."""
    found = [case for case in cases if case is not None]
    note_viewed(session, own_region(), found, f"agent:{user}", datetime.now(UTC))


def insist(what: str, word: str | None, known: Collection[str]) -> None:
    """Raises Refusal when the word is given and unknown."""
    if word is not None and word not in known:
        raise Refusal(f"there is no {what} '{word}'; there are {', '.join(known)}.")


@app.command("show")
def show(
    reference: ReferenceArgument,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, with its history, as JSON.")] = False,
    confidential: ConfidentialOption = False,
    user: UserOption = "console",
) -> None:
    """Show one case."""
    with one_deed() as session:
        if confidential:
            mark_viewed(session, [find_case(session, reference)], user)
        try:
            shown = case_json(session, reference, confidential=confidential)
        except Confidential as error:
            raise Refusal(f"{error}: add --confidential, which is written into its history.") from None
    if shown is None:
        raise CaseNotFound(f"there is no case {reference}.")
    if as_json:
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    for column in (*EXPORT_COLUMNS, *MORE_COLUMNS):
        if shown[column] not in (None, False):
            value = local(shown[column]) if column.endswith("_at") else shown[column]
            typer.echo(f"{column:>22}  {value}")
    for event in shown["events"]:
        note = f": {event['note']}" if event["note"] else ""
        typer.echo(f"{local(event['at']):>22}  {event['kind']} by {event['actor']}{note}")


@app.command("list")
def list_(
    municipality: MunicipalityOption = None,
    category: CategoryOption = None,
    stage: StageOption = None,
    case_class: ClassOption = None,
    open_only: OpenOption = False,
    overdue: OverdueOption = False,
    opened_from: FromOption = None,
    opened_before: BeforeOption = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON line each.")] = False,
    confidential: ConfidentialOption = False,
    user: UserOption = "console",
) -> None:
    """List cases, newest first."""
    asked = Asked(
        municipality,
        category,
        stage,
        case_class,
        open_only,
        overdue,
        opened_from,
        opened_before,
        confidential,
    )
    with one_deed() as session:
        cases = list_cases(session, asked.filter(), limit=limit)
        mark_viewed(session, cases, user)
    for case in cases:
        row = {
            "reference": case.reference,
            "class": case.case_class,
            "category": case.category,
            "stage": case.stage,
            "municipality": case.municipality,
            "department": case.department,
            "place": case.place or case.location_text,
            "due_at": case.due_at.isoformat() if case.due_at else None,
            "opened_at": case.opened_at.isoformat(),
            "description": case.description,
        }
        typer.echo(json.dumps(row, ensure_ascii=False) if as_json else one_line(row))
    if not cases and not as_json:
        typer.echo("No cases.")


def one_line(row: dict[str, str | None]) -> str:
    """A case as a line of the list."""
    at = f"{row['municipality']}/{row['department']}"
    due = f"due {local(row['due_at'])}" if row["due_at"] else ""
    text = " ".join((row["description"] or "").split())[:50]
    what = f"{row['class']:<10} {row['category']:<13} {row['stage']:<12}"
    return f"{row['reference']}  {what} {at:<20} {due}  {text}"


@app.command("export")
def export(
    municipality: MunicipalityOption = None,
    category: CategoryOption = None,
    stage: StageOption = None,
    case_class: ClassOption = None,
    open_only: OpenOption = False,
    overdue: OverdueOption = False,
    opened_from: FromOption = None,
    opened_before: BeforeOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Instead of standard output.")
    ] = None,
    confidential: ConfidentialOption = False,
    user: UserOption = "console",
) -> None:
    """Write cases as CSV, one row a case, oldest first."""
    asked = Asked(
        municipality,
        category,
        stage,
        case_class,
        open_only,
        overdue,
        opened_from,
        opened_before,
        confidential,
    )
    with one_deed() as session:
        if confidential:
            mark_viewed(session, confidential_cases(session, asked.filter()), user)
        count = write_csv(EXPORT_COLUMNS, export_cases(session, asked.filter()), out)
    typer.echo(f"{count} cases", err=True)


@app.command("set-status")
def set_status(
    reference: ReferenceArgument,
    status: Annotated[str, typer.Argument(metavar="STATUS", help="One of: " + ", ".join(STAGES))],
    user: UserOption = "console",
    note: NoteOption = None,
) -> None:
    """Move a case to another stage."""
    insist("status", status, STAGES)
    with one_deed() as session:
        case = set_stage(
            session, own_region(), reference, status, f"agent:{user}", note, now=datetime.now(UTC)
        )
        told = f"{case.reference} is {case.stage} now."
    typer.echo(told)


@app.command("refer")
def refer(
    reference: ReferenceArgument,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="WHERE",
            help="A municipality (IDM), its department (IDM/water), or a body outside (eskom).",
        ),
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why; stands in the history.")],
    user: UserOption = "console",
) -> None:
    """Offer a case to another municipality or department, or send it to a body outside; its clock runs on."""
    municipality: str | None
    municipality, _, department = to.partition("/")
    with one_deed() as session:
        region = own_region()
        outside = to if to in region.externals else None
        if outside:
            municipality, department = None, ""
        try:
            case = refer_case(
                session,
                region,
                reference,
                f"agent:{user}",
                municipality=municipality,
                department=department or None,
                referred_to=outside,
                note=reason,
                now=datetime.now(UTC),
            )
        except ValueError as error:
            raise Refusal(f"{error}.") from None
        asked = case.follow_up_on.isoformat() if case.follow_up_on else ""
        told = (
            f"{case.reference} is with {outside} now; ask how far it is on {asked}."
            if outside
            else f"{case.reference} is offered to {case.municipality}/{case.department} now."
        )
    typer.echo(told)
