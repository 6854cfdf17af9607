"""The codemod as LibCST runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import libcst as cst
from libcst.codemod import CodemodContext

import pkcodemods
from pkcodemods import MigrateParties, migrate_source

PARTY = b"""\
def on_connect(connection, room):
    room.broadcast("hi")


default = {"onConnect": on_connect}
""".replace(b"\n", b"\r\n")
DYNAMIC = """\
from handlers import base, on_connect

default = {**base, "onConnect": on_connect}
"""
VENDORED = """\
from vendored.pk import PartyKitRoom

def on_connect(connection, room: PartyKitRoom):
    pass

chat = {"onConnect": on_connect}
"""


def codemod(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "libcst.tool", "codemod", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_libcst_runs_it_over_files(tmp_path: Path) -> None:
    (tmp_path / "chat.py").write_bytes(PARTY)
    (tmp_path / "plain.py").write_text("x = 1\n")
    (tmp_path / "dynamic.py").write_text(DYNAMIC)
    done = codemod(tmp_path, "-x", "--no-format", "pkcodemods.MigrateParties", ".")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "chat.py").read_bytes() == migrate_source(PARTY.decode(), path="chat.py").code.encode()
    assert (tmp_path / "plain.py").read_text() == "x = 1\n"
    assert (tmp_path / "dynamic.py").read_text() == migrate_source(DYNAMIC).code
    assert "3:" in done.stderr
    assert "PK1" in done.stderr


def test_it_is_found_by_its_module_where_libcst_is_configured(tmp_path: Path) -> None:
    (tmp_path / ".libcst.codemod.yaml").write_text("modules: ['pkcodemods']\n")
    (tmp_path / "chat.py").write_bytes(PARTY)
    done = codemod(tmp_path, "--no-format", "libcst_command.MigrateParties", "chat.py")
    assert done.returncode == 0, done.stderr
    assert b"(PartyServer):" in (tmp_path / "chat.py").read_bytes()


def test_import_roots_are_an_option(tmp_path: Path) -> None:
    (tmp_path / "chat.py").write_text(VENDORED)
    arguments = ("-x", "--no-format", "pkcodemods.MigrateParties", "--import-root", "vendored.pk", "chat.py")
    done = codemod(tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "chat.py").read_text() == migrate_source(
        VENDORED, path="chat.py", settings=pkcodemods.Settings(import_roots=("vendored.pk",))
    ).code


def test_a_module_without_a_party_comes_back_as_it_is() -> None:
    tree = cst.parse_module("x = 1\n")
    assert MigrateParties(CodemodContext()).transform_module_impl(tree) is tree


def test_a_class_is_called_as_pkcompat_would_call_it(tmp_path: Path) -> None:
    board = tmp_path / "board"
    board.mkdir()
    for file in ("__init__.py", "rooms.py", "main.py"):
        (board / file).write_bytes(PARTY)
    done = codemod(board, "-x", "--no-format", "pkcodemods.MigrateParties", "--party", "quiz=rooms.py", ".")
    assert done.returncode == 0, done.stderr
    for file, name in (("__init__.py", "Board"), ("rooms.py", "Quiz"), ("main.py", "Server")):
        assert f"class {name}(PartyServer):" in (board / file).read_text()
