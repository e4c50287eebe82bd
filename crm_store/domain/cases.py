"""The life of a case: its stages, which may follow which and by whose hand, and when its clock runs."""

from typing import Literal, get_args

from crm_store.domain.region import CaseClass, Region

Stage = Literal[
    "new", "assigned", "in_progress", "waiting_for_citizen", "referred", "resolved", "closed", "reopened"
]
Priority = Literal["emergency", "high", "normal"]
#: Whose hand moves a case: the assistant, a member of staff, their supervisor, the person, or the clock.
Hand = Literal["bot", "agent", "supervisor", "citizen", "system"]

CLASSES: tuple[str, ...] = get_args(CaseClass)
STAGES: tuple[str, ...] = get_args(Stage)
PRIORITIES: tuple[Priority, ...] = ("emergency", "high", "normal")
#: Roles of users who decide what an agent may not.
SUPERVISING = frozenset({"supervisor", "manager", "municipal_manager", "administrator"})
#: The actor of the command line when it names nobody: whoever sits at the machine itself.
CONSOLE = "agent:console"

_STAFF: frozenset[Hand] = frozenset({"agent", "supervisor"})
_ANYBODY: frozenset[Hand] = _STAFF | {"citizen", "system"}
_WORK: dict[str, frozenset[Hand]] = {
    "assigned": _STAFF | {"system"},
    "in_progress": _STAFF,
    "waiting_for_citizen": _STAFF,
    "referred": _STAFF | {"system"},
    "resolved": _STAFF | {"system"},
    # Without having been resolved: withdrawn, or the same as another.
    "closed": _ANYBODY,
}
_MOVES: dict[str, dict[str, frozenset[Hand]]] = {
    "new": _WORK,
    "assigned": _WORK,
    "in_progress": _WORK,
    # The person's answer sets it to work again; a declined referral comes back to where it was.
    "waiting_for_citizen": {**_WORK, "in_progress": _STAFF | {"citizen"}},
    "referred": {**_WORK, "new": _STAFF},
    "reopened": _WORK,
    # What was called fixed and is not comes back; a closed case too, by the person or a supervisor.
    "resolved": {"closed": _ANYBODY, "reopened": _STAFF | {"citizen"}},
    "closed": {"reopened": frozenset({"supervisor", "citizen"})},
}
_OPEN = frozenset(STAGES) - {"resolved", "closed"}


def may_move(current: Stage, new: Stage, hand: Hand | None = None) -> bool:
    """True when a case may go from `current` to `new` by that hand (None: by anybody's).

    Staying where it is counts as no move.
    """
    hands = _MOVES[current].get(new, frozenset()) if new != current else frozenset()
    return bool(hands) if hand is None else hand in hands


def is_open(stage: Stage) -> bool:
    """True until the case is resolved or closed."""
    return stage in _OPEN


def clock_runs(stage: Stage) -> bool:
    """True while the municipality owes the next step: the clock pauses only while the citizen owes an answer.

    A referral neither stops nor restarts it (DOMAIN.md, service levels).
    """
    return stage in _OPEN and stage != "waiting_for_citizen"


def priority_of(case_class: str, emergency: bool) -> Priority:
    """Emergencies first; a dispute's hold on the account makes it high (Systems Act s102(2))."""
    if emergency:
        return "emergency"
    return "high" if case_class == "dispute" else "normal"


def is_confidential(region: Region, case_class: str, category: str) -> bool:
    """True for what only named roles see (corruption, conduct of staff); praise is for everybody."""
    return case_class != "compliment" and category in region.confidential.categories


def hand_of(actor: str, role: str | None = None) -> Hand:
    """Whose hand the actor of an event is: 'bot', 'citizen', 'system', or 'agent:<user>' of that role.

    The operator at the console may what a supervisor may.
    """
    if actor in ("bot", "citizen", "system"):
        return actor  # type: ignore[return-value]
    return "supervisor" if role in SUPERVISING or actor == CONSOLE else "agent"
