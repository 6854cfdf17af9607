"""Reloading on changes: what is watched, how processes end."""

import os
import signal
import time
from pathlib import Path

import pytest
from watchfiles import Change

from pkcompat.serving.reloading import ProjectFilter, Reloader, watched_folders


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("chat.py", True),
        ("inner/helper.py", True),
        ("partykit.json", True),
        ("partykit.jsonc", True),
        (".env", True),
        (".env.local", True),
        ("notes.txt", False),
        ("package.json", False),
        ("chat.pyc", False),
        (".#chat.py", False),
        (".venv/lib/python3.11/x.py", False),
        ("env/lib/python3.11/site-packages/x.py", False),
        ("node_modules/x/gyp.py", False),
        ("__pycache__/x.py", False),
        (".pkcompat/x.py", False),
    ],
)
def test_what_counts_as_a_change(path: str, wanted: bool) -> None:
    assert ProjectFilter()(Change.modified, str(Path("/project") / path)) is wanted


def test_folders_outside_of_the_project_are_watched_too(tmp_path: Path) -> None:
    project, outside = tmp_path / "project", tmp_path / "outside"
    (outside / "deep").mkdir(parents=True)
    files = [project / "a.py", project / "deep/b.py", outside / "c.py", outside / "deep/d.py"]
    files.append(tmp_path / "nowhere/e.py")
    assert watched_folders(project, files) == [project, outside]


def stubborn(file: Path) -> None:
    """A process that does not end on SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    file.write_text(str(signal.getsignal(signal.SIGINT) is signal.SIG_IGN))
    time.sleep(60)


def test_a_process_that_does_not_end_is_killed_and_ctrl_c_is_not_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pkcompat.serving.reloading._KILL_AFTER", 0.1)
    file = tmp_path / "told"
    reloader = Reloader(stubborn, (file,), grace=0.0, on_change=print, on_end=print)
    reloader._start()
    process = reloader._process
    assert process is not None
    while not file.exists() or not file.read_text():
        assert process.is_alive()
        os.sched_yield()
    reloader._end()
    assert process.exitcode == -signal.SIGKILL
    assert file.read_text() == "True"
