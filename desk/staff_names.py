"""What roles, areas of work, browsers and deeds of staff are called, in the reader's language."""

from __future__ import annotations

from time import monotonic

from sqlalchemy import select

from crm_store.database import transaction
from crm_store.region import region
from crm_store.tables import User
from desk.words import N_, _, language

ROLE_NAMES = {
    "agent": N_("Agent"),
    "supervisor": N_("Supervisor"),
    "manager": N_("Manager"),
    "municipal_manager": N_("Municipal manager"),
    "trainer": N_("Trainer"),
    "billing": N_("Billing"),
    "councillor": N_("Councillor"),
    "administrator": N_("Administrator"),
}

SUBJECT_NAMES = {
    "case": N_("Case"),
    "conversation": N_("Chat"),
    "reading": N_("Reading"),
    "account": N_("Account"),
    "address": N_("Address"),
    "incident": N_("Incident"),
    "citizen": N_("Person"),
    "user": N_("User"),
    "setting": N_("Setting"),
    "text": N_("Text"),
    "example": N_("Example"),
    "model": N_("Model"),
}

DEED_NAMES = {
    "viewed": N_("looked at"),
    "added": N_("added"),
    "changed": N_("changed"),
    "opened": N_("opened"),
    "stage_changed": N_("moved on"),
    "note_added": N_("wrote a note"),
    "assigned": N_("assigned"),
    "referred": N_("referred"),
    "decided": N_("decided"),
    "activated": N_("let in again"),
    "deactivated": N_("let in no more"),
    "unlocked": N_("unlocked"),
    "signed_in": N_("signed in"),
    "signed_out": N_("signed out"),
    "signed_out_elsewhere": N_("signed out elsewhere"),
    "password_changed": N_("changed the password"),
    "second_factor_on": N_("switched the code on"),
    "second_factor_off": N_("switched the code off"),
    "second_factor_removed": N_("removed the code"),
    "recovery_codes_renewed": N_("made new recovery codes"),
    "recovery_code_used": N_("used a recovery code"),
    "linked_to_sign_on": N_("linked to single sign-on"),
}

#: Fields of users, as the history names them.
FIELD_NAMES = {
    "name": N_("Name"),
    "role": N_("Role"),
    "municipality": N_("Municipality"),
    "department": N_("Department"),
    "wards": N_("Wards"),
    "email": N_("E-mail"),
    "phone": N_("Telephone"),
    "language": N_("Language of the pages"),
    "active": N_("may sign in"),
    "how": N_("how"),
    "address": N_("from"),
    "left": N_("still good"),
}

# In the order of looking: Edge and Opera call themselves Chrome too, and all of them Safari.
_BROWSERS = (
    *(("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox")),
    *(("Chrome", "Chrome"), ("Safari", "Safari")),
)
_SYSTEMS = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows")),
    *(("Mac OS", "Mac"), ("Linux", "Linux")),
)


#: So long a name that was changed in another process may still be shown as it was, in seconds.
_KEPT = 30.0
#: Usernames that are none are looked up again no sooner.
_LOOKED = 1.0


class _Colleagues:
    """What everybody is called, read from the list of users now and then: pages name many at once."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._read_at = float("-inf")

    def name(self, username: str) -> str:
        age = monotonic() - self._read_at
        if age > _KEPT or (username not in self._names and age > _LOOKED):
            with transaction() as session:
                rows = session.execute(select(User.username, User.name)).all()
            self._names, self._read_at = {row.username: row.name or row.username for row in rows}, monotonic()
        return self._names.get(username, username)

    def forget(self) -> None:
        self._read_at = float("-inf")


_colleagues = _Colleagues()


def forget_names() -> None:
    """A name was changed here: the next page shows it."""
    _colleagues.forget()


_NO_COLLEAGUES = {"citizen": N_("The person"), "bot": N_("The assistant"), "system": N_("By itself")}


def who_name(actor: str | None) -> str:
    """'Nomsa Dlamini' of 'agent:nomsa' or 'nomsa'; the person, the assistant, or nobody (by itself).

    Whoever is in no list of users stands there as written; of nobody nothing.
    """
    if not actor:
        return ""
    if actor in _NO_COLLEAGUES:
        return _(_NO_COLLEAGUES[actor])
    return _colleagues.name(actor.removeprefix("agent:"))


def role_name(role: str) -> str:
    """'Supervisor'."""
    return _(ROLE_NAMES[role]) if role in ROLE_NAMES else role


def subject_name(kind: str) -> str:
    """'Case', 'Person'; the id itself for one that has no name yet."""
    return _(SUBJECT_NAMES[kind]) if kind in SUBJECT_NAMES else kind.replace("_", " ")


def deed_name(kind: str) -> str:
    """'looked at'; the id with spaces for one that has no name yet."""
    return _(DEED_NAMES[kind]) if kind in DEED_NAMES else kind.replace("_", " ")


def field_name(name: str) -> str:
    """'Role' of what the history calls 'role'; the id itself for one that has no name yet."""
    return _(FIELD_NAMES[name]) if name in FIELD_NAMES else name.replace("_", " ")


def area_name(user: User) -> str:
    """'KwaDukuza, roads, wards KDM/3 KDM/4', or that there is no limit."""
    known = region()
    municipality = known.municipalities.get(user.municipality or "")
    parts = []
    if municipality is not None:
        parts.append(municipality.name.in_language(language()))
        department = municipality.departments.get(user.department or "")
        if department is not None:
            parts.append(department.name.in_language(language()))
    if user.wards:
        parts.append(_("wards %(wards)s", wards=" ".join(user.wards)))
    return ", ".join(parts) or _("everywhere")


def browser_name(agent: str) -> str:
    """'Firefox, Windows' of what a browser says of itself; 'unknown' for what says nothing we know."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return ", ".join(filter(None, (browser, system))) or _("unknown browser")


STAFF_NAMES = {
    function.__name__: function
    for function in (who_name, role_name, subject_name, deed_name, field_name, area_name, browser_name)
}
