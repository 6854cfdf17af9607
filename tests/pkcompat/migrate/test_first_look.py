"""The first look at a project's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from pkcompat.migrate import first_look
from pkcompat.migrate.clean_cache import CleanFiles
from pkcompat.project import ToolSettings


@pytest.mark.parametrize(("jobs", "holders", "told"), [(2, 1, 1), (2, 2, 2), (2, 0, 0), (1, 1, 0)])
def test_who_could_prepare_for_parties_meanwhile_is_told_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int, holders: int, told: int
) -> None:
    monkeypatch.setattr(first_look, "_LOOKED_AT_ONCE", 1)
    paths = [tmp_path / f"{number}.py" for number in range(6)]
    for number, path in enumerate(paths):
        path.write_text("def on_connect(connection, room): ...\n" if number < holders else "x = 1\n")
    calls: list[None] = []
    looks = first_look.look_at_all(
        paths,
        ToolSettings(),
        jobs,
        CleanFiles(None),
        lambda done: None,
        found_holder=lambda: calls.append(None),
    )
    assert [look.path for look in looks] == paths
    assert sum(look.holder is not None for look in looks) == holders
    assert len(calls) == told
