"""`phendula case divide`: the second matter gets a case of its own; what cannot be is refused in words."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from crm_store.database import transaction
from crm_store.region import region
from crm_store.services.cases import CaseNotFound, MoveRefused
from crm_store.services.stages import set_stage
from crm_store.tables import Case, Event, Media, new_id
from phendula.cli import app
from phendula.commands.refusal import Refusal
from tests.store.test_case_lists import opened


@pytest.fixture
def case(database_url) -> Case:
    with transaction() as session:
        return opened(session, region(), "A pothole, and my bill is wrong", at=datetime.now(UTC))


def phendula(*words: str) -> str:
    """What the command prints; what it refuses is raised."""
    done = CliRunner().invoke(app, ["case", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def second_of(case: Case) -> Case:
    with transaction() as session:
        return session.scalars(select(Case).where(Case.divided_from_id == case.id)).one()


def test_the_second_matter_begins_where_the_first_one_is(case):
    told = phendula("divide", case.reference, "Lights off", "--category", "streetlights", "--as", "nomsa")
    new = second_of(case)
    assert told.startswith(f"{new.reference} is the second matter, with KDM/")
    assert (new.category, new.place, new.description) == ("streetlights", "Ballito", "Lights off")
    with transaction() as session:
        deed = session.scalars(select(Event).where(Event.kind == "divided")).one()
        assert (deed.subject_id, deed.actor) == (str(case.id), "agent:nomsa")


def test_a_bill_with_its_figures_its_message_and_its_picture(case):
    with transaction() as session:
        picture = Media(id=new_id(), case_id=case.id, ordinal=0, source={}, state="stored", sha256="a" * 64)
        session.add(picture)
    (listed,) = json.loads(phendula("show", case.reference, "--json"))["files"]
    assert (listed["id"], listed["kind"]) == (str(picture.id), "picture")
    phendula(
        "divide", case.reference, "The bill of July", "--class", "dispute", "--category", "billing",
        "--account", "4100 6273", "--amount", "R4560,50", "--month", "2026-07", "--to", "KDM/finance",
        "--message", str(case.source_message_id), "--file", listed["id"],
    )  # fmt: skip
    new = second_of(case)
    assert (new.account_number, str(new.disputed_amount), new.period) == ("41006273", "4560.50", "2026-07")
    assert new.department == "finance"
    with transaction() as session:
        assert session.get_one(Media, picture.id).case_id == new.id


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--category", "moon"], "there is no complaint about moon: --class is one of"),
        (["--category", "roads", "--class", "dispute"], "there is no dispute about roads"),
        (["--category", "billing", "--class", "dispute"], "needs --account, --amount, --month, too"),
        (["--category", "roads", "--amount", "much"], "'much' is no amount"),
        (["--category", "roads", "--account", "x"], "'x' is no account number; one looks like 41006273"),
        (["--category", "roads", "--month", "July"], "'July' is no month; write it like 2026-07"),
        (["--category", "roads", "--reading", "12a"], "'12a' is no reading"),
        (["--category", "roads", "--file", "first"], "an id is wrong in first"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_read_or_is_missing_is_named(case, options, why):
    with pytest.raises(Refusal) as refused:
        phendula("divide", case.reference, "Something else", *options)
    assert why in str(refused.value)


def test_the_rules_refuse_as_they_do_at_the_desk(case):
    lights = ("Lights off", "--category", "streetlights")
    with pytest.raises(CaseNotFound):
        phendula("divide", "KDM-0000-0000", *lights)
    with pytest.raises(MoveRefused, match="there is no department KDM/moon"):
        phendula("divide", case.reference, *lights, "--to", "KDM/moon")
    with pytest.raises(MoveRefused, match="a picture that should go along"):
        phendula("divide", case.reference, *lights, "--file", str(new_id()))
    with pytest.raises(MoveRefused, match="say what the second matter is"):
        phendula("divide", case.reference, " ", "--category", "streetlights")
    with transaction() as session:
        set_stage(
            session, region(), case.reference, "closed", "agent:nomsa", "withdrawn", now=datetime.now(UTC)
        )
    with pytest.raises(MoveRefused, match="reopen it before"):
        phendula("divide", case.reference, *lights)
