"""The code base that `migrate` is measured on."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import corpus


@pytest.mark.parametrize(("files", "copies"), [(60, 1), (700, 2)])
def test_it_has_so_many_files_of_about_that_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int, copies: int
) -> None:
    monkeypatch.setattr(corpus, "SETTLING", 0)
    monkeypatch.setattr(corpus, "_ordinary", lambda: [b"#" * 7_000])  # too small, all of them
    folder = tmp_path / "tree"
    folder.mkdir()
    corpus.build(folder, files, copies)
    ordinary = list(folder.glob("package_*/module_*.py"))
    assert len(ordinary) == files
    assert len(list(folder.rglob("*.py"))) == files + copies * corpus.PARTY_MODULES
    average = sum(path.stat().st_size for path in ordinary) / files
    assert average == pytest.approx(corpus.ORDINARY_BYTES / corpus.ORDINARY_FILES, rel=0.6)
