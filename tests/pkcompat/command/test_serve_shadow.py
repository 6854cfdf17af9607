"""`pkcompat serve --shadow`: differences reported, kept and replayed; promotion."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path

import pytest
from tests.pkcompat.command.serve_command import served, stopped
from tests.pkcompat.command.test_serve import failed
from tests.pkcompat.recording.test_session import CHAT, real_clients, verify
from typer.testing import CliRunner

from pkcompat.command.app import app
from pkcompat.traffic.steps import Connect, Http, Send, Step, Wait

QUIETLY = ("--storage", "memory", "-q", "--grace", "45")  # so long it may take on a busy machine


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    shutil.copytree(CHAT, tmp_path / "chat")
    source = (tmp_path / "chat" / "chat.py").read_text()
    (tmp_path / "chat" / "wrong.py").write_text(source.replace(" whispers", " shouts"))
    return tmp_path / "chat"


async def test_what_the_codemod_makes_follows_real_clients(chat: Path) -> None:
    arguments = ("--shadow", "main", "--shadow", "lobby", *QUIETLY)
    with served(chat, *arguments) as (process, url, lines):
        assert "the shadow of main is what the codemod makes of chat.py (rewritten)" in lines
        assert "the shadow of lobby is what the codemod makes of lobby.py (rewritten)" in lines
        await real_clients(url)
        _, errors = stopped(process)
    # see STEPS: what ann, bob and the one in the lobby received, their handshakes, and three answers
    assert "the shadow followed 2 rooms, compared 16 things: 0 differences" in errors
    assert not (chat / ".pkcompat").exists()


async def test_a_difference_is_told_at_once_kept_and_replays(chat: Path) -> None:
    arguments = ("--shadow", "main=wrong.py", "--storage", "memory", "--differences", "kept", "-q")
    with served(chat, *arguments) as (process, url, _):
        await real_clients(url)
        _, errors = stopped(process)
    assert "the shadow of main/r differs: to the client with id a, after c2 sends “/to a psst”" in errors
    assert "answered: “bob whispers: psst”" in errors
    assert "shadow:   “bob shouts: psst”" in errors
    assert "the shadow followed 1 room, " in errors
    assert "1 difference\n  saved as traffic files: 1" in errors
    (file,) = (chat / "kept").iterdir()
    code, output = verify(chat, "chat.py", "wrong.py", "--traffic", str(file))
    assert code == 1, output
    assert "bob shouts: psst" in output


async def test_promoted_the_other_form_answers_and_the_present_one_follows(chat: Path) -> None:
    arguments = ("--shadow", "main", "--promote", *QUIETLY)
    with served(chat, *arguments) as (process, url, lines):
        assert any("its shadow is chat.py as it is" in line for line in lines)
        assert ["main", "class", "chat.py"] in [line.split()[:3] for line in lines]
        await real_clients(url)
        _, errors = stopped(process)
    assert "compared 13 things: 0 differences" in errors


async def test_promoted_with_a_rule(chat: Path) -> None:
    rule = ("--ignore", "whispers|shouts")
    arguments = ("--shadow", "main=wrong.py", "--promote", *rule, *QUIETLY)
    with served(chat, *arguments) as (process, url, lines):
        assert "main is answered by wrong.py; its shadow is chat.py as it is" in lines
        await real_clients(url)
        _, errors = stopped(process)
    assert "compared 13 things: 0 differences" in errors


ENDLESS = """
from partyserver import PartyServer
class Chat(PartyServer):
    def on_message(self, message, sender):
        while True: pass
"""
ECHO = ENDLESS.replace("while True: pass", "sender.send(message)")


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
async def test_an_endless_shadow_ends_with_the_host(chat: Path, end: signal.Signals) -> None:
    (chat / "echo.py").write_text(ECHO)
    (chat / "endless.py").write_text(ENDLESS)
    steps: tuple[Step, ...] = (Connect("a", "/party/r"), *[Send("a", str(n)) for n in range(5)], Wait(0.1))
    arguments = ("echo.py", "--shadow", "main=endless.py", "--storage", "memory", "-q")
    with served(chat, *arguments) as (process, url, _):
        await real_clients(url, steps)
        children = children_of(process.pid)
        assert len(children) == 1
        process.send_signal(end)
        process.communicate(timeout=20)
    deadline = time.monotonic() + 10
    while alive(children[0]):
        assert time.monotonic() < deadline
        time.sleep(0.05)  # noqa: ASYNC251 - the clients are gone


def children_of(pid: int) -> list[str]:
    """The processes that a process has started."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def alive(pid: str) -> bool:
    """Whether a process runs; one that has ended may wait for somebody to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_recorded_and_shadowed_at_once_with_static_files(chat: Path) -> None:
    (chat / "public").mkdir()
    (chat / "public" / "page.txt").write_text("page")
    (chat / "partykit.json").write_text(
        '{"main": "assets.py", "serve": "public", "vars": {"KEY": "value", "NUMBER": 3}}'
    )
    (chat / "assets.py").write_text(
        "async def on_request(request, room):\n"
        "    page = await room.context.assets.fetch('/page.txt')\n"
        "    from starlette.responses import JSONResponse\n"
        "    return JSONResponse([page.status_code, dict(room.env)])\n"
        "default = {'onRequest': on_request}\n"
    )
    arguments = ("--shadow", "main", "--record", "day.json", *QUIETLY)
    with served(chat, *arguments) as (process, url, _):
        await real_clients(url, (Http("GET", "/party/r"), Http("GET", "/page.txt")))
        _, errors = stopped(process)
    assert "compared 1 thing: 0 differences" in errors
    assert "recorded 2 steps" in errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--shadow", "none"), "there is no party 'none' to shadow; there are: main, lobby"),
        (("--shadow", "main=nowhere.py"), "the shadow cannot be run: nowhere.py: no such file"),
        (("--shadow", "main=broken.py"), "the shadow cannot be run: broken.py: raised at import"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_served(
    chat: Path, arguments: tuple[str, ...], message: str
) -> None:
    (chat / "broken.py").write_text("raise ValueError('no')\n")
    assert message in failed(chat, "--port", "0", *arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--shadow", "main="), "'main=' is neither NAME nor NAME=TARGET"),
        (("--shadow", "main", "--shadow", "main=x.py"), "'main' is given twice"),
        (("--promote",), "needs a shadow; name one with --shadow"),
        (("--ignore", "x"), "needs a shadow; name one with --shadow"),
        (("--shadow", "main", "--ignore", "("), "'(' is not a regular expression"),
    ],
)
def test_wrong_use(arguments: tuple[str, ...], message: str) -> None:
    done = CliRunner().invoke(app, ["serve", *arguments])
    assert done.exit_code == 2
    assert message in " ".join(done.output.replace("│", " ").split())
