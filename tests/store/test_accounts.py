"""The billing file: every good row taken once, every bad one told with line, field and reason."""

import csv
from datetime import date
from decimal import Decimal

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from crm_store.services.account_rows import COLUMNS, BadField, read_row
from crm_store.services.accounts import AccountFileError, import_accounts
from crm_store.tables import Account, Meter
from tests.store.people import events

CODES = {"IDM", "KDM", "MLM"}
HEADER = ",".join(COLUMNS)
GOOD = "41006273,KDM,water,W100,5,2190,2026-06-15,22,T Dlamini,082 123 4567,15,-120.50"


@pytest.fixture
def file(tmp_path):
    def write(*rows, header=HEADER, name="accounts.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_text("\n".join([header, *rows]) + "\n", encoding=encoding)
        return path

    return write


def rejected(path):
    with path.with_name(f"{path.name}.rejected.csv").open(encoding="utf-8", newline="") as written:
        return list(csv.reader(written))


def test_a_row_becomes_an_account_and_a_meter(session, file):
    result = import_accounts(session, file(GOOD), CODES)
    assert (result.added, result.changed, result.unchanged, result.rejected) == (1, 0, 0, [])
    account = session.get_one(Account, "41006273")
    assert (account.municipality, account.holder, account.phone) == ("KDM", "T Dlamini", "+27821234567")
    assert (account.read_day, account.balance) == (15, Decimal("-120.50"))
    meter = session.scalars(select(Meter)).one()
    assert (meter.service, meter.dials, meter.last_reading, meter.average_per_month) == ("water", 5, 2190, 22)
    assert meter.last_reading_on == date(2026, 6, 15)


def test_the_same_file_again_changes_nothing(session, file):
    path = file(GOOD, "41006274,MLM,electricity,E7,6,,,,,,,")
    import_accounts(session, path, CODES)
    session.commit()
    result = import_accounts(session, path, CODES)
    assert (result.added, result.changed, result.unchanged) == (0, 0, 2)
    assert session.scalar(text("SELECT count(*) FROM events")) == 0


def test_a_change_is_told_with_before_and_after(session, file):
    import_accounts(session, file(GOOD), CODES)
    result = import_accounts(session, file(GOOD.replace("2190", "2214").replace("-120.50", "80.00")), CODES)
    assert (result.added, result.changed) == (0, 1)
    assert session.scalars(select(Meter.last_reading)).one() == 2214
    assert session.get_one(Account, "41006273").balance == 80
    assert sorted(events(session, "41006273")) == [("imported", "import"), ("meter_imported", "import")]
    before, after = session.execute(text("SELECT before, after FROM events WHERE kind = 'imported'")).one()
    assert (before["balance"], after["balance"]) == ("-120.50", "80.00")


def test_a_blank_keeps_what_is_known(session, file):
    import_accounts(session, file(GOOD), CODES)
    result = import_accounts(session, file("41006273,KDM,water,W100,5,,,,,,,"), CODES)
    assert result.unchanged == 1
    assert session.get_one(Account, "41006273").holder == "T Dlamini"


@pytest.mark.parametrize(
    ("row", "field"),
    [
        pytest.param(",KDM,water,W1,5,,,,,,,", "account_number", id="no account"),
        pytest.param("abc,KDM,water,W1,5,,,,,,,", "account_number", id="letters for an account"),
        pytest.param("41000001,XXX,water,W1,5,,,,,,,", "municipality", id="unknown municipality"),
        pytest.param("41000001,KDM,gas,W1,5,,,,,,,", "service", id="unknown service"),
        pytest.param("41000001,KDM,water,,5,,,,,,,", "meter_number", id="no meter"),
        pytest.param("41000001,KDM,water,W1,,,,,,,,", "dials", id="no dials"),
        pytest.param("41000001,KDM,water,W1,five,,,,,,,", "dials", id="dials in words"),
        pytest.param("41000001,KDM,water,W1,²,,,,,,,", "dials", id="a digit that is none"),
        pytest.param("41000001,KDM,water,W1,5,123456,,,,,,", "last_reading", id="too long for the dial"),
        pytest.param("41000001,KDM,water,W1,5,-1,,,,,,", "last_reading", id="negative reading"),
        pytest.param("41000001,KDM,water,W1,5,1,2026-02-30,,,,,", "last_reading_date", id="no such day"),
        pytest.param("41000001,KDM,water,W1,5,1,,-3,,,,", "average_per_month", id="negative average"),
        pytest.param("41000001,KDM,water,W1,5,1,,,,12,,", "phone", id="no phone"),
        pytest.param("41000001,KDM,water,W1,5,1,,,,,32,", "read_day", id="day 32"),
        pytest.param("41000001,KDM,water,W1,5,1,,,,,,much", "balance", id="balance in words"),
        pytest.param("41000001,KDM,water,W1,5,1,,,,,,1,2,,4", "(row)", id="too many columns"),
    ],
)
def test_a_bad_row_is_told_and_the_others_are_taken(session, file, row, field):
    path = file(GOOD, row, "41000009,KDM,water,W9,5,,,,,,,")
    result = import_accounts(session, path, CODES)
    assert [(line, name) for line, name, _ in result.rejected] == [(3, field)]
    assert result.added == 2
    assert result.rejected_file == path.with_name("accounts.csv.rejected.csv")
    header, told = rejected(path)
    assert header == ["line", "field", "reason"]
    assert told == [str(part) for part in result.rejected[0]]


def test_a_meter_twice_and_an_account_in_two_municipalities(session, file):
    rows = [GOOD, GOOD, GOOD.replace("2190", "3000"), "41006273,MLM,electricity,E1,6,,,,,,,"]
    result = import_accounts(session, file(*rows), CODES)
    assert [(line, field) for line, field, _ in result.rejected] == [(4, "meter_number"), (5, "municipality")]
    assert result.added == 1


def test_a_clean_file_removes_the_old_list_of_faults(session, file):
    path = file("bad,KDM,water,W1,5,,,,,,,")
    import_accounts(session, path, CODES)
    file(GOOD)
    result = import_accounts(session, path, CODES)
    assert result.rejected_file is None
    assert not path.with_name("accounts.csv.rejected.csv").exists()


def test_nothing_is_taken_when_the_import_breaks(session, file):
    import_accounts(session, file(GOOD), CODES)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Account)) == 0


