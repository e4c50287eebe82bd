"""The commands beside a running product, as an operator uses them."""

import csv
import hashlib
import io
import json

import pytest

pytestmark = pytest.mark.processes

ACCOUNTS = """\
account_number,municipality,service,meter_number,dials,last_reading,last_reading_date,average_per_month,holder,phone,read_day,balance
41006273,KDM,water,W-778812,5,2190,2026-10-25,18,N Dube,,24,
41006281,KDM,water,W-778813,five,,,,,,,
"""


@pytest.fixture(scope="module")
def accounts(running_system, tmp_path_factory):
    file = tmp_path_factory.mktemp("accounts") / "accounts.csv"
    file.write_text(ACCOUNTS)
    return running_system.command("account", "import", str(file))


def test_import_takes_good_rows_and_names_bad_ones(accounts):
    assert accounts.returncode == 1
    assert "1 added" in accounts.stdout
    assert "dials" in accounts.stderr
    assert ":3:" in accounts.stderr


def test_classify_writes_a_line_for_each_line(running_system):
    texts = ["Awekho amanzi eSundumbili kusukela izolo", "", "my bill is wrong account 41006273"]
    done = running_system.command("classify", stdin="\n".join(texts) + "\n")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["text"] for row in rows] == texts
    assert set(rows[0]) == {
        *("text", "language", "class", "class_confidence", "category", "category_confidence", "entities")
    }
    assert (rows[0]["language"], rows[0]["class"], rows[0]["category"]) == ("zu", "complaint", "water")
    assert {"name": "account_number", "value": "41006273", "start": 25, "end": 33} in rows[2]["entities"]


def test_chat_answers_piped_lines(running_system, accounts):
    done = running_system.command(
        "chat",
        "--from",
        "+27829000001",
        stdin="robots not working corner king shaka and hulett stanger\nwhat's my status\n",
    )
    assert done.returncode == 0, done.stderr
    assert "KDM-" in done.stdout
    assert "segment" in done.stdout


def test_a_case_is_shown_moved_and_referred(running_system):
    sid = running_system.sms("+27829000002", "Awekho amanzi eSundumbili kusukela izolo")
    running_system.replies_to(sid)
    listed = running_system.command("case", "list", "--category", "water", "--json")
    reference = json.loads(listed.stdout.splitlines()[0])["reference"]
    assert (
        running_system.command("case", "set-status", reference, "in_progress", "--as", "thandi").returncode
        == 0
    )
    referred = running_system.command(
        "case", "refer", reference, "--to", "KDM", "--reason", "their road was dug up"
    )
    assert referred.returncode == 0, referred.stderr
    shown = json.loads(running_system.command("case", "show", reference, "--json").stdout)
    assert (shown["reference"], shown["municipality"]) == (reference, "KDM")
    # Reports of earlier tests on the same product may have become an incident, which this one joins.
    kinds = [event["kind"] for event in shown["events"] if event["kind"] != "incident_linked"]
    assert kinds == ["opened", "stage_changed", "referred"]
    rows = list(csv.DictReader(io.StringIO(running_system.command("case", "export").stdout)))
    assert [row["reference"] for row in rows].count(reference) == 1


def test_a_case_goes_through_the_hands_of_staff(running_system):
    def does(*words, code=0):
        done = running_system.command("case", *words)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    running_system.replies_to(running_system.sms("+27829000012", "There is a big pothole in Ballito"))
    listed = running_system.command("case", "list", "--category", "roads", "--json").stdout
    reference = json.loads(listed.splitlines()[0])["reference"]
    does("assign", reference, "sipho")
    does("wait", reference, "Which side of the road?", "--as", "sipho")
    does("refer", reference, "--to", "MLM", "--reason", "theirs")
    assert "KDM/roads" in does("decline", reference, "--reason", "no", "--as", "musa")
    assert "what was done" in does("resolve", reference, " ", code=1)
    does("resolve", reference, "The pothole was filled.", "--as", "sipho")
    assert "resolved" in does("wait", reference, "And now?", code=1)
    assert "due" in does("reopen", reference, "--reason", "not level")
    does("close", reference, "--reason", "the same as another")
    shown = json.loads(does("show", reference, "--json"))
    assert (shown["stage"], shown["referral_count"], shown["assignee"]) == ("closed", 1, "sipho")
    assert "only a dispute" in does("decide", reference, "upheld", "--reason", "x", code=1)
    assert does("holds", "--csv").startswith("reference,")


def test_the_sweep_goes_through_all_periodic_work(running_system):
    done = running_system.command("sweep", "--now", "2026-12-30T10:00")
    assert done.returncode == 0, done.stderr
    assert "escalations: " in done.stdout


