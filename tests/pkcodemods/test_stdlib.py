"""The standard library holds no party: the codemod goes over all of it without an error or a change."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from pkcodemods import Settings, migrate_bytes
from pkcodemods.migration import migrate_in_this_process
from pkcodemods.source.encoding import decode

SKIPPED = {"site-packages", "lib2to3", "idlelib"}


def standard_library() -> list[Path]:
    root = Path(sysconfig.get_path("stdlib"))
    return [path for path in root.rglob("*.py") if not SKIPPED & set(path.relative_to(root).parts)]


def test_the_standard_library_stays_as_it_is() -> None:
    files = standard_library()
    assert len(files) > 500
    changed = []
    for path in files:
        data = path.read_bytes()
        result = migrate_bytes(data, path=str(path))
        if result.outcome != "untouched":
            changed.append((path.name, result.outcome))
    assert changed == []


# Modules with much of what there is to read: guards, fallbacks, deep classes, decorators, star imports.
READ_IN_FULL = [
    *("abc.py", "argparse.py", "ast.py", "cgitb.py", "collections/__init__.py", "contextlib.py"),
    *("ctypes/_aix.py", "dataclasses.py", "decimal.py", "enum.py", "functools.py", "hashlib.py"),
    *("imaplib.py", "inspect.py", "json/decoder.py", "os.py", "socket.py", "ssl.py", "sysconfig.py"),
    *("tkinter/font.py", "typing.py", "unittest/mock.py", "urllib/request.py", "zipfile.py"),
]


@pytest.mark.parametrize("name", READ_IN_FULL)
def test_a_module_is_left_as_it_is_when_all_of_it_is_read(name: str) -> None:
    path = Path(sysconfig.get_path("stdlib")) / name
    if not path.exists():
        pytest.skip("not in this Python")
    source, _ = decode(path.read_bytes())
    result = migrate_in_this_process(source, name, Settings(), rewrites=True)
    assert (result.outcome, result.findings, result.code) == ("untouched", (), source)
