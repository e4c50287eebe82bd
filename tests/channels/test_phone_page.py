"""The phone page: only in sandbox, through the same door as every message, and safe."""

from __future__ import annotations

import base64
import secrets

import pytest

from crm_store.settings import settings
from tests.messaging import new_number
from tests.stand_ins.engine import reply


def typed(sandbox, number, text="", channel="sms", **more):
    body = {"id": secrets.token_hex(8), "channel": channel, "address": number, "text": text, **more}
    return sandbox.client.post("/phone/messages", json=body)


def shown(sandbox, number, channel="sms"):
    return sandbox.client.get("/phone/messages", params={"channel": channel, "address": number}).json()


def test_what_is_typed_is_answered_and_counted(sandbox):
    number = new_number()
    assert typed(sandbox, number, "Awekho amanzi").status_code == 202
    assert shown(sandbox, number)["waiting_seconds"] is not None
    sandbox.work()
    phone = shown(sandbox, number)
    assert [bubble["from"] for bubble in phone["messages"]] == ["me", "us", "us"]
    assert phone["waiting_seconds"] is None
    assert phone["messages"][1]["encoding"] == "GSM-7"
    assert phone["segments"] == sum(bubble["segments"] or 0 for bubble in phone["messages"])


def test_a_repetition_of_the_same_typing_is_taken_once(sandbox):
    number, id_ = new_number(), secrets.token_hex(8)
    answers = [typed(sandbox, number, "hello", id=id_).json() for _ in range(2)]
    assert [answer["repeated"] for answer in answers] == [False, True]


def test_telegram_keys_work(sandbox):
    chat = new_number()[1:]
    sandbox.engine.plan["hello"] = [
        reply("utter_ask_wants_agent", buttons=[{"title": "Yebo", "payload": "yes"}])
    ]
    typed(sandbox, chat, "hello", "telegram")
    sandbox.work()
    (key,) = shown(sandbox, chat, "telegram")["messages"][1]["buttons"]
    typed(sandbox, chat, channel="telegram", payload=key["payload"])
    sandbox.work()
    assert sandbox.engine.asked[-1]["message"] == "yes"
    assert [b["text"] for b in shown(sandbox, chat, "telegram")["messages"] if b["from"] == "me"] == [
        "hello",
        "Yebo",
    ]


def test_a_pin_and_a_photo(sandbox):
    number = new_number()
    typed(sandbox, number, channel="whatsapp", kind="location", latitude=-29.1, longitude=31.4)
    typed(sandbox, number, channel="whatsapp", kind="media")
    sandbox.work()
    assert sandbox.engine.asked[0]["metadata"]["latitude"] == -29.1
    assert sandbox.keys("whatsapp", number)[-1] == "utter_media_only"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address": "082"}, "body"),
        ({"channel": "fax"}, "channel"),
        ({"kind": "location"}, "body"),
        ({"kind": "location", "latitude": 91, "longitude": 0}, "latitude"),
        ({"id": "x"}, "id"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_what_is_wrong_is_named(sandbox, change, field):
    body = {"id": secrets.token_hex(8), "channel": "sms", "address": new_number(), "text": "x", **change}
    answer = sandbox.client.post("/phone/messages", json=body)
    assert (answer.status_code, answer.json()["detail"]["field"]) == (400, field)


def test_other_sites_may_not_write_here(sandbox):
    body = {"id": secrets.token_hex(8), "channel": "sms", "address": new_number(), "text": "x"}
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert sandbox.client.post("/phone/messages", json=body, headers=headers).status_code == 403
    assert sandbox.client.post("/phone/messages", data=body).status_code == 415


def test_the_page_runs_nothing_that_is_not_ours(sandbox):
    answer = sandbox.client.get("/phone")
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    for inline in ("onclick=", "style=", "<style", "javascript:", "http://", "//cdn"):
        assert inline not in answer.text
    for name in ("phone.css", "phone.js", "icon.svg"):
        assert sandbox.client.get(f"/phone/static/{name}").status_code == 200
    assert sandbox.client.get("/phone/static/..%2Fview.py").status_code == 404


def test_there_is_no_page_when_every_channel_has_its_provider(messaging):
    assert messaging.client.get("/phone").status_code == 404
    assert messaging.client.get("/phone/messages?channel=sms&address=%2B27820000001").status_code == 404
    assert messaging.client.get("/phone/static/phone.js").status_code == 404


def test_there_is_no_page_in_production(sandbox, monkeypatch):
    from crm_store.settings import settings

    monkeypatch.setenv("PHENDULA_ENV", "production")
    monkeypatch.setenv("PHENDULA_SECRET_KEY", "x" * 40)
    settings.cache_clear()
    assert sandbox.client.get("/phone").status_code == 404
    assert typed(sandbox, new_number(), "x").status_code == 404


def test_a_file_is_looked_at_as_on_the_real_channels_and_can_be_fetched_by_its_phone(
    sandbox, monkeypatch, tmp_path
):
    monkeypatch.setenv("PHENDULA_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    number = new_number()
    for content, name in ((b"%PDF-1.4 x", "bill.html"), (b"<script>", "a.pdf")):
        file = {"file": base64.b64encode(content).decode(), "file_name": name, "file_type": "application/pdf"}
        assert typed(sandbox, number, channel="whatsapp", kind="media", **file).status_code == 202
    sandbox.work()
    (kept,), (refused,) = (
        one["files"] for one in shown(sandbox, number, "whatsapp")["messages"] if one["files"]
    )
    assert (kept["sort"], kept["name"], kept["kept"], refused["kept"]) == ("pdf", "bill.pdf", True, False)
    given = sandbox.client.get(f"/phone/files/{kept['id']}")
    assert (given.content, given.headers["content-type"]) == (b"%PDF-1.4 x", "application/pdf")
    assert given.headers["content-disposition"].startswith("attachment;")
    assert sandbox.client.get(f"/phone/files/{refused['id']}").status_code == 404
    assert list((tmp_path / "phone").iterdir()) == []
    assert typed(sandbox, number, channel="whatsapp", kind="media", file="???").status_code == 400
