"""The `phendula` command. Each group of commands is a module of `phendula.commands`.

Exit codes: 0 done, 1 failed (one plain line says why), 2 wrong usage.
"""

import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

import typer

from crm_store.domain.refusals import Refusal as RefusedByRules
from crm_store.domain.region_file import ConfigError
from crm_store.embedded import EmbeddedDatabaseError
from crm_store.services.account_links import UnknownAccount
from crm_store.services.accounts import AccountFileError
from crm_store.services.api_keys import KeyRefused
from crm_store.services.cases import CaseNotFound
from crm_store.services.confidence import NotForThem
from crm_store.services.conversations import TakenByAnother
from crm_store.services.incidents import IncidentNotFound
from crm_store.services.proposals import ProposalRefused, WordingRefused
from crm_store.services.reading_exports import BatchNotFound, WrongFigures
from crm_store.services.reading_review import ReadingNotFound
from crm_store.services.reading_senders import UnknownSender
from crm_store.services.region_changes import CannotUndo
from crm_store.services.users import UserNotFound, UserRefused
from crm_store.settings import SettingsError
from phendula.commands import (
    account,
    case,
    citizen,
    config,
    conversation,
    incident,
    key,
    nlu,
    notice,
    planned,
    processes,
    reading,
    reminders,
    report,
    talk,
    text,
    user,
    warnings,
)
from phendula.commands.refusal import Refusal
from phendula.ports import PortTakenError
from phendula.product import CannotStartError
from phendula.supervisor import NotReadyError

#: Errors whose message is meant for the person at the keyboard: in English, by docs/decisions.md.
TOLD_PLAINLY = (
    ProposalRefused,
    WordingRefused,
    RefusedByRules,
    Refusal,
    AccountFileError,
    BatchNotFound,
    KeyRefused,
    WrongFigures,
    CaseNotFound,
    NotForThem,
    IncidentNotFound,
    TakenByAnother,
    ReadingNotFound,
    UnknownAccount,
    UnknownSender,
    UserNotFound,
    UserRefused,
    CannotUndo,
    SettingsError,
    ConfigError,
    EmbeddedDatabaseError,
    CannotStartError,
    PortTakenError,
    NotReadyError,
)

app = typer.Typer(
    name="phendula",
    help="Phendula: people reach their municipality by message, and the municipality keeps its promises.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
processes.add_to(app)
talk.add_to(app)
reminders.add_to(app)
app.add_typer(account.app, name="account")
app.add_typer(reading.app, name="reading")
app.add_typer(case.app, name="case")
app.add_typer(conversation.app, name="conversation")
app.add_typer(citizen.app, name="citizen")
app.add_typer(incident.app, name="incident")
app.add_typer(planned.app, name="planned")
app.add_typer(warnings.app, name="warnings")
app.add_typer(notice.app, name="notice")
app.add_typer(key.app, name="key")
app.add_typer(user.app, name="user")
app.add_typer(nlu.app, name="nlu")
app.add_typer(config.app, name="config")
app.add_typer(text.app, name="text")
app.command("report")(report.report)


def main() -> None:
    """Runs the command line; people see a sentence, never a traceback."""
    try:
        app()
    except TOLD_PLAINLY as error:
        fail(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone: nothing is wrong, and nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        fail(unexpected(error))


def fail(message: str) -> None:
    """Writes the message, as a sentence, to standard error and ends with 1."""
    typer.echo(f"phendula: {message}{'' if message.endswith(('.', '?', ')')) else '.'}", err=True)
    sys.exit(1)


def unexpected(error: Exception) -> str:
    """A sentence about an error that no part of the program foresaw; the details go to a file."""
    if type(error).__name__ == "OperationalError":
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        return f"the database does not answer ({reason}). Is it running, and is DATABASE_URL right?"
    log = Path(os.environ.get("PHENDULA_DATA_DIR", "var")) / "errors.log"
    summary = f"unexpected {type(error).__name__}: {str(error).strip() or 'no message'}"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC).isoformat()} phendula {' '.join(sys.argv[1:2])}\n")
            traceback.print_exception(error, file=file)
    except OSError:
        return summary
    return f"{summary} (details in {log})"
