"""Two records of one person made one, and parted again.

Everything of the one goes over to the other, and what went is written down. Parting them puts all of it
back; what came in between stays with the address that it was written from, or with the record that staff
wrote it to.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from crm_store.plain import plain
from crm_store.services.account_links import PROOFS
from crm_store.services.history import record_event
from crm_store.tables import (
    Address,
    Case,
    Citizen,
    CitizenAccount,
    CitizenMerge,
    CitizenNote,
    Conversation,
    Message,
    Reading,
)

#: What a record says of the person itself; of a merged one the kept record's word, else the other's.
FIELDS = ("name", "language", "no_updates_at", "trusted_sender_at")
#: Rows that are a citizen's by their column, under the name that `moved` has for them.
_ROWS: dict[str, type[Address | Case | Reading | CitizenNote]] = {
    "addresses": Address,
    "cases": Case,
    "readings": Reading,
    "notes": CitizenNote,
}
_BY_NUMBER = ("sms", "whatsapp")


Why = Literal["same", "meanwhile", "again"]


class MergeRefused(ValueError):
    """These records cannot be made one, or parted; the message and `why` say the reason."""

    def __init__(self, why: Why) -> None:
        self.why = why
        super().__init__(_WHY[why])


_WHY: dict[Why, str] = {
    "same": "this is one record already",
    "meanwhile": "one of these records was merged with another meanwhile: look again",
    "again": "this record was merged again since: undo the later merge first",
}


def merge_citizens(session: Session, kept_id: UUID, gone_id: UUID, actor: str, now: datetime) -> CitizenMerge:
    """Make both records one, the kept one. Raises MergeRefused."""
    if kept_id == gone_id:
        raise MergeRefused("same")
    kept, gone = _locked(session, kept_id, gone_id)
    if kept is None or gone is None or kept.merged_into_id or gone.merged_into_id:
        raise MergeRefused("meanwhile")
    moved: dict[str, Any] = {
        name: [
            str(row_id)
            for row_id in session.scalars(
                update(table)
                .where(table.citizen_id == gone_id)
                .values(citizen_id=kept_id)
                .returning(table.id)
            )
        ]
        for name, table in _ROWS.items()
    }
    moved["accounts"] = _merge_accounts(session, kept_id, gone_id)
    moved["before"] = {name: getattr(kept, name) for name in FIELDS}
    for name in FIELDS:
        setattr(kept, name, getattr(kept, name) or getattr(gone, name))
    moved["after"] = {name: getattr(kept, name) for name in FIELDS}
    gone.merged_into_id = kept_id
    merge = CitizenMerge(kept_id=kept_id, gone_id=gone_id, merged_at=now, merged_by=actor, moved=plain(moved))
    session.add(merge)
    session.flush()
    session.expire_all()
    _record(session, merge, "merged", actor, now)
    return merge


def part_citizens(session: Session, merge_id: UUID, actor: str, now: datetime) -> CitizenMerge:
    """Undo the merge: everything goes back to where it was. Again changes nothing. Raises MergeRefused.

    Merges of one record are undone in the reverse of their order.
    """
    merge = session.get(CitizenMerge, merge_id, populate_existing=True)
    if merge is None:
        raise MergeRefused("meanwhile")
    kept, gone = _locked(session, merge.kept_id, merge.gone_id)
    session.refresh(merge, with_for_update=True)
    if merge.undone_at is not None:
        return merge
    if kept is None or gone is None:
        raise MergeRefused("meanwhile")
    if was_merged_again(session, merge):
        raise MergeRefused("again")
    moved = merge.moved
    addresses = _addresses_of(session, merge)
    _give_back(session, Address, addresses, merge)
    for name in ("cases", "readings", "notes"):
        _give_back(session, _ROWS[name], [UUID(row_id) for row_id in moved[name]], merge)
    _give_back(session, Case, _cases_since(session, addresses, merge), merge)
    _give_back(session, Reading, _readings_since(session, addresses, merge), merge)
    _part_accounts(session, moved["accounts"], merge)
    for name in FIELDS:
        if plain(getattr(kept, name)) == moved["after"][name]:
            before = moved["before"][name]
            is_time = before is not None and name.endswith("_at")
            setattr(kept, name, datetime.fromisoformat(before) if is_time else before)
    gone.merged_into_id = None
    merge.undone_at = now
    session.flush()
    session.expire_all()
    _record(session, merge, "parted", actor, now)
    return merge


def _locked(session: Session, kept_id: UUID, gone_id: UUID) -> tuple[Citizen | None, Citizen | None]:
    """Both records, their addresses first: a case that is being opened holds its address (open_case)."""
    session.flush()
    both = (kept_id, gone_id)
    session.execute(
        select(Address.id).where(Address.citizen_id.in_(both)).order_by(Address.id).with_for_update()
    ).all()
    found = {
        row.id: row
        for row in session.scalars(
            select(Citizen)
            .where(Citizen.id.in_(both))
            .order_by(Citizen.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    }
    return found.get(kept_id), found.get(gone_id)


def was_merged_again(session: Session, merge: CitizenMerge) -> bool:
    """Whether a later merge of the kept record stands, which must be undone first."""
    kept_goes_on = session.scalar(select(Citizen.merged_into_id).where(Citizen.id == merge.kept_id))
    return kept_goes_on is not None or bool(
        session.scalar(
            select(CitizenMerge.id)
            .where(
                CitizenMerge.kept_id == merge.kept_id,
                CitizenMerge.sequence > merge.sequence,
                CitizenMerge.undone_at.is_(None),
            )
            .limit(1)
        )
    )


def _merge_accounts(session: Session, kept_id: UUID, gone_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """The kept record has the accounts of both, with the better proof; returns both as they were."""
    rows = {
        whose: {
            row.account_number: row
            for row in session.scalars(select(CitizenAccount).where(CitizenAccount.citizen_id == whose))
        }
        for whose in (kept_id, gone_id)
    }
    before = {
        "kept": [_account(rows[kept_id][number]) for number in rows[gone_id] if number in rows[kept_id]],
        "gone": [_account(row) for row in rows[gone_id].values()],
    }
    for number, row in rows[gone_id].items():
        own = rows[kept_id].get(number)
        if own is None:
            session.add(CitizenAccount(citizen_id=kept_id, **_account(row)))
        else:
            own.proof = own.proof if own.proof in PROOFS else row.proof
            own.last_used_at = max(own.last_used_at, row.last_used_at)
        session.delete(row)
    session.flush()
    return before


def _part_accounts(session: Session, accounts: dict[str, list[dict[str, Any]]], merge: CitizenMerge) -> None:
    """Each has its accounts again. A proof that was withdrawn, or ended, meanwhile is not given back."""
    own_before = {row["account_number"]: row for row in accounts["kept"]}
    for row in accounts["gone"]:
        number = row["account_number"]
        own, before = session.get(CitizenAccount, (merge.kept_id, number)), own_before.get(number)
        ended = row["proof"] in PROOFS and (own is None or own.proof not in PROOFS)
        stored = _times_of(row)
        if ended:
            stored["proof"] = "used"
        session.add(CitizenAccount(citizen_id=merge.gone_id, **stored))
        if own is None:
            continue
        used_since = own.last_used_at > merge.merged_at
        if before is None:
            if own.proof == row["proof"] and not used_since:
                session.delete(own)
            elif own.proof == row["proof"]:
                own.proof = "used"  # the proof was the other's
            continue
        merged_proof = before["proof"] if before["proof"] in PROOFS else row["proof"]
        if own.proof == merged_proof:
            own.proof = before["proof"]
        if not used_since:
            own.last_used_at = _times_of(before)["last_used_at"]
    session.flush()


def _account(row: CitizenAccount) -> dict[str, Any]:
    return {
        "account_number": row.account_number,
        "proof": row.proof,
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
    }


def _times_of(row: dict[str, Any]) -> dict[str, Any]:
    times = {name: datetime.fromisoformat(row[name]) for name in ("created_at", "last_used_at")}
    return {**row, **times}


def _addresses_of(session: Session, merge: CitizenMerge) -> list[UUID]:
    """The addresses that came over, and new ones of the same numbers: a number is one person's."""
    came = [UUID(row_id) for row_id in merge.moved["addresses"]]
    numbers = select(Address.address).where(Address.id.in_(came), Address.channel.in_(_BY_NUMBER))
    others = session.scalars(
        select(Address.id).where(
            Address.citizen_id == merge.kept_id,
            Address.channel.in_(_BY_NUMBER),
            Address.address.in_(numbers),
            Address.id.not_in(came),
        )
    )
    return [*came, *others]


