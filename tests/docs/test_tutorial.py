"""The tutorial is followed by the letter, in an environment that has nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.docs.walk import Walk
from tests.mirror import ROOT


def test_it_can_be_followed_by_the_letter(tmp_path: Path) -> None:
    python = Path(sys.base_prefix) / "bin"
    path = [str(tmp_path / ".venv" / "bin"), str(python), os.environ["PATH"]]
    Walk(tmp_path, {"PATH": os.pathsep.join(path), "VIRTUAL_ENV": ""}).follow(ROOT / "docs" / "tutorial.md")
    assert (tmp_path / ".venv" / "bin" / "pkcompat").exists()
