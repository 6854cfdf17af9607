"""Completion: the scripts of each shell, what bash makes of it, and what the others are answered."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pkcompat.command.app import app

BIN = Path(sys.executable).parent
PROGRAM = BIN / "pkcompat"

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="the command is not installed")


def run(*command: str | Path, **env: str) -> str:
    done = subprocess.run(
        command,
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_commands_options_and_values() -> None:
    lines = {
        "pkcompat sto": ["storage"],
        "pkcompat storage ": ["list", "show", "export", "import", "delete", "copy"],
        "pkcompat storage list --cluster": ["--cluster-namespace"],
        "pkcompat migrate --format ": ["text", "json", "sarif"],
        "pkcompat serve --durability p": ["process", "power"],
        "pkcompat explain PK30": ["PK301", "PK302"],
    }
    script = ['eval "$(pkcompat --show-completion bash)"']
    for line in lines:
        words = line.split(" ")
        quoted = " ".join(f"'{word}'" for word in words)
        script.append(f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; COMPREPLY=()")
        script.append('_pkcompat_completion pkcompat; echo "${COMPREPLY[@]}"')
    shown = run("bash", "--norc", "-c", "\n".join(script))
    assert [line.split(" ") for line in shown.splitlines()] == list(lines.values())


@pytest.mark.parametrize(
    ("shell", "env"),
    [
        ("zsh", {"_TYPER_COMPLETE_ARGS": "pkcompat storage exp"}),
        (
            "fish",
            {"_TYPER_COMPLETE_ARGS": "pkcompat storage exp", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
        ),
    ],
)
def test_another_shell_gets_its_answer(shell: str, env: dict[str, str]) -> None:
    answer = run(PROGRAM, _PKCOMPAT_COMPLETE=f"complete_{shell}", **env)
    assert "export" in answer
    assert "Write rooms as JSON Lines" in answer
    assert "import" not in answer.replace("import: all", "")


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("bash", "complete -o default -F _pkcompat_completion pkcompat"),
        ("zsh", "#compdef pkcompat"),
        ("fish", "complete --command pkcompat "),
        ("powershell", "Register-ArgumentCompleter -Native -CommandName pkcompat"),
    ],
)
def test_the_script_is_the_named_shells_whatever_shell_asks(shell: str, line: str) -> None:
    done = CliRunner().invoke(app, ["--show-completion", shell], env={"SHELL": "/bin/sh"})
    assert done.exit_code == 0
    assert line in done.stdout
    assert "_PKCOMPAT_COMPLETE" in done.stdout


def test_a_shell_that_is_none_is_refused() -> None:
    done = CliRunner().invoke(app, ["--show-completion", "tcsh"])
    assert (done.exit_code, "'bash', 'zsh', 'fish', 'powershell'" in done.stderr) == (2, True)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_installed_in_the_home_folder(
    shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    done = CliRunner().invoke(app, ["--install-completion", shell])
    assert done.exit_code == 0
    (written,) = [path for path in tmp_path.rglob("*pkcompat*") if path.is_file()]
    assert f"completion for {shell} is in {written}; " in done.stdout.replace("\n", "")
    assert "complete" in written.read_text()
    if shell == "bash":
        assert str(written) in (tmp_path / ".bashrc").read_text()


def test_a_home_that_cannot_be_written_is_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    done = CliRunner().invoke(app, ["--install-completion", "bash"])
    assert (done.exit_code, "cannot be written: " in done.stderr) == (2, True)
