"""Whose cases, chats and people a user of the desk sees: a municipality's, a department's, some wards'."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """Where a user works. None or empty: no limit of that kind; a limit excludes what has no value there."""

    municipality: str | None = None
    departments: frozenset[str] = frozenset()
    #: as councillors know them: 'KDM/12'
    wards: frozenset[str] = frozenset()

    def holds(self, municipality: str | None, department: str | None = None, ward: str | None = None) -> bool:
        """Whether something of this municipality, department and ward is theirs."""
        return (
            (self.municipality is None or municipality == self.municipality)
            and (not self.departments or department in self.departments)
            and (not self.wards or ward in self.wards)
        )

    @property
    def everywhere(self) -> bool:
        """Whether there is no limit at all."""
        return self.municipality is None and not self.departments and not self.wards


def scope_of(municipality: str | None, department: str | None, wards: Iterable[str]) -> Scope:
    """The scope as a user's row says it."""
    return Scope(municipality, frozenset([department] if department else []), frozenset(wards))


EVERYWHERE = Scope()
