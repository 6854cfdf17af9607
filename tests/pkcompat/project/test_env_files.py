"""`.env` files: precedence, references, byte order marks."""

from pathlib import Path

import pytest

from pkcompat.project.env_files import EnvFileError, EnvFiles, load_env_files


def test_there_need_be_none(tmp_path: Path) -> None:
    assert load_env_files(tmp_path) == EnvFiles({}, ())


def test_the_local_file_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# a comment\nA=1\nexport B='two words'\nC=\nD\n")
    (tmp_path / ".env.local").write_text('A="local\\nline"\n')
    found = load_env_files(tmp_path)
    assert found.values == {"A": "local\nline", "B": "two words", "C": ""}
    assert found.paths == (tmp_path / ".env", tmp_path / ".env.local")


def test_the_nearest_file_of_each_name_is_read(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / ".env").write_text("A=outer\nB=outer")
    (tmp_path / ".env.local").write_text("C=outer")
    (inner / ".env").write_text("A=inner")
    found = load_env_files(inner)
    assert found.values == {"A": "inner", "C": "outer"}
    assert found.paths == (inner / ".env", tmp_path / ".env.local")


def test_references_stay_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    (tmp_path / ".env").write_text("A=${HOME}/x\nB=$HOME")
    assert load_env_files(tmp_path).values == {"A": "${HOME}/x", "B": "$HOME"}


def test_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1", encoding="utf-8-sig")
    assert load_env_files(tmp_path).values == {"A": "1"}


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=\xff")
    with pytest.raises(EnvFileError, match=r"\.env: cannot be read: 'utf-8"):
        load_env_files(tmp_path)