def test_a_reading_is_exported_once(running_system, accounts, tmp_path):
    running_system.replies_to(running_system.sms("+27829000003", "41006273 02214"))
    first = list(csv.DictReader(io.StringIO(running_system.command("reading", "export").stdout)))
    assert ("41006273", "02214") in {(row["account_number"], row["reading"]) for row in first}
    listed = running_system.command("reading", "batches").stdout
    number = listed.split()[0]
    folder = tmp_path / "billing"
    folder.mkdir()
    lost = running_system.command("reading", "export", "--batch", number, "--out", str(folder))
    assert lost.returncode == 0, lost.stderr
    file = folder / f"readings-{int(number):06d}.csv"
    assert list(csv.DictReader(io.StringIO(file.read_text()))) == first
    manifest = json.loads(file.with_name(f"{file.name}.manifest.json").read_text())
    assert manifest["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    figures = ("--count", str(manifest["count"]), "--sum", str(manifest["sum"]))
    assert running_system.command("reading", "acknowledge", number, *figures).returncode == 0
    wrong = running_system.command("reading", "acknowledge", number, "--count", "99", "--sum", "1")
    assert wrong.returncode == 1
    assert "99 of the sum 1 were acknowledged" in wrong.stderr
    assert list(csv.DictReader(io.StringIO(running_system.command("reading", "export").stdout))) == []


def test_a_takeover_silences_the_bot_until_release(running_system):
    who = ("sms", "+27829000004")
    running_system.replies_to(running_system.sms(who[1], "Sawubona"))
    assert running_system.command("conversation", "takeover", *who, "--as", "thandi").returncode == 0
    assert running_system.replies_to(running_system.sms(who[1], "Awekho amanzi eSundumbili")) == []
    said = running_system.command("conversation", "say", *who, "Ngiyakusiza, uThandi.", "--as", "thandi")
    assert said.returncode == 0, said.stderr
    running_system.wait_until_quiet()
    assert running_system.sent_by_twilio(who[1])[-1]["body"] == "Ngiyakusiza, uThandi."
    other = running_system.command("conversation", "release", *who, "--as", "sipho")
    assert other.returncode == 1
    assert "thandi" in other.stderr
    assert running_system.command("conversation", "release", *who, "--as", "thandi").returncode == 0
    view = json.loads(running_system.command("conversation", "show", *who, "--json").stdout)
    assert (view["state"], view["consent"], view["opted_out"]) == ("bot", True, False)


def test_erasing_a_person_leaves_no_word_of_theirs(running_system):
    who = ("sms", "+27829000005")
    running_system.replies_to(running_system.sms(who[1], "Ugesi uyacima njalo kwaGogo Mazibuko eNkobongo"))
    running_system.wait_until_quiet()
    exported = running_system.command("citizen", "export", *who)
    assert "Mazibuko" in exported.stdout
    erased = running_system.command("citizen", "erase", *who, "--yes")
    assert erased.returncode == 0, erased.stderr
    assert running_system.command("citizen", "export", *who).returncode == 1
    for table in ("messages", "cases", "events", "addresses", "citizens", "engine_memory"):
        rows = running_system.rows(f"SELECT t::text AS row FROM {table} t")
        assert not [row for row in rows if "Mazibuko" in row["row"] or who[1] in row["row"]], table


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["case", "show", "KDM-0000-0000"], 1, "no case"),
        (["case", "list", "--category", "weather"], 1, "no category 'weather'"),
        (["conversation", "show", "pigeon", "+27"], 1, "no channel"),
        (["conversation", "show", "sms", "+27820000000"], 1, "no conversation"),
        (["case", "set-status", "KDM-0000-0000", "done"], 1, "no status 'done'"),
        (["reading", "export", "--municipality", "XYZ"], 1, "no municipality 'XYZ'"),
        (["reading", "export", "--period", "November"], 1, "2026-11"),
        (["reading", "export", "--batch", "999"], 1, "no batch 999"),
        (["reading", "export", "--out", "/nowhere/readings.csv"], 1, "/nowhere is no folder"),
        (["key", "revoke", "nobody"], 1, "no key named nobody"),
        (["key", "add", "x", "--scope", "everything"], 1, "no scope everything"),
        (["account", "import", "/nowhere.csv"], 2, "does not exist"),
        (["incident", "show", "4711"], 1, "no incident 4711"),
        (["incident", "open", "water", "--place", "Atlantis"], 1, "no place 'Atlantis'"),
        (["planned", "import", "/nowhere.csv"], 2, "does not exist"),
        (["warnings", "ward", "Atlantis"], 1, "no ward, place or municipality"),
        (["nonsense"], 2, "nonsense"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_refusal_is_a_sentence(running_system, arguments, code, words):
    done = running_system.command(*arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_other_words_for_a_reply_are_said_once_a_second_person_agrees(running_system):
    run = running_system.command
    assert "unknown_value" in run("text", "propose", "utter_welcome", "{x}", "--as", "nomsa").stderr
    proposed = run("text", "propose", "utter_welcome", "Kube kuhle.", "--as", "nomsa", "--why", "short")
    assert proposed.returncode == 0, proposed.stderr
    number = proposed.stdout.split()[2].rstrip(";")
    assert "Kube kuhle." in run("text", "proposals").stdout
    assert "second person" in run("text", "approve", number, "--as", "nomsa").stderr
    assert "config undo" in run("text", "approve", number, "--as", "sipho").stdout
    assert "Kube kuhle." in run("text", "list", "--own").stdout
