"""A small assistant, really trained and served: messages in, keys out, turns that fail and come again."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Dict, Iterator, List, Optional, Tuple

import pytest

from engine.training import frame

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = """
version: "3.1"
intents: [complaint, greet, meter_reading, inform, cancel, query, nlu_fallback]
entities: [location, account_number, reading, service, person, month, amount, phone, reference, meter_number]
slots:
  location: {type: any, influence_conversation: false, mappings: [{type: custom}]}
forms:
  complaint_form: {required_slots: [location]}
responses:
  utter_greet: [{text: Hello}]
  utter_ask_location: [{text: "Where?"}]
  utter_opened: [{text: Opened}]
actions: [validate_complaint_form, action_open_complaint, action_not_understood]
session_config: {session_expiration_time: 1440, carry_over_slots_to_new_session: false}
"""
STORIES = """
version: "3.1"
rules:
- rule: greet
  steps: [{intent: greet}, {action: utter_greet}]
- rule: complain
  steps: [{intent: complaint}, {action: complaint_form}, {active_loop: complaint_form}]
- rule: complaint is complete
  condition: [{active_loop: complaint_form}]
  steps:
  - action: complaint_form
  - active_loop: null
  - slot_was_set: [{requested_slot: null}]
  - action: action_open_complaint
"""
NLU = """
version: "3.1"
nlu:
- intent: complaint
  metadata: {category: water, language: en}
  examples: |
    - there is no water in our street
    - the tap is dry since monday
    - water is leaking from the pipe
    - our water was cut and nobody came
- intent: complaint
  metadata: {category: roads, language: en}
  examples: |
    - a pothole damaged my tyre
    - the road is full of holes
- intent: complaint
  metadata: {category: water, language: zu}
  examples: |
    - awekho amanzi emgwaqweni wethu
    - umpompi womile kusukela ngoMsombuluko
- intent: complaint
  metadata: {category: roads, language: mixed}
  examples: |
    - i-pothole ilimaze i-tyre yami last week
    - the road yethu igcwele imigodi
- intent: greet
  metadata: {language: en}
  examples: |
    - hello
    - good morning
    - hi there
- intent: greet
  metadata: {language: zu}
  examples: |
    - sawubona
    - sanibonani
- intent: cancel
  metadata: {language: en}
  examples: |
    - cancel
    - never mind
    - leave it
- intent: meter_reading
  metadata: {language: en}
  examples: |
    - my reading is 12345
    - 40000001 01234
    - account 40000002 reading 05678
"""


class Actions(BaseHTTPRequestHandler):
    """Plays the action server: keeps what it was asked, answers by the action's name."""

    asked: ClassVar[List[Dict[str, Any]]] = []
    failing = False

    def do_POST(self) -> None:
        call = json.loads(self.rfile.read(int(self.headers["content-length"])))
        Actions.asked.append(call)
        status, answer = 200, self.answer_to(call)
        if Actions.failing:
            status, answer = 500, {}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_to(self, call: Dict[str, Any]) -> Dict[str, Any]:
        tracker = call["tracker"]
        locations = [
            one["value"] for one in tracker["latest_message"]["entities"] if one["entity"] == "location"
        ]
        if call["next_action"] == "validate_complaint_form":
            events = [{"event": "slot", "name": "location", "value": locations[0]}] if locations else []
            return {"events": events, "responses": []}
        if call["next_action"] == "action_open_complaint":
            reply = {
                "response": "utter_opened",
                "reference": "KDM-1111-2222",
                "buttons": [{"title": "Yes", "payload": "yes"}],
            }
            return {"events": [{"event": "slot", "name": "location", "value": None}], "responses": [reply]}
        return {"events": [], "responses": [{"response": "utter_not_understood"}]}

    def log_message(self, *_arguments: Any) -> None:
        pass


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from rasa.model_training import train

    folder = tmp_path_factory.mktemp("assistant")
    for name, content in (("domain.yml", DOMAIN), ("stories.yml", STORIES), ("nlu.yml", NLU)):
        (folder / name).write_text(content, encoding="utf-8")
    result = train(
        domain=str(folder / "domain.yml"),
        config=str(ROOT / "config.yml"),
        training_files=[str(folder / "stories.yml"), str(folder / "nlu.yml")],
        output=str(folder / "models"),
        fixed_model_name="phendula-20260101000000-test.tar.gz",
        force_training=True,
    )
    assert result.model is not None
    return Path(result.model).parent


