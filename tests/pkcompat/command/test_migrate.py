"""`pkcompat migrate`: writing, `--check`, `--diff`, JSON, encodings, failing files."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pkcompat.command.app import app

PARTY = """\
def on_connect(connection, room):
    room.broadcast("hi")


default = {"onConnect": on_connect}
"""
DYNAMIC = """\
from handlers import base, on_connect

default = {**base, "onConnect": on_connect}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chat.py").write_text(PARTY)
    (tmp_path / "plain.py").write_text("x = 1\n")
    return tmp_path


def migrate(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["migrate", *arguments], catch_exceptions=False)


@pytest.mark.usefixtures("project")
def test_a_folder_is_migrated_and_a_second_run_changes_nothing() -> None:
    done = migrate(".")
    assert done.exit_code == 0
    assert done.output == "rewritten  chat.py default\n1 file changed (1 rewritten), 1 left as it is.\n"
    code = Path("chat.py").read_text()
    assert "(PartyServer):" in code
    assert Path("plain.py").read_text() == "x = 1\n"
    again = migrate(".")
    assert (again.exit_code, again.output) == (0, "No files changed, 2 left as they are.\n")
    assert Path("chat.py").read_text() == code


@pytest.mark.usefixtures("project")
def test_check_writes_nothing_and_exits_with_1_where_something_would_change() -> None:
    done = migrate("--check", ".")
    assert done.exit_code == 1
    assert "1 file would change (1 rewritten), 1 left as it is.\n" in done.output
    assert Path("chat.py").read_text() == PARTY
    assert migrate("--check", "plain.py").exit_code == 0


@pytest.mark.usefixtures("project")
def test_diff_prints_a_patch_and_writes_nothing() -> None:
    done = migrate("--diff", ".")
    assert done.exit_code == 0
    assert done.stdout.startswith("--- chat.py\n+++ chat.py\n@@ ")
    assert "1 file would change" in done.stderr
    assert Path("chat.py").read_text() == PARTY
    subprocess.run(["patch", "-s", "-p0"], input=done.stdout, text=True, check=True)
    patched = Path("chat.py").read_text()
    Path("chat.py").write_text(PARTY)
    migrate("chat.py")
    assert Path("chat.py").read_text() == patched


@pytest.mark.usefixtures("project")
def test_check_and_diff_together() -> None:
    assert migrate("--check", "--diff", ".").exit_code == 1
    assert Path("chat.py").read_text() == PARTY


@pytest.mark.usefixtures("project")
def test_one_bad_file_does_not_stop_the_others() -> None:
    Path("bad.py").write_bytes(b"# partykit\ndef f(:\n")
    Path("latin.py").write_bytes(b"# partykit\n\n# \xe9\n")
    done = migrate(".", "nope.py")
    assert done.exit_code == 2
    assert "bad.py:2: " in done.output
    assert "latin.py:3: " in done.output
    assert "nope.py: No such file or directory" in done.output
    assert "1 file changed (1 rewritten), 1 left as it is, 3 could not be processed.\n" in done.output
    assert "(PartyServer):" in Path("chat.py").read_text()
    assert Path("bad.py").read_bytes() == b"# partykit\ndef f(:\n"
    assert Path("latin.py").read_bytes() == b"# partykit\n\n# \xe9\n"


@pytest.mark.usefixtures("project")
def test_a_wrapped_party_is_listed_with_its_place() -> None:
    Path("chat.py").write_text(DYNAMIC)
    done = migrate("chat.py")
    assert done.exit_code == 0
    assert "wrapped    chat.py default\n  chat.py:3:" in done.output
    assert "PK" in done.output
    assert "legacy_to_class(" in Path("chat.py").read_text()


@pytest.mark.usefixtures("project")
def test_json() -> None:
    Path("bad.py").write_text("# partykit\ndef f(:\n")
    Path("wrapped.py").write_text(DYNAMIC)
    done = migrate("--format", "json", ".")
    assert done.exit_code == 2
    files = {file["path"]: file for file in json.loads(done.stdout)["files"]}
    assert {path: file["outcome"] for path, file in files.items()} == {
        "bad.py": "error",
        "chat.py": "rewritten",
        "plain.py": "untouched",
        "wrapped.py": "wrapped",
    }
    assert files["bad.py"]["line"] == 2
    assert files["chat.py"]["parties"] == [{"name": "default", "outcome": "rewritten", "findings": []}]
    (party,) = files["wrapped.py"]["parties"]
    assert set(party["findings"][0]) == {"code", "line", "column", "message", "help"}


@pytest.mark.usefixtures("project")
def test_a_folder_without_python_files() -> None:
    Path("empty").mkdir()
    done = migrate("empty")
    assert (done.exit_code, done.output) == (0, "No Python files found.\n")


