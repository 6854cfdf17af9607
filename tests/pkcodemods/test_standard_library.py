"""The standard library holds no party: the codemod goes over all of it without an error or a change."""

from __future__ import annotations

import sysconfig
from pathlib import Path

from pkcodemods import migrate_bytes

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
