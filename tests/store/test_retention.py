"""How long files are kept: after they came, or after the case that they belong to was closed; what stays."""

from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.retention import kept_until
from crm_store.media_files import keep_file, path_of
from crm_store.queries.files import files_of, files_of_case
from crm_store.services.merges import merge_cases
from crm_store.services.retention import forget_old_files
from crm_store.services.stages import set_stage
from crm_store.settings import settings
from crm_store.tables import Media, Message, new_id
from tests.store.people import NOW, events, writes
from tests.store.test_case_lists import opened

NOMSA = "agent:nomsa"
MOMENT, DAY, YEARS = timedelta(seconds=1), timedelta(days=1), timedelta(days=1095)
moments = st.integers(0, 10**8).map(lambda seconds: NOW + timedelta(seconds=seconds))


@pytest.fixture(autouse=True)
def data_dir(session, tmp_path, monkeypatch):
    monkeypatch.setenv("PHENDULA_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    yield
    settings.cache_clear()


def kept(session, content=b"%PDF-1.4 a letter", state="stored", at=NOW, **more) -> Media:
    if "case_id" not in more:
        more["message_id"] = writes(session, "here", kind="media").message_id
    row = Media(
        id=new_id(), ordinal=0, source={"url": "https://x"}, state=state, name="letter.pdf",
        sha256=keep_file(content, "application/pdf"), content_type="application/pdf",
        size_bytes=len(content), stored_at=at, created_at=at, **more,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def is_there(content=b"%PDF-1.4 a letter") -> bool:
    return path_of(sha256(content).hexdigest(), "application/pdf").exists()


@pytest.mark.parametrize("state", ["stored", "dismissed"])
def test_after_its_time_the_file_is_gone_and_what_it_was_stays(session, state):
    row = kept(session, state=state)
    (shown,) = files_of(session, [row.message_id])[row.message_id]
    assert shown.kept_until == NOW + YEARS
    assert forget_old_files(session, NOW + YEARS - MOMENT) == 0
    assert is_there()
    assert forget_old_files(session, NOW + YEARS) == 1
    assert not is_there()
    assert (row.state, row.sha256, row.name, row.source) == ("deleted", None, None, {})
    (shown,) = files_of(session, [row.message_id])[row.message_id]
    assert (shown.sort, shown.state, shown.is_there) == ("pdf", "deleted", False)
    assert shown.kept_until == NOW + YEARS
    conversation = session.get_one(Message, row.message_id).conversation_id
    assert events(session, conversation)[-1] == ("file_deleted", "system")
    assert forget_old_files(session, NOW + 2 * YEARS) == 0


@pytest.mark.parametrize("state", ["waiting", "refused", "erased"])
def test_of_what_is_not_kept_nothing_is_deleted(session, state):
    kept(session, state=state)
    assert forget_old_files(session, NOW + 2 * YEARS) == 0


def test_the_setting_says_how_long(session, monkeypatch):
    monkeypatch.setenv("PHENDULA_ATTACHMENT_DAYS", "30")
    settings.cache_clear()
    kept(session)
    assert forget_old_files(session, NOW + 30 * DAY) == 1


def test_a_file_of_an_open_case_is_kept_and_its_time_counts_from_the_end(session, region):
    case = opened(session, region)
    row = kept(session, case_id=case.id)
    assert files_of_case(session, case.id)[0].kept_until is None
    assert forget_old_files(session, NOW + 3 * YEARS) == 0
    closed = NOW + YEARS
    set_stage(session, region, case.reference, "closed", NOMSA, "withdrawn", now=closed)
    session.flush()
    assert files_of_case(session, case.id)[0].kept_until == closed + YEARS
    assert forget_old_files(session, closed + YEARS - MOMENT) == 0
    assert forget_old_files(session, closed + YEARS) == 1
    assert events(session, case.id)[-1] == ("file_deleted", "system")
    assert [(one.media_id, one.state) for one in files_of_case(session, case.id)] == [(row.id, "deleted")]


def test_of_a_merged_case_the_one_that_goes_on_counts(session, region):
    first = opened(session, region, "A deep pothole")
    again = opened(session, region, "The pothole again", at=NOW + DAY)
    kept(session, case_id=again.id)
    merge_cases(session, region, again.reference, first.reference, "the same", NOMSA, NOW + DAY)
    session.flush()
    assert files_of_case(session, again.id)[0].kept_until is None
    assert forget_old_files(session, NOW + 3 * YEARS) == 0
    set_stage(session, region, first.reference, "closed", NOMSA, "done", now=NOW + 2 * DAY)
    session.flush()
    assert forget_old_files(session, NOW + 2 * DAY + YEARS) == 1


def test_what_somebody_else_sent_later_stays(session):
    kept(session)
    kept(session, at=NOW + DAY)
    assert forget_old_files(session, NOW + YEARS) == 1
    assert is_there()
    assert forget_old_files(session, NOW + DAY + YEARS) == 1
    assert not is_there()


@given(moments, st.none() | moments, st.integers(30, 3650), st.booleans())
def test_a_file_is_kept_for_the_whole_time_after_all_that_needs_it(came, closed, days, of_case):
    until = kept_until(came, closed, days, of_case=of_case)
    if of_case and closed is None:
        assert until is None
    else:
        assert until - max(came, closed or came) == timedelta(days=days)