@pytest.fixture(scope="module")
def engine_url(model: Path, database_url: str, engine_tables: Tuple[str, ...]) -> Iterator[str]:
    import psycopg

    schema = f"engine_e2e_{os.getpid()}"
    actions = ThreadingHTTPServer(("127.0.0.1", 0), Actions)
    threading.Thread(target=actions.serve_forever, daemon=True).start()
    separator = "&" if "?" in database_url else "?"
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": f"{database_url}{separator}options=-csearch_path%3D{schema}",
        "ACTIONS_URL": f"http://127.0.0.1:{actions.server_address[1]}",
        "PHENDULA_DATA_DIR": str(model / "data"),
    }
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        for table in engine_tables:
            connection.execute(f"CREATE TABLE {schema}.{table}")
        process = subprocess.Popen(
            [
                sys.executable,
                str(ROOT / "engine" / "start.py"),
                "run",
                "--model",
                str(model),
                "--port",
                str(port),
            ],
            env=environment,
        )
        try:
            yield _wait_for(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()
            process.wait(timeout=20)
            connection.execute(f"DROP SCHEMA {schema} CASCADE")
            actions.shutdown()


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> str:
    for _ in range(240):
        assert process.poll() is None, "the engine stopped"
        try:
            urllib.request.urlopen(f"{url}/webhooks/rest/", timeout=2).close()
            return url
        except OSError:
            time.sleep(0.25)
    raise AssertionError("the engine did not start")


def post(url: str, body: Any) -> Tuple[int, Any]:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def say(
    url: str, sender: str, text: Optional[str], message_id: Optional[str] = None, **metadata: Any
) -> Tuple[int, Any]:
    body = {"sender": sender, "message": text, "metadata": {"message_id": message_id, **metadata}}
    return post(f"{url}/webhooks/rest/webhook", body)


def keys(replies: Any) -> List[str]:
    return [reply["custom"]["response"] for reply in replies]


@pytest.fixture(autouse=True)
def _actions_work() -> Iterator[None]:
    Actions.failing = False
    Actions.asked.clear()
    return


def test_a_greeting_is_answered_by_a_key(engine_url: str) -> None:
    status, replies = say(engine_url, "greeting", "hello", "1", language="en")
    assert status == 200
    assert len(replies) == 1
    custom = replies[0]["custom"]
    assert custom["response"] == "utter_greet"
    assert (custom["values"], custom["buttons"]) == ({}, [])
    assert custom["understood"]["class"] == "greet"
    assert custom["understood"]["language"] == "en"
    assert "text" not in replies[0]


def test_a_form_asks_and_opens(engine_url: str) -> None:
    assert keys(say(engine_url, "form", "there is no water here", "1")[1]) == ["utter_ask_location"]
    status, replies = say(engine_url, "form", "by the old mill", "2", asking="location")
    assert (status, keys(replies)) == (200, ["utter_opened"])
    assert len(replies) == 1, "a reply with buttons comes once"
    custom = replies[0]["custom"]
    assert custom["values"]["reference"] == "KDM-1111-2222"
    assert custom["values"]["location"] == "by the old mill"
    assert custom["buttons"] == [{"title": "Yes", "payload": "yes"}]


def test_what_was_said_is_not_asked(engine_url: str) -> None:
    assert keys(say(engine_url, "said", "no water in our street eSundumbili", "1")[1]) == ["utter_opened"]


def test_the_actions_see_what_was_understood(engine_url: str) -> None:
    say(engine_url, "seen", "no water eSundumbili", "1", channel="sms", known_accounts=["41006273"])
    latest = Actions.asked[-1]["tracker"]["latest_message"]
    assert latest["category"] == "water"
    assert latest["language"] in ("en", "zu", "mixed")
    assert latest["metadata"]["channel"] == "sms"
    assert latest["metadata"]["known_accounts"] == ["41006273"]


def test_a_failed_action_is_an_error_and_its_retry_starts_before(engine_url: str) -> None:
    assert keys(say(engine_url, "retry", "there is no water here", "1")[1]) == ["utter_ask_location"]
    Actions.failing = True
    for _ in range(2):
        assert say(engine_url, "retry", "by the old mill", "2", asking="location")[0] == 503
    Actions.failing = False
    assert keys(say(engine_url, "retry", "by the old mill", "2", asking="location")[1]) == ["utter_opened"]
    # The answer was lost on its way to the bot: the same message comes again and gets the same answer.
    assert keys(say(engine_url, "retry", "by the old mill", "2", asking="location")[1]) == ["utter_opened"]
    assert keys(say(engine_url, "retry", "hello", "3")[1]) == ["utter_greet"]


def test_a_failed_first_turn_leaves_nothing(engine_url: str) -> None:
    Actions.failing = True
    assert say(engine_url, "first", "no water eSundumbili", "1")[0] == 503
    Actions.failing = False
    assert keys(say(engine_url, "first", "no water eSundumbili", "1")[1]) == ["utter_opened"]


def test_typed_slashes_fire_nothing(engine_url: str) -> None:
    said = "no water at the school since Monday"
    replies = say(engine_url, "slash", f"/bot_challenge {said}", "1")[1]
    assert all(reply["custom"]["understood"]["class"] != "bot_challenge" for reply in replies)
    typed = f'/bot_challenge{{"location":"{said}"}}'
    understood = post(f"{engine_url}/model/parse", {"text": typed})[1]
    assert understood["intent"]["name"] != "bot_challenge"
    assert not any(entity["value"] == said for entity in understood["entities"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        "\x00",
        "x" * 20_000,
        "\U0001f600" * 50,
        "\u0627\u0644\u0633\u0644\u0627\u0645 \u0639\u0644\u064a\u0643\u0645",
        "   ",
        "\ud83d",
    ],
    ids=lambda text: ascii(text)[:12],
)
def test_any_message_is_answered(engine_url: str, text: Optional[str]) -> None:
    status, replies = say(engine_url, "any", text, None)
    assert status == 200
    assert replies


def test_a_pin_alone_begins_a_complaint(engine_url: str) -> None:
    replies = say(engine_url, "pin", "", "1", latitude=-29.3, longitude=31.3)[1]
    assert replies[0]["custom"]["understood"]["class"] == "complaint"


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"message": "hi"},
        {"sender": 1, "message": "hi"},
        {"sender": "a", "message": 1},
        {"sender": "a", "metadata": []},
    ],
)
def test_a_wrong_body_is_refused_by_name(engine_url: str, body: Any) -> None:
    status, answer = post(f"{engine_url}/webhooks/rest/webhook", body)
    assert status == 400
    assert answer["error"]


