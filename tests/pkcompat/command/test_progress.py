"""The progress line: on a terminal only."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from pkcompat.command import progress
from pkcompat.command.progress import progress_bar


def shown_by(console: Console) -> str:
    with progress_bar(console, "reading", "files") as bar:
        bar.expect(3)
        bar.advance(1)
        bar.expect(2)
        bar.advance(1)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_a_terminal_sees_how_much_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_REFRESH", -1.0)
    shown = shown_by(Console(file=StringIO(), force_terminal=True, width=80, color_system=None))
    assert "reading" in shown
    assert "1/3 files" in shown
    assert "2/5 files" in shown


def test_a_file_sees_nothing() -> None:
    assert shown_by(Console(file=StringIO())) == ""
