"""Parts of the municipalities' data on pages: read, changed in one transaction, faults in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi import HTTPException
from fastapi.responses import Response

from crm_store.database import transaction
from crm_store.domain.region import Municipality
from crm_store.domain.region_overlay import RegionRefused, laid_over, municipality_of, value_at
from crm_store.queries.region_changes import as_changes, changes_in_force, last_change_of
from crm_store.region import look_again, region, region_file
from crm_store.services.proposals import ProposalRefused, propose_change
from crm_store.services.region_changes import ChangedMeanwhile, change_region
from crm_store.tables import RegionChange
from desk.access import SignedIn
from desk.forms import redirect
from desk.refusals import plainly
from desk.words import _, language

Faults = dict[str, str]


@dataclass(frozen=True)
class Part:
    """What stands at a way, and its last change (0: none), by which two editors are told apart."""

    way: str
    value: Any
    seen: int
    changed: RegionChange | None


@dataclass(frozen=True)
class Kept:
    """What became of a change: its number (None: nothing was different), or the faults by field.

    `proposed`: it waits for a second person.
    """

    number: int | None = None
    faults: Faults | None = None
    proposed: bool = False

    @property
    def undo(self) -> str:
        """The path that takes it back."""
        return f"/desk/administration/changes/{self.number}/undo" if self.number else ""


def part(way: str) -> Part:
    """The part as it is now, read afresh."""
    with transaction() as session:
        data = laid_over(region_file().data, as_changes(changes_in_force(session)))
        last = last_change_of(session, way)
    return Part(way, value_at(data, way), last.number if last else 0, last)


def keep(who: SignedIn, way: str, value: Any, *, why: str = "", seen: str = "") -> Kept:
    """Put the value (None: nothing) at the way; `seen` as it came with the form."""
    insist_on_reach(who, way)
    if way.startswith("knowledge.") and not who.may("settings"):
        return _propose(who, way, value, why)
    try:
        with transaction() as session:
            row = change_region(
                session,
                region_file(),
                way,
                value,
                who.actor,
                datetime.now(UTC),
                why=why or None,
                seen=int(seen) if seen.isdecimal() else None,
            )
            number = row.number if row else None
    except RegionRefused as refusal:
        return Kept(faults=in_words(refusal.faults))
    except ChangedMeanwhile:
        return Kept(faults={"": _("Somebody else changed this a moment ago. Load the page again to see it.")})
    look_again()
    return Kept(number)


def _propose(who: SignedIn, way: str, value: Any, why: str) -> Kept:
    """What trainers write for everybody is looked at by a second person first."""
    try:
        with transaction() as session:
            propose_change(session, region_file(), way, value, who.actor, datetime.now(UTC), why=why or None)
    except RegionRefused as refusal:
        return Kept(faults=in_words(refusal.faults))
    except ProposalRefused:
        return Kept()
    return Kept(proposed=True)


def saved(who: SignedIn, url: str, kept: Kept, said: str = "") -> Response:
    """To the page after a change, which tells of it and takes it back."""
    if kept.proposed:
        return redirect(url, who, flash=_("Proposed. A second person approves it."))
    told = (said or _("Saved.")) if kept.number else _("Nothing was different.")
    return redirect(url, who, flash=told, undo=kept.undo)


def insist_on_reach(who: SignedIn, way: str) -> None:
    """404 for what is another municipality's; what is the whole region's is for whoever has no limit.

    The answers (knowledge) are everybody's: whoever may write texts may write them.
    """
    if not in_reach(who, way):
        raise HTTPException(404)


def in_reach(who: SignedIn, way: str) -> bool:
    """Whether the user may change the part, as far as their municipality goes."""
    if who.municipality is None or way.startswith("knowledge."):
        return True
    return municipality_of(way) == who.municipality


def own_municipalities(who: SignedIn) -> dict[str, Municipality]:
    """The municipalities that the user administers, by their codes."""
    return {code: one for code, one in region().municipalities.items() if who.municipality in (None, code)}


def named_municipalities(who: SignedIn) -> dict[str, str]:
    """Their names in the reader's language, by code."""
    return {code: one.name.in_language(language()) for code, one in own_municipalities(who).items()}


def in_words(faults: Iterable[tuple[str, str]]) -> Faults:
    """The faults by field, in the reader's language where we know the words."""
    found: Faults = {}
    for field, message in faults:
        found.setdefault(field, plainly(message))
    return found
