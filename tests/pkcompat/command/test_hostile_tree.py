"""`migrate` and `scan` on a tree of odd names, unreadable files and other traps: nothing is confused."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from typer.testing import CliRunner

from pkcompat.command.app import app

PARTY = b"""\
def on_connect(connection, room):
    room.broadcast("hi")


default = {"onConnect": on_connect}
"""
NAMES = [
    b"a\nrewritten  b.py",
    b"escape\x1b[31m.py",
    b"\xff\xfe.py",
    b"with blanks.py",
    b"tab\t.py",
    b'quote".py',
    b"[bold]markup.py",
    b"-option.py",
    "größe.py".encode(),
    b"Twin.py",
    b"twin.py",
    b"return\r.py",
    b"x" * 230 + b".py",
]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have other names")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        (tmp_path / os.fsdecode(name)).write_bytes(PARTY)
    return tmp_path


def run(*arguments: str) -> tuple[int, str, bytes]:
    done = CliRunner().invoke(app, [*arguments], catch_exceptions=False)
    return done.exit_code, done.stdout, done.stdout_bytes


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("command", [["migrate", "--check"], ["scan"]])
def test_no_name_feigns_a_line_or_is_obeyed_by_a_terminal(command: list[str]) -> None:
    _, text, _ = run(*command, ".")
    assert not [line for line in text.splitlines() if line.startswith("rewritten  b.py")]
    assert all(character.isprintable() or character == "\n" for character in text)
    for shown in (r"a\nrewritten  b.py", r"escape\x1b[31m.py", r"\xff\xfe.py", "[bold]markup.py"):
        assert shown in text


@pytest.mark.usefixtures("tree")
def test_json_and_sarif_are_valid_whatever_the_names() -> None:
    _, _, data = run("migrate", "--check", "--format", "json", ".")
    paths = {file["path"] for file in json.loads(data.decode())["files"]}
    assert {"a\nrewritten  b.py", "escape\x1b[31m.py", "\ufffd\ufffd.py", "größe.py"} <= paths
    Path("\udcffbad\n.py").write_bytes(b"def f(:\n")
    status, _, data = run("migrate", "--check", "--format", "sarif", ".")
    assert status == 2
    (result,) = json.loads(data.decode())["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote_to_bytes(uri) == b"\xffbad\n.py"


@pytest.mark.skipif(shutil.which("patch") is None, reason="needs patch")
def test_a_diff_of_odd_names_is_what_patch_takes(tree: Path) -> None:
    _, _, data = run("migrate", "--diff", ".")
    assert all(path.read_bytes() == PARTY for path in tree.iterdir())
    subprocess.run(["patch", "-s", "-p0"], input=data, check=True)
    patched = {path.name: path.read_bytes() for path in tree.iterdir()}
    assert patched.keys() == {os.fsdecode(name) for name in NAMES}
    for path in tree.iterdir():
        path.write_bytes(PARTY)
    assert run("migrate", ".")[0] == 0
    assert {path.name: path.read_bytes() for path in tree.iterdir()} == patched


def test_files_that_never_end_or_lead_elsewhere_are_errors_or_left_alone(tree: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside" / "party.py"
    outside.parent.mkdir()
    outside.write_bytes(PARTY)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.py").symlink_to(outside)
    (inside / "loop.py").symlink_to(inside / "loop.py")
    os.mkfifo(inside / "pipe.py")
    os.link(outside, inside / "hard.py")
    status, text, _ = run("migrate", "inside")
    assert (status, text) == (
        0,
        "rewritten  inside/hard.py default\n1 file changed (1 rewritten).\n",
    )
    assert outside.read_bytes() == PARTY
    status, text, _ = run("migrate", "inside/pipe.py", "inside/loop.py", "/dev/zero")
    assert status == 2
    assert "inside/pipe.py: Not a regular file\n" in text
    assert "inside/loop.py: Too many levels of symbolic links\n" in text
    assert "/dev/zero: Not a regular file\n" in text


@pytest.fixture
def others_tree() -> Iterator[Path]:
    """A tree that another user can reach, for root may read and write everything."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    for path in folder.rglob("*"):
        if path.is_dir():
            path.chmod(0o700)
    shutil.rmtree(folder)


def as_nobody(*arguments: str) -> tuple[int, str]:
    """What the command gives a user who is not root, from a forked process."""
    CliRunner().invoke(app, [*arguments, "--check"])  # imports what that user perhaps cannot read
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65_534)
                os.setuid(65_534)
            os.write(writing, pickle.dumps(run(*arguments)[:2]))
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    status, text = pickle.loads(answer)
    return status, text


def test_what_may_not_be_read_or_written_is_told_and_the_rest_is_done(
    others_tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(others_tree)
    for name in ("fine", "unreadable", "read_only", "closed/party", "fixed/party"):
        path = Path(f"{name}.py")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(PARTY)
        path.chmod(0o666)
    Path("unreadable.py").chmod(0o000)
    Path("read_only.py").chmod(0o444)
    Path("closed").chmod(0o000)
    Path("fixed").chmod(0o555)
    status, text = as_nobody("migrate", "--no-cache", "--jobs", "1", ".")
    assert status == 2
    for line in (
        "unreadable.py: Permission denied",
        "read_only.py: cannot be written: Permission denied",
        "closed: Permission denied",
        "fixed/party.py: cannot be written: Permission denied",
    ):
        assert f"error      {line}\n" in text
    assert "1 file changed (1 rewritten), 4 could not be processed.\n" in text
    assert b"PartyServer" in Path("fine.py").read_bytes()
    assert Path("read_only.py").read_bytes() == PARTY
    assert os.listdir("fixed") == ["party.py"]
