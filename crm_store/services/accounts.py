"""Customer accounts: taken over from the billing system's file, and used by citizens.

The file is checked row by row, copied into a temporary table and taken over by a handful of statements, so
that its size hardly matters; a second import of the same file changes nothing.
"""

import csv
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from uuid import UUID

from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_store.services import account_sql
from crm_store.services.account_rows import COLUMNS, REQUIRED, BadField, read_row
from crm_store.tables import CitizenAccount

if TYPE_CHECKING:
    from _csv import Reader  # what csv.reader returns; the csv module itself does not name it


#: How often `progress` is told of rows read.
_ROWS_A_WORD = 50_000
#: More accounts than this missing from a file that names all: rather a file cut short than so many closures.
_MOST_CLOSED = 0.05

# Made once: it runs for every reading, and SQLAlchemy takes longer to make it than to run it.
_USE = insert(CitizenAccount.__table__)  # type: ignore[arg-type]
_USE = _USE.on_conflict_do_update(
    index_elements=["citizen_id", "account_number"],
    set_={"last_used_at": func.greatest(CitizenAccount.last_used_at, _USE.excluded.last_used_at)},
)

Progress = Callable[[str], None]


class AccountFileError(Exception):
    """The file as a whole cannot be taken over; the message says why."""


@dataclass
class ImportResult:
    """How many rows (a meter each) were new, changed, as before; and those left out: line, field, reason.

    `removed_meters` and `closed_accounts` count what the file no longer names.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed_meters: int = 0
    closed_accounts: int = 0
    rejected: list[tuple[int, str, str]] = field(default_factory=list)
    rejected_file: Path | None = None


def import_accounts(
    session: Session,
    path: Path,
    municipalities: Collection[str],
    *,
    actor: str = "import",
    today: date | None = None,
    names_all: bool = False,
    close_any_number: bool = False,
    progress: Progress = lambda _: None,
) -> ImportResult:
    """Take over the file's accounts and meters: all good rows or, on an error, none.

    Columns: account_number, municipality, service, meter_number, dials, and last_reading, last_reading_date,
    average_per_month, holder, phone, read_day, balance, id_last4 (of the holder's ID number, kept as a hash),
    which may be blank: a blank keeps what is known; register, a row each, where the meter has several. Rows
    with faults are left out and written to `<file>.rejected.csv` with line, field, reason. A meter or
    register that the file no longer names, beside another of the same account and service, was replaced and
    is marked removed.
    `names_all`: the file names every account of its municipalities, so that those it lacks are closed; when
    these are more than 5 %, the file is refused unless `close_any_number`. A closed account that is named
    again is open again. An account with another holder now is not linked any more to those who proved that
    it was theirs. `progress` is told in words how far it is. Raises AccountFileError.
    """
    result = ImportResult()
    today = today or datetime.now(UTC).date()
    untrusted: set[str] = set()
    file, reader, names = _opened(path)
    session.execute(text(account_sql.CREATE))
    connection: Any = session.connection().connection.driver_connection
    with (
        file,
        connection.cursor() as cursor,
        cursor.copy(f"COPY account_file ({', '.join(('line', *COLUMNS))}) FROM STDIN") as copy,
    ):
        for count, row in enumerate(
            _good_rows(reader, names, frozenset(municipalities), result, untrusted), start=1
        ):
            copy.write_row(row)
            if count % _ROWS_A_WORD == 0:
                progress(f"{count:,} rows read")
    progress("all rows read; comparing them with what is known")
    session.execute(text("CREATE INDEX ON account_file (account_number, meter_number, register)"))
    session.execute(text("ANALYZE account_file"))
    unclear = account_sql.UNNAMED if "register" in names else account_sql.UNREGISTERED
    for row in session.execute(text(unclear)):
        result.rejected.append((row.line, row.field, row.reason))
        untrusted.add(row.account_number)
    for statement in (account_sql.REPEATED, account_sql.CONTRADICTING):
        result.rejected += [(row.line, row.field, row.reason) for row in session.execute(text(statement))]
    session.execute(text("DROP TABLE IF EXISTS account_now"))
    for statement in (account_sql.COMPARE, account_sql.OUTCOMES):
        session.execute(text(statement))
    counts = {row.outcome: int(row.rows) for row in session.execute(text(account_sql.COUNT))}
    result.added, result.changed = counts.get("added", 0), counts.get("changed", 0)
    result.unchanged = counts.get("unchanged", 0)
    progress(f"taking over {result.added:,} new and {result.changed:,} changed rows")
    session.execute(text(account_sql.ACCOUNT_EVENTS), {"actor": actor})
    session.execute(text(account_sql.UNLINK), {"actor": actor})
    session.execute(text(account_sql.ACCOUNTS))
    session.execute(text(account_sql.METER_EVENTS), {"actor": actor})
    session.execute(text(account_sql.METERS))
    removed = session.execute(
        text(account_sql.REMOVE),
        {"actor": actor, "today": today, "untrusted": sorted(untrusted)},
    )
    result.removed_meters = len(removed.all())
    if names_all:
        result.closed_accounts = _close_missing(session, actor, today, untrusted, close_any_number)
    session.expire_all()
    result.rejected.sort()
    result.rejected_file = _write_rejected(path, result.rejected)
    return result


def _close_missing(
    session: Session, actor: str, today: date, untrusted: Collection[str], any_number: bool
) -> int:
    session.execute(text("DROP TABLE IF EXISTS account_missing"))
    session.execute(text(account_sql.MISSING), {"untrusted": sorted(untrusted)})
    known = session.execute(text(account_sql.COUNT_MISSING)).one()
    if known.missing > _MOST_CLOSED * known.accounts and not any_number:
        raise AccountFileError(
            f"the file lacks {known.missing} of the {known.accounts} open accounts of its municipalities, "
            f"more than {_MOST_CLOSED:.0%}. Nothing was taken over. Is the file whole? If so, allow it by "
            "--close-any-number"
        )
    return len(session.execute(text(account_sql.CLOSE), {"actor": actor, "today": today}).all())


def use_account(session: Session, citizen_id: UUID, account_number: str, now: datetime) -> None:
    """Remember that the citizen spoke of the account, so that they need not say the number again."""
    session.flush()
    session.execute(
        _USE,
        {
            "citizen_id": citizen_id,
            "account_number": account_number,
            "proof": "used",
            "created_at": now,
            "last_used_at": now,
        },
    )


def _opened(path: Path) -> tuple[TextIO, "Reader", list[str]]:
    """The file, a reader behind its first line, and the names of the columns; or AccountFileError."""
    try:
        with path.open("rb") as raw:
            start = raw.read(1_000_000)
    except OSError as error:
        raise AccountFileError(f"{path} cannot be read: {error.strerror}") from error
    try:
        start.decode("utf-8")
        encoding = "utf-8-sig"
    except UnicodeDecodeError as error:
        # The cut may have split a character; anything earlier means a file of an older Windows program.
        encoding = "utf-8-sig" if error.start > len(start) - 4 else "cp1252"
    file = path.open(encoding=encoding, errors="replace", newline="")
    delimiter = max(",;\t|", key=file.readline().count)
    file.seek(0)
    reader = csv.reader((line.replace("\0", "") for line in file), delimiter=delimiter)
    names = [name.strip().lower() for name in next(reader, [])]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        file.close()
        raise AccountFileError(
            f"{path} lacks the columns {', '.join(missing)}; its first line must name {', '.join(COLUMNS)}"
        )
    return file, reader, names


def _good_rows(
    reader: "Reader",
    names: list[str],
    municipalities: frozenset[str],
    result: ImportResult,
    untrusted: set[str],
) -> Iterator[tuple[object, ...]]:
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        given = dict(zip(names, row, strict=False))
        try:
            if len(row) > len(names):
                raise BadField("(row)", f"has {len(row)} columns, the first line {len(names)}")
            yield (reader.line_num, *read_row(given, municipalities))
        except BadField as fault:
            result.rejected.append((reader.line_num, fault.field, fault.reason))
            untrusted.add(given.get("account_number", "").replace(" ", ""))


def _write_rejected(path: Path, rejected: list[tuple[int, str, str]]) -> Path | None:
    """`<file>.rejected.csv`, or None (and none left from before) when every row was good."""
    target = path.with_name(f"{path.name}.rejected.csv")
    if not rejected:
        target.unlink(missing_ok=True)
        return None
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("line", "field", "reason"))
        writer.writerows(rejected)
    return target
