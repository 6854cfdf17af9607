"""`pkcompat migrate --verify`, with the forms really run."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pkcodemods import group_migration
from pkcodemods.result import MigrationResult
from pkcodemods.settings import Settings
from pkcodemods.source.modules import SourceModule
from pkcompat.command.app import app

PARTY = """\
def on_connect(connection, room):
    print("not for the reader of the report")
    room.broadcast("hi")


default = {"onConnect": on_connect}
"""
NAMES_ITSELF = """\
import sys


def on_connect(connection, room):
    connection.send(getattr(sys, "_get" + "frame")().f_code.co_qualname)


default = {"onConnect": on_connect}
"""
TELLS_ITS_LINE = NAMES_ITSELF.replace("co_qualname", "co_firstlineno.__str__()")
BY_CHANCE = """\
SALT = open("/dev/urandom", "rb").read(8).hex()


def on_connect(connection, room):
    connection.send(SALT)


default = {"onConnect": on_connect}
"""
GUARDED = """\
import hashlib


def on_connect(connection, room):
    room.broadcast("hi")


def on_message(message, connection, room):
    if hashlib.sha256(message.encode()).hexdigest().startswith("000000"):
        connection.send("one")
        connection.send("two")


default = {"onConnect": on_connect, "onMessage": on_message}
"""
USES_TELL = """\
from tell import tell


def on_connect(connection, room):
    tell(room)


default = {"onConnect": on_connect}
"""
TELL = """\
def tell(room):
    for peer in room.connections.values():
        peer.socket.send("x")
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(**files: str) -> None:
    for name, text in files.items():
        Path(f"{name}.py").write_text(text)


def migrate(*arguments: str, budget: int = 3, stdin: str | None = None) -> Result:
    command = ["migrate", "--verify", "--budget", str(budget), *arguments]
    return CliRunner().invoke(app, command, catch_exceptions=False, input=stdin)


def text(name: str) -> str:
    return Path(f"{name}.py").read_text()


def test_what_agrees_is_written_and_a_second_run_has_nothing_to_do() -> None:
    write(chat=PARTY, plain="x = 1\n")
    done = migrate(".")
    assert done.exit_code == 0
    first, compared, terms, summary = done.stdout.splitlines()
    assert first == "rewritten  chat.py default"
    assert compared.startswith("  default: agrees, 3 scripts, ")
    assert compared.endswith(" compared; 100 % of the lines in its module's functions ran")
    assert terms.startswith("Compared under generated traffic, seed 0; held still: clocks stand at ")
    assert summary == "1 file changed (1 rewritten), 1 left as it is."
    assert "(PartyServer):" in text("chat")
    again = migrate(".")
    assert (again.exit_code, again.output) == (0, "No files changed, 2 left as they are.\n")


def test_a_party_whose_forms_differ_is_wrapped_and_listed_with_the_script() -> None:
    write(chat=NAMES_ITSELF)
    done = migrate("chat.py")
    assert done.exit_code == 1
    first, finding, compared, *_ = done.stdout.splitlines()
    assert first == "wrapped    chat.py default"
    assert "chat.py:8:11: PK401 As a class, `default` behaved differently than as an object: " in finding
    assert "“on_connect” (object form) but “Chat.on_connect” (class form)." in finding
    assert "default: agrees, 3 scripts" in compared
    assert 'default = legacy_to_class({"onConnect": on_connect})' in text("chat")


def test_a_party_that_differs_even_wrapped_stays_as_it_is() -> None:
    write(chat=TELLS_ITS_LINE)  # the import of legacy_to_class moves it
    done = migrate("chat.py")
    assert done.exit_code == 1
    assert done.stdout.startswith(
        "untouched  chat.py default\n  chat.py:8:11: PK405 Even wrapped, `default` "
    )
    assert "“4” (before) but “6” (wrapped)." in done.output
    assert text("chat") == TELLS_ITS_LINE


