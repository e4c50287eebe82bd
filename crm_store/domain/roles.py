"""What each role of the desk may do.

The scope (`crm_store.domain.scope`) says on which cases, chats and people; this says what at all.
"""

from typing import Literal, get_args

Role = Literal[
    "agent",
    "supervisor",
    "manager",
    "municipal_manager",
    "trainer",
    "billing",
    "councillor",
    "administrator",
]
Permission = Literal[
    "chats",  # take over and answer
    "cases",  # see and work cases
    "assign",  # give cases to others, close many at once
    "citizens",  # a person on one screen
    "capture",  # walk-in and telephone
    "overview",  # today, live
    "figures",  # counts without any person
    "billing",  # readings, batches, disputes decided
    "train",  # the inbox of messages, examples, comparing models
    "publish",  # a model or a text goes live
    "texts",  # canned answers, knowledge
    "users",  # who may sign in
    "settings",  # departments, service levels, holidays
    "audit",  # who saw and changed what
]

ROLES: tuple[Role, ...] = get_args(Role)
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)

_AGENT: frozenset[Permission] = frozenset({"chats", "cases", "citizens", "capture"})
_SUPERVISOR: frozenset[Permission] = _AGENT | {"assign", "overview", "figures", "texts"}
_MAY: dict[str, frozenset[Permission]] = {
    "agent": _AGENT,
    "supervisor": _SUPERVISOR,
    "manager": _SUPERVISOR,
    "municipal_manager": _SUPERVISOR | {"audit"},
    "trainer": frozenset({"train", "publish", "texts", "figures"}),
    "billing": frozenset({"cases", "citizens", "billing", "figures"}),
    "councillor": frozenset({"figures"}),
    "administrator": frozenset(PERMISSIONS),
}


def may(role: str, permission: Permission) -> bool:
    """Whether people of this role may do it; an unknown role may do nothing."""
    return permission in _MAY.get(role, frozenset())


def permissions_of(role: str) -> frozenset[Permission]:
    """Everything that people of this role may do."""
    return _MAY.get(role, frozenset())
