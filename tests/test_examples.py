"""`make demo` as a whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_the_demo_shows_that_both_forms_agree() -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / "demo.py"], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("object form and class form agree, and with the recording.") == 2
    assert "2 files changed (2 rewritten)." in done.stdout
    assert "No files would change, 2 left as they are." in done.stdout