def test_a_bug_of_the_codemod_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def migrate_together(
        modules: list[SourceModule], sources: list[str], settings: Settings, *, rewrites: bool
    ) -> list[MigrationResult]:
        return [
            MigrationResult(result.outcome, result.code.replace("self.room.broadcast", "str"), result.parties)
            for result in real(modules, sources, settings, rewrites=rewrites)
        ]

    real = group_migration.migrate_together
    monkeypatch.setattr(group_migration, "migrate_together", migrate_together)
    write(chat=PARTY)
    done = migrate("chat.py")
    assert done.exit_code == 1
    assert "gets “hi” (object form) but nothing (class form)." in done.output
    assert "legacy_to_class(" in text("chat")


def test_what_cannot_be_imported_is_told_and_does_not_stop_the_others() -> None:
    write(chat=PARTY, missing="import no_such_module\n\n\n" + PARTY, exits="exit(3)\n\n\n" + PARTY)
    done = migrate(".")
    assert done.exit_code == 2
    assert "error      missing.py default\n  missing.py:9:11: PK403 " in done.output
    assert "raised at import: ModuleNotFoundError: No module named 'no_such_module'." in done.output
    assert "exits.py: raised at import: SystemExit: 3." in done.output
    assert "1 file changed (1 rewritten), 2 could not be processed.\n" in done.output
    assert "Traceback" not in done.output
    assert "(PartyServer):" in text("chat")
    assert text("missing").endswith(PARTY)


def test_a_party_that_differs_from_itself_is_told_and_may_be_ignored() -> None:
    write(chat=BY_CHANCE)
    done = migrate("chat.py")
    assert done.exit_code == 2
    assert "PK406 `default` does not agree with itself " in done.output
    assert "--ignore" in done.output
    assert text("chat") == BY_CHANCE
    done = migrate("chat.py", "--ignore", "[0-9a-f]{16}")
    assert done.exit_code == 0
    assert "  not compared: what matches [0-9a-f]{16}\n" in done.output
    assert "(PartyServer):" in text("chat")


def test_coverage_may_be_required() -> None:
    write(chat=GUARDED)
    done = migrate("chat.py", "--require-coverage", "80")
    assert done.exit_code == 1
    assert "untouched  chat.py default\n  chat.py:14:11: PK402 The traffic reached 50 % " in done.output
    assert "less than the 80 % that are required; not: 10-11." in done.output
    assert text("chat") == GUARDED


def test_helpers_are_written_with_the_party_or_not_at_all() -> None:
    write(one=USES_TELL, two="import no_such_module\n" + USES_TELL, tell=TELL)
    done = migrate(".")
    assert done.exit_code == 2
    assert "PK404 `default` shares `tell.py` with `two.py:default`" in done.output
    assert (text("one"), text("tell")) == (USES_TELL, TELL)
    write(two="x = 1\n")
    assert migrate(".").exit_code == 0
    assert "(PartyServer):" in text("one")
    assert "get_connections()" in text("tell")


def test_the_parties_and_variables_of_the_project_are_there() -> None:
    write(
        chat="async def on_request(request, room):\n"
        '    return await room.parties["lobby"].get("x").fetch()\n\n\ndefault = {"onRequest": on_request}\n',
        lobby="from starlette.responses import Response\n\n\ndef on_request(request, room):\n"
        '    return Response(room.env["GREETING"])\n\n\ndefault = {"onRequest": on_request}\n',
    )
    done = migrate("chat.py", "--party", "lobby=lobby.py", "--env", "GREETING=hello", budget=10)
    assert (done.exit_code, "PK" in done.output) == (0, False)
    assert "100 % of the lines" in done.output


# nothing is written


@pytest.mark.parametrize(("source", "status"), [(PARTY, 1), ("x = 1\n", 0)])
def test_check_writes_nothing(source: str, status: int) -> None:
    write(chat=source)
    assert migrate("--check", "chat.py").exit_code == status
    assert text("chat") == source