def test_the_thousandth_message_costs_what_the_tenth_does(engine_url: str) -> None:
    def seconds(first: int, last: int) -> float:
        taken = []
        for number in range(first, last):
            began = time.monotonic()
            assert say(engine_url, "long", "hello", f"m{number}")[0] == 200
            taken.append(time.monotonic() - began)
        return statistics.median(taken)  # of which a pause of the machine is no part

    seconds(0, 10)
    early = seconds(10, 40)
    seconds(40, 160)
    assert seconds(160, 190) < early * 2


def test_parse_gives_the_documented_form(engine_url: str) -> None:
    parsed = post(f"{engine_url}/model/parse", {"text": "no water eSundumbili"})[1]
    assert set(parsed) >= {
        "text",
        "intent",
        "intent_ranking",
        "entities",
        "language",
        "language_confidence",
        "dominant",
        "category",
        "category_confidence",
    }


def _run_engine(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(ROOT / "engine" / "start.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )


def test_no_model_says_what_to_do(tmp_path: Path, engine_memory: str) -> None:
    result = _run_engine("run", "--model", str(tmp_path), DATABASE_URL=engine_memory)
    assert result.returncode == 1
    assert "make train" in result.stderr


def test_a_busy_port_names_its_setting(model: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        result = _run_engine("run", "--model", str(model), "--port", str(busy.getsockname()[1]))
    assert result.returncode == 1
    assert "PHENDULA_ENGINE_PORT" in result.stderr


def test_no_database_is_said(model: Path) -> None:
    result = _run_engine("run", "--model", str(model), "--port", str(free_port()), DATABASE_URL="")
    assert result.returncode == 1
    assert "DATABASE_URL" in result.stderr


class Store:
    """The tables in which it is said which model is published, as the engine of these tests reads them."""

    def __init__(self, connection: Any, schema: str) -> None:
        self.connection = connection
        connection.execute(f"SET search_path TO {schema}")

    def publish(self, name: str, content: bytes, frame: str) -> None:
        digest = hashlib.sha256(content).hexdigest()
        row = self.connection.execute(
            "INSERT INTO models (name, frame, sha256) VALUES (%s, %s, %s) RETURNING id", (name, frame, digest)
        ).fetchone()
        self.connection.execute("INSERT INTO model_files VALUES (%s, %s)", (row[0], content))
        self.connection.execute(
            "INSERT INTO publications (model_id, kind, actor) VALUES (%s, 'published', 'thoko')", (row[0],)
        )

    def replica(self) -> Tuple[str, Optional[str], bool]:
        """The model that the engine says it serves, its complaint, and whether it is the published one."""
        row = self.connection.execute(
            "SELECT model_name, error, publication_id = (SELECT max(id) FROM publications)"
            " FROM engine_replicas ORDER BY seen_at DESC LIMIT 1"
        ).fetchone()
        return tuple(row) if row else ("", None, False)

    def wait_for(self, right: Any) -> Tuple[str, Optional[str], bool]:
        for _ in range(150):
            found = self.replica()
            if right(found):
                return found
            time.sleep(0.2)
        raise AssertionError(f"waited in vain: {self.replica()}")


@pytest.fixture
def store(engine_url: str, database_url: str) -> Iterator[Store]:
    import psycopg

    with psycopg.connect(database_url, autocommit=True) as connection:
        yield Store(connection, f"engine_e2e_{os.getpid()}")


def served(url: str) -> str:
    with urllib.request.urlopen(f"{url}/status", timeout=10) as response:
        return str(json.load(response)["model_file"])


def test_the_model_that_came_with_the_product_is_put_into_service(engine_url: str, store: Store) -> None:
    rows = store.connection.execute(
        "SELECT name, origin, kind FROM publications JOIN models ON model_id = models.id"
    )
    assert rows.fetchone() == ("phendula-20260101000000-test.tar.gz", "installed", "installed")
    assert store.wait_for(lambda found: found[2])[1] is None


def test_a_published_model_is_taken_up_while_messages_flow(
    engine_url: str, store: Store, model: Path
) -> None:
    answers: List[Any] = []
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            number = str(len(answers))
            answers.append(say(engine_url, f"flow-{number}", "there is no water here", number))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        content = (model / "phendula-20260101000000-test.tar.gz").read_bytes()
        store.publish("phendula-20260202000000-other.tar.gz", content, frame())
        store.wait_for(lambda found: found[0].endswith("-other.tar.gz") and found[2])
    finally:
        stop.set()
        writer.join(30)
    assert served(engine_url).endswith("-other.tar.gz")
    assert {status for status, _ in answers} == {200}
    assert all(keys(replies) == ["utter_ask_location"] for _, replies in answers)
    # A form that was open goes on: its memory is not the model's.
    assert keys(say(engine_url, "flow-0", "by the old mill", "next", asking="location")[1]) == [
        "utter_opened"
    ]


@pytest.mark.parametrize(
    ("content", "its_frame", "words"),
    [(b"no model at all", None, "cannot be loaded"), (b"", "other", "another version")],
    ids=["broken", "of another version"],
)
def test_a_model_that_cannot_be_served_changes_nothing(
    engine_url: str, store: Store, content: bytes, its_frame: Optional[str], words: str
) -> None:
    before = served(engine_url)
    store.publish(f"phendula-2026030300000{len(content) % 10}-bad.tar.gz", content, its_frame or frame())
    assert words in str(store.wait_for(lambda found: words in str(found[1]))[1])
    assert served(engine_url) == before
    assert keys(say(engine_url, f"after-{words}", "hello", "1")[1]) == ["utter_greet"]


def test_an_engine_that_starts_with_a_broken_publication_serves_what_came_with_the_product(
    engine_url: str, store: Store, model: Path, database_url: str, tmp_path: Path
) -> None:
    store.publish("phendula-20260404000000-broken.tar.gz", b"no model at all", frame())
    port, separator = free_port(), "&" if "?" in database_url else "?"
    environment = {
        **os.environ,
        "DATABASE_URL": f"{database_url}{separator}options=-csearch_path%3Dengine_e2e_{os.getpid()}",
        "PHENDULA_DATA_DIR": str(tmp_path),
    }
    command = ["run", "--model", str(model), "--port", str(port)]
    process = subprocess.Popen([sys.executable, str(ROOT / "engine" / "start.py"), *command], env=environment)
    try:
        url = _wait_for(f"http://127.0.0.1:{port}", process)
        assert served(url).endswith("phendula-20260101000000-test.tar.gz")
        complaints = "SELECT error FROM engine_replicas WHERE name LIKE %s"
        for _ in range(100):
            row = store.connection.execute(complaints, (f"%:{port}:%",)).fetchone()
            if row:
                break
            time.sleep(0.1)
        assert row is not None
        assert "cannot be loaded" in row[0]
    finally:
        process.terminate()
        process.wait(timeout=20)
    assert store.connection.execute(complaints, (f"%:{port}:%",)).fetchone() is None, "it said goodbye"
