"""The line length that a project's formatter is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from pkcompat.project.pyproject import load_tool_settings

CASES = [
    ({"pyproject.toml": "[tool.ruff]\nline-length = 100\n"}, 100),
    ({"pyproject.toml": "[tool.black]\nline-length = 79\n"}, 79),
    ({"pyproject.toml": "[tool.black]\nline-length = 79\n[tool.ruff]\nline-length = 100\n"}, 100),
    ({"pyproject.toml": "[tool.pkcompat]\nline-length = 60\n[tool.ruff]\nline-length = 100\n"}, 60),
    ({"pyproject.toml": "[tool.pkcompat]\nline_length = 60\n[tool.ruff]\nline-length = 100\n"}, 60),
    ({"pyproject.toml": "[tool.pkcompat]\nexclude = ['a']\n[tool.ruff]\nline-length = 100\n"}, 100),
    ({"ruff.toml": "line-length = 120\n"}, 120),
    ({".ruff.toml": "line-length = 120\n", "ruff.toml": "line-length = 100\n"}, 120),
    ({"ruff.toml": "line-length = 120\n", "pyproject.toml": "[tool.black]\nline-length = 79\n"}, 120),
    ({"ruff.toml": "[lint.pycodestyle]\nmax-line-length = 120\n"}, 88),
    ({"ruff.toml": "line-length = 'long'\n"}, 88),
    ({"ruff.toml": "line-length = \n"}, 88),
    ({"pyproject.toml": "[tool.ruff.lint.isort]\nline-length = 120\n"}, 88),
    ({}, 88),
]


@pytest.mark.parametrize(("files", "width"), CASES)
def test_the_line_length_is_the_formatters(files: dict[str, str], width: int, tmp_path: Path) -> None:
    folder = tmp_path / "src" / "app"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (folder / "party.py").touch()
    assert load_tool_settings([folder / "party.py"]).codemod.line_length == width


def test_the_nearest_formatter_counts(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.pkcompat]\n[tool.ruff]\nline-length = 100\n")
    inner = tmp_path / "app"
    inner.mkdir()
    (inner / "ruff.toml").write_text("line-length = 70\n")
    settings = load_tool_settings([inner])
    assert (settings.folder, settings.codemod.line_length) == (tmp_path, 70)