def test_a_replaced_meter_is_marked_as_removed(session, file):
    import_accounts(session, file(GOOD, "41006273,KDM,electricity,E1,6,,,,,,,"), CODES)
    result = import_accounts(session, file(GOOD.replace("W100", "W200")), CODES, today=date(2026, 7, 1))
    assert result.removed_meters == 1
    removed = {
        row.meter_number: row.removed_at
        for row in session.execute(select(Meter.meter_number, Meter.removed_at))
    }
    assert removed == {"W100": date(2026, 7, 1), "W200": None, "E1": None}
    back = import_accounts(session, file(GOOD), CODES)
    assert (back.changed, back.removed_meters) == (1, 1)


def test_a_rejected_row_removes_no_meter(session, file):
    import_accounts(session, file(GOOD, "41006273,KDM,water,W101,5,,,,,,,"), CODES)
    result = import_accounts(session, file(GOOD, "41006273,KDM,water,W101,many,,,,,,,"), CODES)
    assert (result.removed_meters, len(result.rejected)) == (0, 1)


@pytest.mark.parametrize(
    ("rows", "how"),
    [
        pytest.param([GOOD.replace(",", ";")], {"header": HEADER.replace(",", ";")}, id="semicolons"),
        pytest.param([GOOD], {"header": "\ufeff" + HEADER.upper()}, id="byte order mark, capitals"),
        pytest.param([GOOD.replace("Dlamini", "D\u2019Orbán")], {"encoding": "cp1252"}, id="Windows-1252"),
        pytest.param([GOOD.replace("T Dlamini", '"Dlamini, ""T"""')], {}, id="quoted"),
        pytest.param(["", GOOD, " , ,"], {}, id="empty lines"),
        pytest.param(["41006273,KDM,water,W100,5"], {"header": ",".join(COLUMNS[:5])}, id="five columns"),
    ],
)
def test_files_as_programs_write_them(session, file, rows, how):
    result = import_accounts(session, file(*rows, **how), CODES)
    assert (result.added, result.rejected) == (1, [])