def test_diff_shows_what_would_be_written() -> None:
    write(chat=NAMES_ITSELF)
    done = migrate("--diff", ".")
    assert done.exit_code == 1
    assert "+default = legacy_to_class({" in done.stdout
    assert "PK401" in done.stderr
    assert text("chat") == NAMES_ITSELF


# other formats


def test_json_has_the_steps_and_the_coverage() -> None:
    write(chat=NAMES_ITSELF, guarded=GUARDED, missing="import no_such_module\n\n\n" + PARTY)
    done = migrate("--format", "json", "--seed", "5", "--save", "scripts", ".")
    assert done.exit_code == 2
    document = json.loads(done.stdout)
    assert document["verification"] | {"held_still": ""} == {
        "seed": 5,
        "budget": 3,
        "require_coverage": 0,
        "held_still": "",
        "ignored": [],
    }
    files = {file["path"]: file for file in document["files"]}
    (chat,) = files["chat.py"]["parties"]
    assert (chat["outcome"], chat["findings"][0]["code"]) == ("wrapped", "PK401")
    separation = chat["verification"]["separation"]
    assert separation["traffic"]["steps"][0]["op"] == "connect"
    assert separation["saved"] == "scripts/chat.json"
    assert separation["differences"] == [
        {
            "step": len(separation["traffic"]["steps"]),
            "client": separation["traffic"]["steps"][0]["client"],
            "old": [{"text": "on_connect"}],
            "new": [{"text": "Chat.on_connect"}],
        }
    ]
    assert chat["verification"]["agreed"]["coverage"] == 100.0
    (guarded,) = files["guarded.py"]["parties"]
    assert guarded["verification"]["agreed"]["missed"] == [10, 11]
    assert guarded["verification"]["separation"] is None
    missing = files["missing.py"]
    assert missing["outcome"] == "error"
    assert "No module named 'no_such_module'" in missing["message"]
    assert missing["parties"][0]["verification"] == {"agreed": None, "separation": None}


def test_sarif() -> None:
    write(chat=NAMES_ITSELF, missing="import no_such_module\n\n\n" + PARTY)
    done = migrate("--format", "sarif", ".")
    (run,) = json.loads(done.stdout)["runs"]
    assert [(result["ruleId"], result["level"]) for result in run["results"]] == [
        ("PK401", "warning"),
        ("PK403", "error"),
    ]
    assert run["invocations"] == [{"executionSuccessful": False}]


def test_a_saved_script_shows_the_difference_again() -> None:
    Path("src").mkdir()
    Path("src/chat.py").write_text(NAMES_ITSELF.replace("default =", "lobby ="))
    done = migrate("src", "--check", "--save", "scripts")
    assert "  the script that tells the forms apart is in scripts/src/chat.lobby.json\n" in done.output
    again = CliRunner().invoke(
        app,
        ["verify", "src/chat.py", "--traffic", "scripts/src/chat.lobby.json", "--quiet-time", "0.1"],
        catch_exceptions=False,
    )
    assert again.exit_code == 1
    assert "class form   “LobbyServer.on_connect”" in again.output


# standard input


def test_standard_input_is_compared_as_the_named_file() -> None:
    write(
        tell="def tell(text):\n    return text.upper()\n",
        chat="raise SystemExit('the file, not the input')\n",
    )
    source = PARTY.replace('"hi"', 'tell("hi")')
    done = migrate("-", "--stdin-filename", "chat.py", stdin="from tell import tell\n\n\n" + source)
    assert done.exit_code == 0
    assert "(PartyServer):" in done.stdout
    told = done.stderr.partition("\n")[2]  # after what tells of the progress
    assert told.startswith("rewritten  chat.py default\n  default: agrees, 3 scripts")
    assert text("chat").startswith("raise")


def test_a_difference_in_standard_input() -> None:
    done = migrate("-", "--stdin-filename", "new.py", stdin=NAMES_ITSELF)
    assert done.exit_code == 1
    assert "legacy_to_class(" in done.stdout
    assert "PK401" in done.stderr
    assert not Path("new.py").exists()


