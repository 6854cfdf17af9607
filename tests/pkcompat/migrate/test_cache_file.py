"""Where caches lie: in the user's folder, one for each set of terms."""

from __future__ import annotations

from pathlib import Path

import pytest

from pkcompat.migrate.cache_file import cache_file


def test_it_lies_in_the_users_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name, **_: tmp_path / name)
    file = cache_file("clean-files", ["a"])
    assert file.parent == tmp_path / "pkcompat"
    assert file.name.startswith("clean-files-")


def test_other_terms_and_names_give_another_file() -> None:
    files = [
        cache_file(name, terms) for name in ("a", "b") for terms in (["x"], ["y"], ["x", "y"], ["\udcff"])
    ]
    assert len(set(files)) == len(files)
    assert cache_file("a", ["x"]) == files[0]
