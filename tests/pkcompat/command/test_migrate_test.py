"""`pkcompat migrate --test`: the user's own tests judge."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pkcompat.command.app import app

PARTY = """\
def on_message(message, connection, room):
    room.broadcast(message)


default = {"onMessage": on_message}
"""
CHECK = """\
import importlib
chat, poll, quiz = map(importlib.import_module, ("chat", "poll", "quiz"))
assert chat.default and poll.default and quiz.default
if not isinstance(poll.default, dict):
    raise SystemExit("poll must stay an object")
if not hasattr(quiz, "on_" + "message"):
    raise SystemExit("quiz must keep its function")
"""
RUN = f"{shlex.quote(sys.executable)} check.py"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    (folder / "pyproject.toml").touch()
    for name in ("chat", "poll", "quiz"):
        (folder / "src" / f"{name}.py").write_text(PARTY)
    (folder / "check.py").write_text(CHECK)
    return folder


def migrate(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["migrate", *arguments], catch_exceptions=False)


def sources(folder: Path) -> dict[str, str]:
    return {path.stem: path.read_text() for path in (folder / "src").glob("*.py")}


def copies(folder: Path) -> list[Path]:
    return list(folder.parent.glob("pkcompat-*"))


def test_what_fails_the_tests_is_wrapped_or_stays(project: Path) -> None:
    done = migrate("src", "--test", RUN)
    assert done.exit_code == 1
    written = sources(project)
    assert "class Chat(PartyServer)" in written["chat"]
    assert written["poll"] == PARTY
    assert "default = legacy_to_class(" in written["quiz"]
    assert "PK410" in done.stdout
    assert "      poll must stay an object\n" in done.stdout
    assert "PK409" in done.stdout
    assert "      quiz must keep its function\n" in done.stdout
    assert "tested as it is: passes" in done.stderr
    assert not copies(project)


@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_nothing_is_written_where_that_is_asked_for(option: str, project: Path) -> None:
    done = migrate("src", "--test", RUN, option)
    assert done.exit_code == 1
    assert set(sources(project).values()) == {PARTY}


def test_json_tells_of_the_tests(project: Path) -> None:
    document = json.loads(migrate("src/chat.py", "--test", RUN, "--format", "json", "--diff").stdout)
    assert document["test"] == {"command": RUN, "runs": 3, "refuses": False, "vacuous": False}
    assert document["files"][0]["outcome"] == "rewritten"


def test_tests_that_fail_before_write_nothing(project: Path) -> None:
    (project / "check.py").write_text("raise SystemExit('broken already')\n")
    done = migrate("src", "--test", RUN)
    assert done.exit_code == 2
    assert "fails before anything is migrated (exit status 1); nothing is written" in done.stderr
    assert "broken already" in done.stderr
    assert set(sources(project).values()) == {PARTY}


def test_tests_that_do_not_look_are_told(project: Path) -> None:
    done = migrate("src", "--test", "true")
    assert done.exit_code == 0
    assert "`true` passes even when no changed file can be imported" in done.stderr
    assert PARTY not in sources(project).values()


def test_tests_that_import_the_project_itself_are_an_error(project: Path) -> None:
    (project / "check.py").write_text(f"import sys\nsys.path.insert(0, {str(project / 'src')!r})\n{CHECK}")
    done = migrate("src", "--test", RUN)
    assert done.exit_code == 2
    assert "imports src/chat.py from the project itself, not from the copy" in done.stderr
    assert set(sources(project).values()) == {PARTY}
    assert not copies(project)


def test_where_nothing_changes_nothing_runs(project: Path) -> None:
    done = migrate("check.py", "--test", "false")
    assert done.exit_code == 0
    assert "nothing changes, so `false` was not run" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("src", "--test", " "), "needs a command"),
        (("-", "--test", "true"), "needs files that the tests can import"),
        (("src", "--test-timeout", "3"), "needs --test"),
    ],
)
def test_wrong_use_is_told(arguments: tuple[str, ...], told: str, project: Path) -> None:
    done = migrate(*arguments)
    assert done.exit_code == 2
    assert told in " ".join(done.stderr.replace("│", " ").split())
    assert set(sources(project).values()) == {PARTY}


def test_a_command_that_is_not_there_is_told(project: Path) -> None:
    done = migrate("src", "--test", "no-such-command-here")
    assert done.exit_code == 2
    assert "exit status 127, the shell cannot run it" in done.stderr
    assert set(sources(project).values()) == {PARTY}


def test_it_goes_with_verify(project: Path) -> None:
    done = migrate("src", "--test", RUN, "--verify", "--budget", "3", "--format", "json")
    assert done.exit_code == 1
    document = json.loads(done.stdout)
    outcomes = {Path(file["path"]).stem: file["outcome"] for file in document["files"]}
    assert outcomes == {"chat": "rewritten", "poll": "untouched", "quiz": "wrapped"}
    assert document["verification"]["budget"] == 3
    assert document["test"]["refuses"]


def test_a_worktree_has_what_is_not_committed_and_goes_again(project: Path) -> None:
    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    git("init", "--quiet")
    git("add", "pyproject.toml", "src/chat.py", "src/poll.py")
    git("commit", "--quiet", "--message", "x")
    (project / "src" / "chat.py").write_text(f"# not committed\n{PARTY}")
    done = migrate("src", "--test", f"grep -q committed src/chat.py && {RUN}")
    assert done.exit_code == 1
    assert sources(project)["chat"].startswith("# not committed\nfrom partyserver import")
    assert len(git("worktree", "list").splitlines()) == 1
    assert git("status", "--porcelain", "--untracked-files=no") == " M src/chat.py\n"
    assert not copies(project)


def test_ctrl_c_leaves_all_as_it_was(project: Path) -> None:
    marker = project.parent / "started"
    command = [sys.executable, "-m", "pkcompat", "migrate", "src", "--test", f"touch {marker}; sleep 60"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not marker.exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode != 0
    assert b"Traceback" not in errors
    assert set(sources(project).values()) == {PARTY}
    assert not copies(project)