# handlers that never ran


def test_a_handler_that_never_ran_is_a_warning_and_refused_where_coverage_is_required() -> None:
    seldom = PARTY.replace("default = {", 'def on_alarm(room):\n    room.broadcast("rings")\n\n\ndefault = {')
    write(chat=seldom.replace('{"', '{"onAlarm": on_alarm, "'))
    done = migrate(".", "--check")
    assert "  default: warning: never ran: on_alarm; nothing of it was compared\n" in done.stdout
    document = json.loads(migrate(".", "--check", "--format", "json").stdout)
    (party,) = document["files"][0]["parties"]
    assert party["verification"]["agreed"]["never_ran"] == ["on_alarm"]
    done = migrate(".", "--require-coverage", "1")
    assert done.exit_code == 1
    assert "PK402 Handlers that never ran under the traffic: on_alarm. " in done.stdout


# progress


def test_each_party_that_was_compared_is_told_while_the_others_are() -> None:
    write(chat=PARTY, names=NAMES_ITSELF, broken="1 / 0\n" + PARTY)
    done = migrate(".", "--format", "json")
    json.loads(done.stdout)
    lines = [re.sub(r" \(\d+\.\d s\)$", "", line) for line in done.stderr.splitlines()]
    assert sorted(line.partition(": ")[2] for line in lines) == [
        "broken.py:default cannot be compared",
        "chat.py:default agrees",
        "names.py:default agrees",  # wrapped, in the second round
        "names.py:default differs",
    ]
    assert [line.partition(": ")[0] for line in lines] == [
        "compared 1 of 3",
        "compared 2 of 3",
        "compared 3 of 3",
        "compared 4 of 4",
    ]


# wrong use


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--verify", "-"], "with - it needs --stdin-filename"),
        (["--require-coverage", "80", "."], "needs --verify"),
        (["--seed", "0", "."], "needs --verify"),
        (["--budget", "5", "."], "needs --verify"),
        (["--save", "x", "."], "needs --verify"),
        (["--ignore", "x", "."], "needs --verify"),
        (["--env", "A=b", "."], "needs --verify"),
        (["--party", "a=b", "."], "needs --verify"),
        (["--verify", "--require-coverage", "101", "."], "less than or equal to 100"),
        (["--verify", "--require-coverage", "most", "."], "valid integer"),
        (["--verify", "--ignore", "(", "."], "not a regular expression"),
        (["--verify", "--env", "A", "."], "is not NAME=VALUE"),
        (["--verify", "--save", "chat.py", "."], "chat.py: cannot create the folder: File exists"),
    ],
)
def test_wrong_use_is_told_and_nothing_is_done(arguments: list[str], message: str) -> None:
    write(chat=PARTY)
    done = CliRunner().invoke(app, ["migrate", *arguments], catch_exceptions=False, env={"COLUMNS": "400"})
    assert done.exit_code == 2
    assert message in done.stderr
    assert text("chat") == PARTY


# interruption


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interruption_leaves_everything_as_it_was_and_nothing_behind() -> None:
    waiting = "from pathlib import Path\n\nPath('runs').touch()\n\n\n"
    write(chat=waiting + PARTY, other=waiting + PARTY)
    command = [sys.executable, "-m", "pkcompat", "migrate", "--verify", "--budget", "100000", "."]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 30
    while not Path("runs").exists():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does, to the forms' processes too
    output, errors = process.communicate(timeout=30)
    assert process.returncode not in (0, None)
    assert "Traceback" not in output + errors
    assert text("chat") == waiting + PARTY
    assert text("other") == waiting + PARTY
    assert sorted(path.name for path in Path().iterdir()) == ["chat.py", "other.py", "runs"]
    with pytest.raises(ProcessLookupError):  # the forms' processes were of its group
        _until_gone(process.pid)


def _until_gone(group: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        os.killpg(group, 0)
        time.sleep(0.05)
