"""The life of a case: its stages, which may follow which, and when its clock runs."""

from typing import Literal, get_args

from crm_store.domain.region import CaseClass

Stage = Literal[
    "new", "assigned", "in_progress", "waiting_for_citizen", "referred", "resolved", "closed", "reopened"
]
Priority = Literal["emergency", "high", "normal"]

CLASSES: tuple[str, ...] = get_args(CaseClass)
STAGES: tuple[str, ...] = get_args(Stage)

_OPEN: frozenset[str] = frozenset(
    {"new", "assigned", "in_progress", "waiting_for_citizen", "referred", "reopened"}
)
_WORK: frozenset[str] = frozenset(
    {"assigned", "in_progress", "waiting_for_citizen", "referred", "resolved", "closed"}
)
_MOVES: dict[str, frozenset[str]] = {
    "new": _WORK,
    "assigned": _WORK - {"assigned"},
    "in_progress": _WORK - {"in_progress"},
    "waiting_for_citizen": _WORK - {"waiting_for_citizen"},
    "referred": _WORK - {"referred"},
    "reopened": _WORK,
    # What was called fixed and is not comes back; a closed case too, by the citizen's answer or on appeal.
    "resolved": frozenset({"closed", "reopened"}),
    "closed": frozenset({"reopened"}),
}


def may_move(current: Stage, new: Stage) -> bool:
    """True when a case may go from `current` to `new`; staying where it is counts as no move."""
    return new in _MOVES[current]


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
