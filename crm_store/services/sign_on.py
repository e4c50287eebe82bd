"""Single sign-on: which of our users somebody is whom the municipality's own directory vouches for."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_store.services.history import record_event
from crm_store.tables import User


class NotKnownHere(PermissionError):
    """The directory knows this person, we do not (or no more); an administrator adds them, never we."""


def user_vouched_for(session: Session, issuer: str, subject: str, email: str | None, now: datetime) -> User:
    """The user whom the directory `issuer` calls `subject`; raises NotKnownHere.

    At first they are found by e-mail, and from then on by the subject: addresses change, and are given anew.
    """
    external_id = f"{issuer} {subject}"
    user = session.scalar(select(User).where(User.external_id == external_id))
    if user is None and email:
        user = session.scalar(
            select(User)
            .where(func.lower(User.email) == email.lower(), User.external_id.is_(None), User.active)
            .with_for_update()
        )
        if user is not None:
            user.external_id = external_id
            record_event(
                session,
                "user",
                user.id,
                "linked_to_sign_on",
                actor=f"agent:{user.username}",
                after={"external_id": external_id},
                at=now,
            )
    if user is None or not user.active:
        raise NotKnownHere("nobody here has this account")
    return user
