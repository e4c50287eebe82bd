"""`phendula user …`: who may sign in to the desk. Passwords are printed once or asked for, no arguments."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from crm_store.domain.roles import ROLES
from crm_store.queries.users import users
from crm_store.region import region
from crm_store.services.users import (
    Wanted,
    add_user,
    change_user,
    let_in,
    reset_password,
    reset_second_factor,
    set_active,
    set_password,
    user_named,
)
from phendula.commands.refusal import LOCAL, Refusal
from phendula.visit import one_deed

app = typer.Typer(help="Who may sign in to the desk.", no_args_is_help=True)

UsernameArgument = Annotated[str, typer.Argument(metavar="USERNAME", help="Such as zanele.")]
RoleHelp = f"One of {', '.join(ROLES)}."
MunicipalityOption = Annotated[
    str | None, typer.Option("--municipality", metavar="CODE", help="Only this one's, such as KDM.")
]
DepartmentOption = Annotated[
    str | None, typer.Option("--department", metavar="ID", help="Only this department of it, such as water.")
]
WardOption = Annotated[
    list[str] | None, typer.Option("--ward", metavar="CODE/NUMBER", help="Only this ward, such as KDM/12.")
]
AskOption = Annotated[
    bool, typer.Option("--ask", help="Ask for the password on the terminal instead of making one.")
]
ByOption = Annotated[str, typer.Option("--as", metavar="USER", help="Who does it, for the history.")]


@app.command("add")
def add(
    username: UsernameArgument,
    role: Annotated[str, typer.Option("--role", help=RoleHelp)] = "agent",
    name: Annotated[str | None, typer.Option("--name", help="As colleagues know them.")] = None,
    municipality: MunicipalityOption = None,
    department: DepartmentOption = None,
    wards: WardOption = None,
    email: Annotated[str | None, typer.Option("--email", help="For notices and single sign-on.")] = None,
    phone: Annotated[str | None, typer.Option("--phone", help="Such as +27821234567.")] = None,
    language: Annotated[str, typer.Option("--language", help="Of the desk's pages: en or zu.")] = "en",
    ask: AskOption = False,
    user: ByOption = "console",
) -> None:
    """Add somebody. The first password is printed this once, and must be changed at the first sign-in."""
    wanted = Wanted(
        name=name or username.title(),
        role=role,
        municipality=municipality,
        department=department,
        wards=tuple(wards or ()),
        email=email,
        phone=phone,
        language=language,
    )
    typed = _asked_password() if ask else None
    now, actor = datetime.now(UTC), f"agent:{user}"
    with one_deed() as session:
        added, password = add_user(session, region(), username, wanted, actor, now)
        if typed is not None:
            set_password(session, added.id, typed, actor, now)
    _tell_password(added.username, None if ask else password)


@app.command("list")
def list_users() -> None:
    """List who may sign in, and where they work."""
    now = datetime.now(UTC)
    with one_deed() as session:
        found = users(session, now)
    for one in found:
        user = one.user
        where = "/".join(filter(None, (user.municipality, user.department))) or "everywhere"
        seen = user.last_signed_in_at
        state = "may not sign in" if not user.active else "locked for a while" if one.locked else ""
        last = f"last {seen.astimezone(LOCAL):%Y-%m-%d %H:%M}" if seen else "never signed in"
        typer.echo(
            f"{user.username:<20} {user.role:<18} {where:<16} {' '.join(user.wards):<12} {last}"
            f"{'  code' if user.totp_secret else ''}{f'  {state}' if state else ''}"
        )
    if not found:
        typer.echo("No users. Add one: phendula user add NAME --role administrator")


@app.command("role")
def role_of(
    username: UsernameArgument,
    role: Annotated[str, typer.Argument(metavar="ROLE", help=RoleHelp)],
    municipality: MunicipalityOption = None,
    department: DepartmentOption = None,
    wards: WardOption = None,
    everywhere: Annotated[bool, typer.Option("--everywhere", help="Lift all limits of where.")] = False,
    by: ByOption = "console",
) -> None:
    """Give somebody another role, or another area of work; what is not named stays."""
    if everywhere and (municipality or department or wards):
        raise Refusal("--everywhere lifts the limits that the other options set: give one or the other.")
    with one_deed() as session:
        user = user_named(session, username)
        moved = municipality is not None and municipality != user.municipality
        kept = user.department if not moved and not everywhere else None
        wanted = Wanted(
            name=user.name or user.username,
            role=role,
            municipality=None if everywhere else municipality or user.municipality,
            department=department or kept,
            wards=() if everywhere or (moved and not wards) else tuple(wards or user.wards),
            email=user.email,
            phone=user.phone,
            language=user.language,
        )
        change_user(session, region(), user.id, wanted, f"agent:{by}", datetime.now(UTC))
    where = "/".join(filter(None, (wanted.municipality, wanted.department))) or "everywhere"
    typer.echo(f"{user.username}: {role}, {where}{', ' if wanted.wards else ''}{' '.join(wanted.wards)}.")


@app.command("deactivate")
def deactivate(username: UsernameArgument, user: ByOption = "console") -> None:
    """Let somebody in no more, at once. Their name stays in the history."""
    with one_deed() as session:
        found = set_active(
            session, user_named(session, username).id, False, f"agent:{user}", datetime.now(UTC)
        )
    typer.echo(f"{found.username} may not sign in any more.")


@app.command("activate")
def activate(username: UsernameArgument, user: ByOption = "console") -> None:
    """Let somebody in again."""
    with one_deed() as session:
        found = set_active(
            session, user_named(session, username).id, True, f"agent:{user}", datetime.now(UTC)
        )
    typer.echo(f"{found.username} may sign in again.")


@app.command("password")
def password_of(username: UsernameArgument, ask: AskOption = False, user: ByOption = "console") -> None:
    """Give somebody a new password, printed this once; they must change it when they sign in."""
    typed = _asked_password() if ask else None
    now, actor = datetime.now(UTC), f"agent:{user}"
    with one_deed() as session:
        found = user_named(session, username)
        made = None
        if typed is None:
            made = reset_password(session, found.id, actor, now)
        else:
            set_password(session, found.id, typed, actor, now)
    _tell_password(found.username, made)


@app.command("unlock")
def unlock(username: UsernameArgument, user: ByOption = "console") -> None:
    """Let somebody try again at once after too many wrong passwords."""
    with one_deed() as session:
        found = user_named(session, username)
        let_in(session, found.id, f"agent:{user}", datetime.now(UTC))
    typer.echo(f"{found.username} may try again.")


@app.command("forget-code")
def forget_code(username: UsernameArgument, user: ByOption = "console") -> None:
    """Ask somebody for no code any more (their telephone is lost, and the recovery codes with it)."""
    with one_deed() as session:
        found = user_named(session, username)
        reset_second_factor(session, found.id, f"agent:{user}", datetime.now(UTC))
    typer.echo(f"{found.username} signs in by password alone; set the code up again on the profile page.")


def _asked_password() -> str:
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed


def _tell_password(username: str, password: str | None) -> None:
    if password is not None:
        typer.echo(password)
        typer.echo("It is not shown again.", err=True)
    typer.echo(f"{username} chooses another password at the next sign-in.", err=True)
