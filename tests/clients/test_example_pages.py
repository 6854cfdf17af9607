"""The pages of the examples in Chromium, each with the party in both forms."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clients.conftest import CHROMIUM, needs_chromium, screenshots
from tests.clients.processes import CLIENTS, NodeScript, ServedProject, pkcompat_serve

EXAMPLES = CLIENTS.parents[1] / "examples"

pytestmark = needs_chromium


def copied(name: str, folder: Path) -> Path:
    """An example and the pages, in a folder of their own."""
    for part in (name, "pages"):
        ignored = shutil.ignore_patterns("__pycache__", ".pkcompat")
        shutil.copytree(EXAMPLES / part, folder / part, ignore=ignored)
    return folder / name


@pytest.fixture
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServedProject]:
    """The example that a test names."""
    served = pkcompat_serve(copied(request.param, tmp_path))
    yield served
    served.kill()
    assert "Traceback" not in served.output


def visiting(name: str, example: ServedProject, form: str) -> NodeScript:
    arguments = {"host": example.host, "chromium": CHROMIUM, "room": "Zürich & Bern", "form": form}
    return NodeScript(f"{name}_example.mjs", **arguments, **screenshots())


def assert_good_looks(script: NodeScript) -> None:
    looked = script.event("looked at")
    assert (looked["blocks"], looked["outsiders"]) == ([], [])
    assert [text for text in looked["problems"] if "ERR_CONNECTION" not in text] == []


FORMS = {"object": "Object form", "class": "Class form"}


@pytest.mark.parametrize("example", ["chat"], indirect=True)
def test_chat(example: ServedProject, form: str) -> None:
    lines = ["ada: hello <b>ben</b> 🎈", "ben: hi"]
    with visiting("chat", example, form) as script:
        assert script.event("chatted") == {
            "event": "chatted",
            "ada": lines,
            "ben": lines,
            "form": FORMS[form],
        }
        assert script.event("came late")["eve"] == lines
        script.event("before the restart")
        example.stop()
        example.start()
        script.go_on()
        after = script.event("after the restart")
        assert after["ada"] == after["ben"] == [*lines, "ben: still there?"]
        assert_good_looks(script)
        script.events()


@pytest.mark.parametrize("example", ["cursors"], indirect=True)
def test_cursors(example: ServedProject, form: str) -> None:
    with visiting("cursors", example, form) as script:
        assert script.event("pointed") == {"event": "pointed", "name": "ada", "form": FORMS[form]}
        assert script.event("pointed by keyboard")["name"] == "ben"
        assert script.event("came late")["seen"] == ["ada", "ben"]
        assert_good_looks(script)
        assert script.event("left")["cursors"] == 0
        script.events()


@pytest.mark.parametrize("example", ["poll"], indirect=True)
def test_poll(example: ServedProject, form: str) -> None:
    counts = ["Tea 1", "Coffee 1"]
    with visiting("poll", example, form) as script:
        voted = script.event("voted")
        assert (voted["ada"], voted["ben"], voted["form"]) == (counts, counts, FORMS[form])
        again = script.event("voted again after a reload")
        assert (again["options"], again["pressed"]) == (counts, 1)
        assert_good_looks(script)
        assert script.event("closed by itself")["disabled"] == 2
        script.events()


@pytest.mark.parametrize("example", ["webhook"], indirect=True)
def test_webhook(example: ServedProject, form: str) -> None:
    party = {"object": "object", "class": "main"}[form]
    with visiting("webhook", example, form) as script:
        posted = script.event("posted from the page")
        assert posted["ben"] == [{"action": "opened", "number": 7}]
        assert posted["form"] == FORMS[form]
        waits = [script.event("limited")["wait"] for _ in range(2)]
        assert all(55 <= wait <= 61 for wait in waits)
        shop = script.event("posted by a shop")
        assert shop["answers"] == [202] * 10 + [429] * 2
        assert shop["address"] == f"http://host/parties/{party}/Z%C3%BCrich%20&%20Bern"
        assert script.event("remembered")["events"] == 11
        assert_good_looks(script)
        script.events()


def test_partysocket_is_the_package_as_it_comes() -> None:
    """But for the names of source maps, which are not there."""
    for file in ("index.js", "ws.js"):
        came = (CLIENTS / "node_modules/partysocket/dist" / file).read_text(encoding="utf-8")
        lines = [line for line in came.splitlines() if "sourceMappingURL" not in line]
        kept = (EXAMPLES / "pages/partysocket" / file).read_text(encoding="utf-8")
        assert kept.splitlines() == lines
    came = (CLIENTS / "node_modules/partysocket/LICENSE.txt").read_text(encoding="utf-8")
    assert (EXAMPLES / "pages/partysocket/LICENSE.txt").read_text(encoding="utf-8") == came
