"""Who may sign in: the administrator's list, and each user's page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response

from crm_store.database import transaction
from crm_store.domain.roles import ROLES
from crm_store.queries.users import users
from crm_store.region import region
from crm_store.services.desk_sessions import sessions_of
from crm_store.services.sign_in import is_locked
from crm_store.services.users import (
    UserNotFound,
    UserRefused,
    Wanted,
    add_user,
    change_user,
    let_in,
    reset_password,
    reset_second_factor,
    set_active,
    user_by_id,
)
from crm_store.tables import User
from desk.access import SignedIn, allowed, idle_time
from desk.forms import Form, posted, redirect
from desk.pages import page
from desk.staff_names import forget_names, role_name
from desk.words import N_, _, language

router = APIRouter(prefix="/desk/administration/users")

Administrator = Annotated[SignedIn, Depends(allowed("users"))]
Posted = Annotated[Form, Depends(posted)]

#: (field, fault) -> what stands beside the field.
FAULTS = {
    ("username", "form"): N_("2 to 40 small letters, digits, dots or dashes; a letter first."),
    ("username", "taken"): N_("There is a user of this name already."),
    ("name", "missing"): N_("Please write the name."),
    ("role", "unknown"): N_("Please choose a role."),
    ("role", "last"): N_("This is the last administrator. Make another one first."),
    ("municipality", "unknown"): N_("There is no such municipality."),
    ("municipality", "outside"): N_("You administer your own municipality only."),
    ("department", "unknown"): N_("This municipality has no such department."),
    ("wards", "form"): N_("Write wards like KDM/12, with spaces between them."),
    ("wards", "elsewhere"): N_("A ward lies outside of the municipality."),
    ("wards", "missing"): N_("A councillor needs at least one ward."),
    ("email", "taken"): N_("Another user has this e-mail address."),
    ("language", "unknown"): N_("Please choose a language."),
}


@router.get("")
def list_page(
    request: Request, who: Administrator, q: Annotated[str, Query(max_length=80)] = "", gone: bool = False
) -> Response:
    """All users, those who left only when asked for."""
    with transaction() as session:
        found = users(
            session,
            datetime.now(UTC),
            words=q,
            within=who.municipality,
            active=None if gone else True,
        )
    return page(request, who, "users/list.html", found=found, q=q, gone=gone)


@router.get("/new")
def new_page(request: Request, who: Administrator) -> Response:
    """The form for somebody new."""
    return _form(request, who, None, _blank(who), {})


@router.post("/new")
def add(request: Request, who: Administrator, form: Posted) -> Response:
    """Adds somebody; shows their first password, once."""
    wanted = _wanted(form)
    try:
        with transaction() as session:
            user, password = add_user(
                session,
                region(),
                form["username"],
                wanted,
                who.actor,
                datetime.now(UTC),
                within=who.municipality,
            )
    except UserRefused as error:
        return _form(request, who, None, _typed(form), _errors(error), 422)
    return page(request, who, "users/password.html", user=user, password=password, new=True)


@router.get("/{user_id}")
def user_page(request: Request, who: Administrator, user_id: UUID) -> Response:
    """One user: what they may do, and where they are signed in."""
    with transaction() as session:
        user = _theirs(session, who, user_id)
    return _form(request, who, user, _known(user), {})


@router.post("/{user_id}")
def change(request: Request, who: Administrator, form: Posted, user_id: UUID) -> Response:
    """Takes what was changed."""
    try:
        with transaction() as session:
            user = _theirs(session, who, user_id)
            change_user(
                session,
                region(),
                user.id,
                _wanted(form),
                who.actor,
                datetime.now(UTC),
                within=who.municipality,
            )
    except UserRefused as error:
        with transaction() as session:
            user = _theirs(session, who, user_id)
        return _form(request, who, user, _typed(form), _errors(error), 422)
    forget_names()
    return redirect(f"/desk/administration/users/{user_id}", who, flash=_("Saved."))


@router.post("/{user_id}/deactivate")
def deactivate(who: Administrator, _form: Posted, user_id: UUID) -> Response:
    """Lets somebody in no more; can be undone."""
    here = f"/desk/administration/users/{user_id}"
    try:
        with transaction() as session:
            user = set_active(session, _theirs(session, who, user_id).id, False, who.actor, datetime.now(UTC))
    except UserRefused as error:
        return redirect(here, who, flash=_(FAULTS[error.field, error.fault]), bad=True)
    said = _("%(name)s may not sign in any more.", name=user.name or user.username)
    return redirect(here, who, flash=said, undo=f"{here}/activate")


@router.post("/{user_id}/activate")
def activate(who: Administrator, _form: Posted, user_id: UUID) -> Response:
    """Lets somebody in again."""
    with transaction() as session:
        user = set_active(session, _theirs(session, who, user_id).id, True, who.actor, datetime.now(UTC))
    said = _("%(name)s may sign in again.", name=user.name or user.username)
    return redirect(f"/desk/administration/users/{user_id}", who, flash=said)


@router.post("/{user_id}/password")
def new_password(request: Request, who: Administrator, _form: Posted, user_id: UUID) -> Response:
    """A new password for somebody, shown once."""
    with transaction() as session:
        user = _theirs(session, who, user_id)
        password = reset_password(session, user.id, who.actor, datetime.now(UTC))
    return page(request, who, "users/password.html", user=user, password=password, new=False)


@router.post("/{user_id}/unlock")
def unlock(who: Administrator, _form: Posted, user_id: UUID) -> Response:
    """Lets somebody try again after too many wrong passwords."""
    with transaction() as session:
        let_in(session, _theirs(session, who, user_id).id, who.actor, datetime.now(UTC))
    return redirect(f"/desk/administration/users/{user_id}", who, flash=_("They may try again now."))


@router.post("/{user_id}/forget-code")
def forget_code(who: Administrator, _form: Posted, user_id: UUID) -> Response:
    """No code is asked of somebody any more (their telephone is lost)."""
    with transaction() as session:
        reset_second_factor(session, _theirs(session, who, user_id).id, who.actor, datetime.now(UTC))
    said = _("They sign in by password alone now, and can set the code up again.")
    return redirect(f"/desk/administration/users/{user_id}", who, flash=said)


def _theirs(session: Any, who: SignedIn, user_id: UUID) -> User:
    """The user, if this administrator may see them; else 404."""
    try:
        user = user_by_id(session, user_id)
    except UserNotFound:
        raise HTTPException(404) from None
    if who.municipality not in (None, user.municipality):
        raise HTTPException(404)
    return user


def _form(
    request: Request,
    who: SignedIn,
    user: User | None,
    values: dict[str, str],
    errors: dict[str, str],
    status: int = 200,
) -> Response:
    now = datetime.now(UTC)
    locked, sessions = False, []
    if user is not None:
        with transaction() as session:
            locked = is_locked(session, user.username, now)
            sessions = sessions_of(session, user.id, idle_time(), now)
    known = region().municipalities
    shown = [code for code in known if who.municipality in (None, code)]
    everywhere = [("", _("all"))] if who.municipality is None else []
    choices = {
        "roles": [(role, role_name(role)) for role in ROLES],
        "municipalities": everywhere + [(code, known[code].name.in_language(language())) for code in shown],
        "departments": [("", _("all"))]
        + [
            (f"{code}/{key}", f"{code}: {department.name.in_language(language())}")
            for code in shown
            for key, department in known[code].departments.items()
        ],
    }
    return page(
        request, who, "users/user.html", status,
        user=user, values=values, errors=errors, locked=locked, sessions=sessions, choices=choices,
    )  # fmt: skip


def _wanted(form: Form) -> Wanted:
    code, _slash, department = form["department"].partition("/")
    municipality = form["municipality"] or None
    return Wanted(
        name=form["name"],
        role=form["role"],
        municipality=municipality,
        # A department of another municipality is none of this one: the rules say so, beside the field.
        department=(department if code == municipality else form["department"]) or None,
        wards=tuple(form["wards"].replace(",", " ").upper().split()),
        email=form["email"] or None,
        phone=form["phone"] or None,
        language=form["language"],
    )


def _typed(form: Form) -> dict[str, str]:
    names = ("username", "name", "role", "municipality", "department", "wards", "email", "phone", "language")
    return {name: form[name] for name in names}


def _blank(who: SignedIn) -> dict[str, str]:
    return {**_typed(Form([], [])), "role": "agent", "language": "en", "municipality": who.municipality or ""}


def _known(user: User) -> dict[str, str]:
    return {
        "username": user.username,
        "name": user.name or "",
        "role": user.role,
        "municipality": user.municipality or "",
        "department": f"{user.municipality}/{user.department}" if user.department else "",
        "wards": " ".join(user.wards),
        "email": user.email or "",
        "phone": user.phone or "",
        "language": user.language,
    }


def _errors(error: UserRefused) -> dict[str, str]:
    return {error.field: _(FAULTS[error.field, error.fault])}
