"""A page in Chromium that chats through partysocket; page and client are static files of the host."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clients.conftest import CHROMIUM, migrate, needs_chromium
from tests.clients.processes import CLIENTS, NodeScript, ServedProject, pkcompat_serve

CHAT = CLIENTS.parents[1] / "examples" / "demo"


@pytest.fixture
def chat(form: str, tmp_path: Path) -> Iterator[ServedProject]:
    """The chat of the examples with a page of its own, under `pkcompat serve`."""
    for file in CHAT.glob("*.py"):
        shutil.copy(file, tmp_path)
    config = json.loads((CHAT / "partykit.json").read_text())
    (tmp_path / "partykit.json").write_text(json.dumps({**config, "serve": "public"}))
    shutil.copytree(CLIENTS / "page", tmp_path / "public")
    shutil.copytree(CLIENTS / "node_modules/partysocket/dist", tmp_path / "public/partysocket")
    if form == "class":
        migrate(tmp_path, rewritten=2)
    served = pkcompat_serve(tmp_path)
    yield served
    served.kill()
    assert "Traceback" not in served.output


@needs_chromium
def test_two_people_chat(chat: ServedProject) -> None:
    room = "Zürich & Bern"
    with NodeScript("chat_page.mjs", host=chat.host, chromium=CHROMIUM, room=room) as script:
        assert script.event("chatted") == {
            "event": "chatted",
            "ada": ["* ada joined: ada", "* ben joined: ada, ben", "ben: hi ada"],
            "ben": ["* ben joined: ada, ben", "ada: hello <b>ben</b> 🎈"],
        }
        counted = script.event("counted")["answer"]
        assert counted == {"room": "Z%C3%BCrich%20&%20Bern", "here": "ada, ben", "lines": 2}
        assert script.event("reloaded")["ben"] == [
            "ada: hello <b>ben</b> 🎈",
            "ben: hi ada",
            "* ben joined: ada, ben",
        ]
        assert script.event("before the restart")["problems"] == []
        script.go_on()
        chat.stop()
        assert script.event("closed")["status"] == "closed 1012"
        chat.start()
        assert script.event("chatted after the restart")["problems"] == []
        script.events()
