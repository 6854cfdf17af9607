"""`[tool.pkcompat]` in `pyproject.toml`: which file counts, errors."""

from pathlib import Path

import pytest

from pkcompat.project.pyproject import (
    ToolSettings,
    ToolSettingsError,
    load_tool_settings,
    parse_tool_settings,
)
from pkcompat.traffic.masking import MaskSettings

TABLE = """
[tool.pkcompat]
exclude = ["build/"]
import-roots = ["vendored.partykit"]
line_length = 100

[tool.pkcompat.per-file-ignores]
"tests/*" = ["all"]
"""


def test_everything_that_is_taken(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(TABLE)
    settings = load_tool_settings([tmp_path])
    assert settings.folder == tmp_path
    assert settings.exclude == ("build/",)
    assert settings.codemod.import_roots == ("vendored.partykit",)
    assert settings.codemod.line_length == 100
    assert settings.codemod.ignored_codes(settings.path_in_project(tmp_path / "tests/a.py")) == {"all"}
    assert not settings.codemod.ignored_codes(settings.path_in_project(tmp_path / "src/a.py"))


def test_the_nearest_file_with_the_table_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(TABLE)
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    (inner / "party.py").touch()
    assert load_tool_settings([inner / "party.py"]).folder == tmp_path
    monkeypatch.chdir(inner)
    assert load_tool_settings([]).folder == tmp_path
    (inner / "pyproject.toml").write_text("[tool.pkcompat]\n")
    assert load_tool_settings([inner / "party.py"]).folder == inner
    assert load_tool_settings([inner, tmp_path / "a"]).folder == tmp_path


def test_without_a_table_the_current_folder_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_tool_settings([tmp_path / "elsewhere"])
    assert settings == ToolSettings(tmp_path)
    assert settings.path_in_project(Path("src/a.py")) == "src/a.py"
    assert settings.path_in_project(Path("/other/a.py")) == "/other/a.py"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (3, r"\[tool.pkcompat\] is a table"),
        ({"exlude": []}, r"has no `exlude`; did you mean `exclude`\?"),
        ({"zzz": 1}, "has no `zzz`; it knows exclude, import-roots, line-length, per-file-ignores, record"),
        ({"exclude": "build"}, "exclude is a list of patterns, got 'build'"),
        ({"exclude": [1]}, r"exclude is a list of patterns, got \[1\]"),
        ({"record": 1}, "record is a table"),
        ({"record": {"mask-header": []}}, r"record has no `mask-header`; did you mean `mask-headers`\?"),
        ({"record": {"unmask": "cookie"}}, "record.unmask is a list of names, got 'cookie'"),
        ({"import-roots": "x"}, "import-roots is a list of strings, got 'x'"),
    ],
)
def test_what_is_wrong_is_said(table: object, message: str, tmp_path: Path) -> None:
    with pytest.raises(ToolSettingsError, match=message):
        parse_tool_settings(table, tmp_path)


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.pkcompat\n")
    with pytest.raises(ToolSettingsError, match=r"pyproject\.toml: is not TOML: .*line 1"):
        load_tool_settings([tmp_path])


def test_what_recordings_mask() -> None:
    table = {"record": {"mask-headers": ["x-room-key"], "mask_query": ["pin"], "unmask": ["cookie"]}}
    assert parse_tool_settings(table, Path()).record == MaskSettings(("x-room-key",), ("pin",), ("cookie",))
