"""What the desk's pages are, for the navigation: each with the permission it needs and its key."""

from __future__ import annotations

from dataclasses import dataclass

from crm_store.domain.roles import Permission
from desk.access import SignedIn
from desk.words import N_, _


@dataclass(frozen=True)
class Entry:
    """A page of the navigation; `key`: g and then this letter. Shown once its page exists (`desk.web`)."""

    path: str
    label: str
    about: str
    key: str
    permission: Permission


#: In the order in which they stand.
ENTRIES = (
    Entry("/desk/overview", N_("Overview"), N_("What waits, what is late, who is busy."), "o", "overview"),
    Entry("/desk/chats", N_("Chats"), N_("People who wait for an answer from a person."), "c", "chats"),
    Entry("/desk/cases", N_("Cases"), N_("All cases: mine, new, due today, late."), "k", "cases"),
    Entry(
        "/desk/capture", N_("New case"), N_("Somebody stands here or is on the telephone."), "n", "capture"
    ),
    Entry(
        "/desk/citizens", N_("People"), N_("Find a person: their chats, cases and accounts."), "p", "citizens"
    ),
    Entry("/desk/readings", N_("Readings"), N_("Readings in doubt, pictures of meters."), "r", "billing"),
    Entry("/desk/figures", N_("Figures"), N_("A ward's week, and the report of a period."), "f", "figures"),
    Entry("/desk/training", N_("Training"), N_("Teach the assistant from real messages."), "t", "train"),
    Entry("/desk/texts", N_("Texts"), N_("What people read, in both languages."), "x", "texts"),
    Entry(
        "/desk/administration",
        N_("Administration"),
        N_("Texts, departments, service levels, users."),
        "a",
        "texts",
    ),
)


@dataclass(frozen=True)
class Shown:
    """An entry as a page shows it, in the reader's language."""

    path: str
    label: str
    about: str
    key: str
    here: bool


#: The paths that routes serve, set when the desk is put together (desk/web.py).
served: set[str] = set()


def menu_of(who: SignedIn | None, path: str) -> list[Shown]:
    """The pages that this user may open, the one they are on marked; none before a password of their own."""
    if who is None or who.must_change_password:
        return []
    return [
        Shown(
            entry.path,
            _(entry.label),
            _(entry.about),
            entry.key,
            path == entry.path or path.startswith(f"{entry.path}/"),
        )
        for entry in ENTRIES
        if who.may(entry.permission) and entry.path in served
    ]