def _cases_since(session: Session, addresses: Sequence[UUID], merge: CitizenMerge) -> list[UUID]:
    return list(
        session.scalars(
            select(Case.id)
            .join(Conversation, Conversation.id == Case.conversation_id)
            .where(
                Case.citizen_id == merge.kept_id,
                Case.opened_at >= merge.merged_at,
                Conversation.address_id.in_(addresses),
            )
        )
    )


def _readings_since(session: Session, addresses: Sequence[UUID], merge: CitizenMerge) -> list[UUID]:
    return list(
        session.scalars(
            select(Reading.id)
            .join(Message, Message.id == Reading.source_message_id)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(
                Reading.citizen_id == merge.kept_id,
                Reading.taken_at >= merge.merged_at,
                Conversation.address_id.in_(addresses),
            )
        )
    )


def _give_back(
    session: Session,
    table: type[Address | Case | Reading | CitizenNote],
    ids: Sequence[UUID],
    merge: CitizenMerge,
) -> None:
    """These rows are the other record's again, unless they are nobody's by now (erased)."""
    session.execute(
        update(table)
        .where(table.id.in_(ids), table.citizen_id == merge.kept_id)
        .values(citizen_id=merge.gone_id)
    )


def forget_merges(session: Session, citizen_ids: Sequence[UUID]) -> None:
    """What was merged stays one: what is needed to part it holds numbers of the person."""
    session.execute(
        delete(CitizenMerge).where(
            CitizenMerge.kept_id.in_(citizen_ids) | CitizenMerge.gone_id.in_(citizen_ids)
        )
    )


def _record(session: Session, merge: CitizenMerge, kind: str, actor: str, now: datetime) -> None:
    for one, other in ((merge.kept_id, merge.gone_id), (merge.gone_id, merge.kept_id)):
        record_event(
            session, "citizen", one, kind, actor=actor, at=now,
            after={"with": other, "kept": merge.kept_id, "merge_id": merge.id},
        )  # fmt: skip