@pytest.mark.usefixtures("project")
def test_diff_keeps_tabs_line_ends_and_encodings() -> None:
    crlf = b"# coding: latin-1\n" + PARTY.replace("    ", "\t").replace("hi", "\xe9").encode("latin-1")
    Path("chat.py").write_bytes(crlf.replace(b"\n", b"\r\n"))
    done = migrate("--diff", "chat.py")
    subprocess.run(["patch", "-s", "-p0", "--binary"], input=done.stdout_bytes, check=True)
    patched = Path("chat.py").read_bytes()
    Path("chat.py").write_bytes(crlf.replace(b"\n", b"\r\n"))
    migrate("chat.py")
    assert Path("chat.py").read_bytes() == patched
    assert b"\t\tself.room.broadcast" in patched
    assert b"\xe9" in patched
    assert patched.count(b"\r\n") == patched.count(b"\n")


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("command", [["migrate", "--check"], ["migrate", "--diff"], ["scan"]])
def test_on_a_terminal_the_end_names_the_command_that_explains_a_finding(
    command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("dynamic.py").write_text(DYNAMIC)
    hint = "`pkcompat explain PK101` says more.\n"
    piped = CliRunner().invoke(app, [*command, "."], env={"FORCE_COLOR": None})
    assert "PK101" in piped.output
    assert "explain" not in piped.output
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    assert CliRunner().invoke(app, [*command, "."]).output.endswith(hint)
    assert "explain" not in CliRunner().invoke(app, [*command, "chat.py"]).output


def test_a_file_that_is_left_is_not_said_to_change_with_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("helpers.py").write_text("from partykit.server import PartyKitRoom\n")
    assert migrate("helpers.py").output.startswith("untouched  helpers.py\n  helpers.py:1:29: PK408 ")


@pytest.mark.usefixtures("project")
def test_diff_is_coloured_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[32m+class Chat" in migrate("--diff", "chat.py").stdout


@pytest.mark.usefixtures("project")
def test_sarif_names_what_was_found() -> None:
    Path("wrapped.py").write_text(DYNAMIC)
    done = migrate("--check", "--format", "sarif", ".")
    assert done.exit_code == 1
    (run,) = json.loads(done.stdout)["runs"]
    (result,) = run["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "wrapped.py"


@pytest.mark.usefixtures("project")
def test_what_is_excluded_is_left_alone_even_if_it_is_named() -> None:
    Path("old").mkdir()
    Path("old/party.py").write_text(PARTY)
    done = migrate(".", "--exclude", "old/", "--exclude", "pl*.py")
    assert done.output == "rewritten  chat.py default\n1 file changed (1 rewritten).\n"
    Path("pyproject.toml").write_text('[tool.pkcompat]\nexclude = ["old"]\n')
    assert migrate("old/party.py").output == "No Python files found.\n"
    assert Path("old/party.py").read_text() == PARTY


@pytest.mark.usefixtures("project")
def test_what_git_ignores_is_left_alone_unless_it_is_named() -> None:
    Path(".gitignore").write_text("chat.py\n")
    assert migrate(".").output == "No files changed, 1 left as it is.\n"
    assert "1 rewritten" in migrate("chat.py").output


@pytest.mark.usefixtures("project")
def test_settings_of_the_project_count() -> None:
    Path("pyproject.toml").write_text('[tool.pkcompat.per-file-ignores]\n"ch*.py" = ["all"]\n')
    assert migrate(".").output == "No files changed, 2 left as they are.\n"
    Path("pyproject.toml").write_text("[tool.pkcompat]\nexlude = []\n")
    done = migrate(".")
    assert done.exit_code == 2
    assert "pyproject.toml: [tool.pkcompat] has no `exlude`; did you mean `exclude`?" in done.output


@pytest.mark.usefixtures("project")
def test_a_pattern_that_is_none_is_said() -> None:
    done = migrate(".", "--exclude", "!")
    assert done.exit_code == 2
    assert "not a pattern of files" in done.output


def piped(source: str | bytes, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["migrate", *arguments, "-"], input=source, catch_exceptions=False)


def test_standard_input_goes_to_standard_output(project: Path) -> None:
    done = piped(PARTY)
    assert done.exit_code == 0
    assert done.stderr == "rewritten  <stdin> default\n1 file changed (1 rewritten).\n"
    migrate("chat.py")
    nameless = (project / "chat.py").read_text().replace("Chat", "Server")
    assert done.stdout == nameless


@pytest.mark.usefixtures("project")
def test_standard_input_may_have_a_name() -> None:
    Path("pyproject.toml").write_text('[tool.pkcompat.per-file-ignores]\n"old/*" = ["all"]\n')
    assert piped(PARTY, "--stdin-filename", "old/chat.py").stdout == PARTY
    assert "new/chat.py" in piped(PARTY, "--stdin-filename", "new/chat.py").stderr


@pytest.mark.usefixtures("project")
def test_standard_input_is_checked_and_compared() -> None:
    done = piped(PARTY, "--check")
    assert done.exit_code == 1
    assert "1 file would change" in done.stdout
    assert piped(PARTY, "--diff").stdout.startswith("--- <stdin>\n")


@pytest.mark.usefixtures("project")
def test_standard_input_that_is_no_python_gives_nothing() -> None:
    done = piped(b"def f(:\n")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "<stdin>:1: " in done.stderr


@pytest.mark.usefixtures("project")
def test_standard_input_stands_alone() -> None:
    done = migrate("-", "chat.py")
    assert done.exit_code == 2
    assert "must be the only path" in done.output
    assert Path("chat.py").read_text() == PARTY


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_jobs(project: Path, jobs: str) -> None:
    for number in range(8):
        (project / f"party_{number}.py").write_text(PARTY)
    done = migrate("--jobs", jobs, ".")
    assert "9 files changed (9 rewritten), 1 left as it is.\n" in done.output


def test_files_that_know_each_other_change_together(project: Path) -> None:
    (project / "chat.py").write_text(
        PARTY.replace('room.broadcast("hi")', "tell(room)").join(["from helpers import tell\n\n\n", ""])
    )
    (project / "helpers.py").write_text("def tell(room):\n    return room.connections.get('a')\n")
    done = migrate(".")
    assert done.output == (
        "rewritten  chat.py default\n"
        "rewritten  helpers.py (along with parties of other files)\n"
        "2 files changed (2 rewritten), 1 left as it is.\n"
    )
    assert (project / "helpers.py").read_text() == "def tell(room):\n    return room.get_connection('a')\n"
    assert migrate(".", "--check").exit_code == 0


def test_an_empty_path_is_not_the_current_folder(project: Path) -> None:
    done = migrate("")
    assert done.exit_code == 2
    assert "a path must not be empty; the current folder is ." in done.output
    assert (project / "chat.py").read_text() == PARTY


def test_parties_of_one_file_with_other_outcomes(project: Path) -> None:
    (project / "chat.py").write_text(
        "from partykit.server import PartyKitServer\n\n\n"
        "def here(room):\n    return len(room.connections)\n\n\n"
        "def on_message(message, connection, room):\n    connection.send(str(here(room)))\n\n\n"
        "default = {'onMessage': on_message}\nother: PartyKitServer = {'onMessage': on_message}\n"
        "broken: PartyKitServer = {'onMesage': on_message}\n"
    )
    done = migrate("chat.py")
    assert done.exit_code == 0
    assert "rewritten  chat.py default, other, broken (untouched)\n" in done.output
    assert done.output.count("PK301") == 1  # at the helper's line, for both
    assert done.output.count("PK106") == 1


@pytest.mark.usefixtures("project")
def test_a_diff_in_json_is_a_field_and_nothing_else_is_printed() -> None:
    Path("kept.py").write_text("from partykit.server import PartyKitRoom\n")
    done = migrate("--diff", "--format", "json", ".")
    files = {file["path"]: file for file in json.loads(done.stdout)["files"]}
    assert files["chat.py"]["diff"].startswith("--- chat.py\n+++ chat.py\n@@")
    assert files["plain.py"]["diff"] == ""
    assert [finding["code"] for finding in files["kept.py"]["findings"]] == ["PK408"]
    assert "(PartyServer):" not in Path("chat.py").read_text()


def test_sarif_has_no_diff() -> None:
    done = migrate("--diff", "--format", "sarif", ".")
    assert done.exit_code == 2
    assert "leave out --diff" in done.stderr


@pytest.mark.parametrize(
    "reads",
    [
        "from chat import default\n\nassert default['onConnect']\n",
        "import chat\n\nassert isinstance(chat.default, dict)\n",
        "from chat import default as chat\n\nprint(*chat)\n",
    ],
)
def test_a_file_that_is_not_named_reads_the_object_so_it_stays(reads: str, project: Path) -> None:
    (project / "tests").mkdir()
    (project / "tests" / "test_chat.py").write_text(reads)
    done = migrate("chat.py")
    assert done.exit_code == 0
    assert "PK407" in done.stdout
    assert "Run `pkcompat migrate chat.py tests/test_chat.py`" in done.stdout
    assert (project / "chat.py").read_text() == PARTY
    assert (project / "tests" / "test_chat.py").read_text() == reads
    assert "2 files changed" in migrate("chat.py", "tests").stdout
