"""Who could work on a case."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.roles import may
from crm_store.domain.scope import scope_of
from crm_store.tables import Case, User


def who_could_work_on(session: Session, cases: list[Case]) -> list[User]:
    """Active users who may work on cases and in whose area all of these lie, by name."""
    users = session.scalars(select(User).where(User.active).order_by(User.name, User.username))
    return [
        user
        for user in users
        if may(user.role, "cases")
        and all(
            scope_of(user.municipality, user.department, ()).holds(case.municipality, case.department)
            for case in cases
        )
    ]
