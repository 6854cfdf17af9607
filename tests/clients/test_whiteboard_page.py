"""Two people at the whiteboard of the examples, in Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clients.conftest import CHROMIUM, needs_chromium, screenshots
from tests.clients.processes import NodeScript, ServedProject, pkcompat_serve
from tests.clients.test_example_pages import copied

pytestmark = needs_chromium


@pytest.fixture
def whiteboard(tmp_path: Path) -> Iterator[ServedProject]:
    """The example under `pkcompat serve`."""
    served = pkcompat_serve(copied("whiteboard", tmp_path))
    yield served
    served.kill()
    assert "Traceback" not in served.output


def test_two_people_draw(whiteboard: ServedProject, form: str) -> None:
    room = f"Zürich & Bern, {form}"
    arguments = {"host": whiteboard.host, "chromium": CHROMIUM, "room": room, "form": form, **screenshots()}
    ada, ben, dot = "red 400,300 800,300 800,600", "blue 800,500 900,500 900,520", "green 160,100 160,100"
    with NodeScript("whiteboard_page.mjs", **arguments) as script:
        assert script.event("drawn with the mouse") == {
            "event": "drawn with the mouse",
            "before": [],  # while the mouse is still down
            "seen": [ada],
            "cursor": ["ada", "50%", "60%"],
            "said": "ada drew in red",
        }
        assert script.event("drawn by keyboard")["seen"] == [ada, ben]
        assert script.event("a touch")["seen"] == [ada, ben, dot]
        assert script.event("taken back")["seen"] == [ada, ben]
        assert script.event("came late")["seen"] == [ada, ben]
        assert script.event("taken back from who came late")["seen"] == [ben]
        looked = script.event("looked at")
        assert (looked["blocks"], looked["problems"], looked["outsiders"]) == ([], [], [])
        script.go_on()
        whiteboard.stop()
        script.event("on their own")
        whiteboard.start()
        assert script.event("together again") == {
            "event": "together again",
            "ada": [ben, dot],  # which was drawn meanwhile
            "ben": [ben, dot],
        }
        assert script.event("thought better of it")["seen"] == [ben, dot]
        cleared = script.event("cleared")
        assert (cleared["seen"], cleared["said"]) == ([], "ben cleared the board")
        assert script.event("full") == {"event": "full", "strokes": 500, "said": "the board is full"}
        script.events()
