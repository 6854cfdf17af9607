"""The page of `Host.admin` in Chromium, for somebody without a mouse."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clients.admin_host import HOSTILE_ID
from tests.clients.conftest import CHROMIUM, needs_chromium, screenshots
from tests.clients.processes import CLIENTS, NodeScript, ServedProject, run_script
from tests.mirror import ROOT

from pkcompat.serving import listen

TOKEN = "a long secret & ü"

pytestmark = needs_chromium


@pytest.fixture
def operated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedProject]:
    """Rooms worth looking at."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    served = ServedProject(tmp_path, [sys.executable, CLIENTS / "admin_host.py"])
    yield served
    served.kill()
    assert "Traceback" not in served.output


def test_operating_a_host_without_a_mouse(operated: ServedProject) -> None:
    events = run_script("admin_page.mjs", host=operated.host, chromium=CHROMIUM, **screenshots())
    told = {event.pop("event"): event for event in events}
    assert told["opened"] == {
        "skip": "Skip to the rooms",
        "at": True,
        "title": f"main · {operated.host}",
        "parties": ["main\t1\t2", "many\t0\t0", "empty\t0\t0"],
        "rooms": [
            HOSTILE_ID,
            *("design", "general", "general%2Farchive", "help", "random", "release-2.0", "standup"),
        ],
        "live": "polite",
    }
    assert told["chosen"] == {
        "focus": "room-title",
        "title": f"general · main · {operated.host}",
        "current": ["general"],
        "connections": ["<b>ben</b>U+202E", "ada"],
        "count": "2",
        "keys": 25,
        "alarm": told["chosen"]["alarm"],
    }
    assert "(2100-01-01 00:00:00 UTC)" in told["chosen"]["alarm"]
    assert told["others"] == {
        "selection": "message:00",
        "around": "Close eve",
        "isSame": True,
        "handedOn": "Close ada",
    }
    assert told["closed"] == {
        "told": [1008, "Closed by an administrator"],
        "rest": ["<b>ben</b>U+202E"],
        "focus": "Close <b>ben</b>U+202E",
    }
    assert told["rang"] == {"heard": ["the alarm rang"], "alarm": "none", "focus": "room-title"}
    what = told["deleted"].pop("what")
    assert what.startswith("Room general of party main")
    assert "Its connection stays open" in what
    assert told["deleted"] == {
        "focus": "deletion-word",
        "refused": "Nothing is deleted: type the word delete first.",
        "afterwards": "delete",
        "kept": 25,
        "open": 0,
    }
    assert told["hostile"] == {
        "room": HOSTILE_ID,
        "title": f"Room {HOSTILE_ID}\n<script>alert(1)</script>U+202E&'evil'",
        "keys": ["<img src=x onerror=alert(1)>U+202EU+000A\"'"],
        "asked": HOSTILE_ID,
    }
    assert told["searched"] == {
        "first": [50, "room-0000", "room-0049"],
        "second": [50, "room-0050", "room-0099"],
        "onward": "Next page",
        "found": [50, "room-0700", "room-0749"],
        "one": [1, "room-0799", "room-0799"],
        "search": "?party=many&prefix=room-07999",
        "focus": "prefix",
    }
    assert told["went back"] == {"room": HOSTILE_ID, "party": "main"}
    assert told["looked at"] == {"blocks": [], "unseen": [], "problems": [], "outsiders": []}


def test_other_nodes_and_what_goes_wrong(operated: ServedProject) -> None:
    events = run_script("admin_trouble.mjs", host=operated.host, chromium=CHROMIUM, **screenshots())
    told = {event.pop("event"): event for event in events}
    rooms = [row.split("\t") for row in told["nodes"]["rooms"]]
    assert [(row[0].strip(), row[1]) for row in rooms] == [
        ("asleep", "0"),
        ("far%20away\nfar away", "on 127.0.0.1:2"),
        ("here", "0"),
    ]
    away = "This room is on the node 127.0.0.1:2: its admin page shows its connections and keys."
    asleep = "No node of the cluster has this room in memory: its keys can be seen once it is awake."
    assert told["nodes"]["told"] == {
        "asleep": {"whereabouts": asleep, "actions": [], "parts": ["Connections"]},
        "far%20away": {"whereabouts": away, "actions": [], "parts": []},
        "here": {
            "whereabouts": "",
            "actions": ["Delete its data…"],
            "parts": ["Connections", "Stored keys"],
        },
    }
    assert told["refused"] == {"objection": "The host says: main/general has no alarm."}
    assert told["storage failed"] == {"told": "The host says: the disk is gone.", "rows": 7}
    assert told["others answer"] == {
        "signed out": "You may not see this (401): sign in again, then reload this page.",
        "sent to a login": "You are signed out: sign in again, then reload this page.",
        "a login page": "What answers is not the host (status 200).",
        "a proxy": "What answers is not the host (status 502).",
        "cut off": "The host's answer broke off.",
    }
    nowhere = "The host says: there is no party 'none'; there are: main, many, empty."
    assert told["no such party"] == {"rooms": nowhere, "room": nowhere}
    assert told["looked at"] == {"blocks": [], "problems": []}


def test_a_token_and_a_host_that_is_lost_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PKCOMPAT_ADMIN_TOKEN", TOKEN)
    (tmp_path / "chat.py").write_text("from partyserver import PartyServer\nclass Chat(PartyServer): ...\n")
    with listen() as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "pkcompat", "serve", "chat.py:Chat", "--admin", f"{port}"]
    served = ServedProject(tmp_path, command)
    try:
        with NodeScript(
            "admin_token.mjs",
            admin=f"http://127.0.0.1:{port}/",
            token=TOKEN,
            chromium=CHROMIUM,
            **screenshots(),
        ) as script:
            assert script.event("asked") == {
                "event": "asked",
                "asked": "token",
                "refused": "This token is not the host's.",
                "inside": "rooms-title",
                "cookies": 0,
            }
            script.event("here")
            served.kill()
            script.go_on()
            lost = script.event("lost")
            assert lost["why"].startswith("The host cannot be reached. What this page shows is as of ")
            assert (lost["said"], lost["focus"]) == ("The connection to the host is lost.", "prefix")
            served.start()
            script.go_on()
            assert script.event("back") == {"event": "back", "focus": "prefix", "typed": "de", "lost": 0}
            assert script.event("forgotten") == {
                "event": "forgotten",
                "hidden": True,
                "still": True,
                "forgotten": "token",
            }
            looked = script.event("looked at")
            unexpected = [
                problem
                for problem in looked["problems"]
                if "status of 401" not in problem and "ERR_CONNECTION_REFUSED" not in problem
            ]
            assert (looked["blocks"], looked["unseen"], looked["leaks"], unexpected) == ([], [], [], [])
            script.events()
    finally:
        served.kill()
