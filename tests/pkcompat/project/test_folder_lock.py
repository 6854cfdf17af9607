"""Locks on folders: two runs do not write at once, and nothing stays behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pkcompat.project.folder_lock import locked

pytest.importorskip("fcntl")


def test_another_process_waits_until_a_lock_is_released(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pkcompat.project.folder_lock import locked\n"
        "with locked(sys.argv[1:]): print('in', flush=True)"
    )
    with locked([str(tmp_path), str(tmp_path)]):
        other = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(1)
    assert other.communicate(timeout=30)[0] == b"in\n"
    assert os.listdir(tmp_path) == []


def test_who_waits_too_long_is_told(tmp_path: Path) -> None:
    folder = str(tmp_path)
    with locked([folder]), pytest.raises(OSError, match="another run"), locked([folder], patience=0.1):
        pass


def test_what_cannot_be_locked_is_not(tmp_path: Path) -> None:
    with locked([str(tmp_path / "nowhere")]):
        pass