def test_a_file_without_its_columns(session, file, tmp_path):
    with pytest.raises(AccountFileError, match="meter_number, dials"):
        import_accounts(session, file("1,KDM,water", header="account_number,municipality,service"), CODES)
    with pytest.raises(AccountFileError, match="cannot be read"):
        import_accounts(session, tmp_path / "none.csv", CODES)
    with pytest.raises(AccountFileError, match="account_number"):
        import_accounts(session, file(header=""), CODES)


@pytest.mark.parametrize(
    ("written", "is_"),
    [
        ("R1 234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("-R20", "-20.00"),
        ("0", "0.00"),
        ("R1 000.5", "1000.50"),
    ],
)
def test_amounts_as_people_write_them(written, is_):
    row = dict(zip(COLUMNS, GOOD.split(","), strict=False)) | {"balance": written}
    assert read_row(row, CODES)[COLUMNS.index("balance")] == Decimal(is_)


@given(st.fixed_dictionaries({name: st.text(max_size=12) for name in COLUMNS}))
def test_no_row_breaks_the_reader(row):
    try:
        read = read_row(row, CODES)
    except BadField as fault:
        read = fault
    assert read.field in COLUMNS if isinstance(read, BadField) else len(read) == len(COLUMNS)


@given(st.from_regex(r"(\+27|0)(7[1-46-9]|8[2-4])[0-9]{7}", fullmatch=True))
def test_mobile_numbers_are_read_as_phonenumbers_reads_them(phone):
    row = dict(zip(COLUMNS, GOOD.split(","), strict=False)) | {"phone": phone}
    number = phonenumbers.parse(phone, "ZA")
    assert phonenumbers.is_valid_number(number)
    expected = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    assert read_row(row, CODES)[COLUMNS.index("phone")] == expected


MANY = [f"410062{n:02d},KDM,water,W{n},5,,,,,,," for n in range(40)]


def test_accounts_missing_from_a_file_that_names_all_are_closed(session, file):
    import_accounts(session, file(*MANY, "50000001,MLM,water,W900,5,,,,,,,"), CODES)
    result = import_accounts(session, file(*MANY[1:]), CODES, names_all=True, today=date(2026, 7, 1))
    assert (result.closed_accounts, result.unchanged) == (1, 39)
    closed = session.scalars(select(Account.account_number).where(Account.closed_at.is_not(None))).all()
    # the other municipality's account is not in this file's scope
    assert closed == ["41006200"]
    assert events(session, "41006200") == [("closed", "import")]
    again = import_accounts(session, file(*MANY), CODES, names_all=True)
    assert (again.changed, again.closed_accounts) == (1, 0)
    assert session.scalar(select(func.count()).where(Account.closed_at.is_not(None))) == 0


def test_a_file_cut_short_closes_nothing_unless_that_is_meant(session, file):
    import_accounts(session, file(*MANY), CODES)
    session.commit()
    with pytest.raises(AccountFileError, match="lacks 20 of the 40 open accounts"):
        import_accounts(session, file(*MANY[20:]), CODES, names_all=True)
    session.rollback()
    assert session.scalar(select(func.count()).where(Account.closed_at.is_not(None))) == 0
    meant = import_accounts(session, file(*MANY[20:]), CODES, names_all=True, close_any_number=True)
    assert meant.closed_accounts == 20


def test_an_account_whose_row_was_rejected_is_not_closed(session, file):
    import_accounts(session, file(*MANY), CODES)
    result = import_accounts(
        session, file(*MANY[1:], MANY[0].replace(",5,", ",five,")), CODES, names_all=True
    )
    assert (result.closed_accounts, len(result.rejected)) == (0, 1)


def test_the_import_says_how_far_it_is(session, file):
    words = []
    import_accounts(session, file(GOOD), CODES, progress=words.append)
    assert words == [
        "all rows read; comparing them with what is known",
        "taking over 1 new and 0 changed rows",
    ]
