"""What the README shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pkcodemods import Settings, migrate_source

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
OLD, _, NEW = BLOCKS[:3]
PROGRAMS = [block for block in BLOCKS if "import" in block]


def test_the_tours_module_becomes_the_class_that_is_shown() -> None:
    width = Settings(line_length=110)  # as this project has it
    assert migrate_source(OLD, path="chat.py", settings=width).code == NEW


def test_every_block_is_python() -> None:
    for number, block in enumerate(BLOCKS):
        compile(block, f"README block {number}", "exec")


@pytest.mark.parametrize("block", PROGRAMS, ids=lambda block: block.splitlines()[-1])
def test_every_program_runs(block: str, tmp_path: Path) -> None:
    """Beside the module that the README calls `chat`, in the form that the program imports."""
    (tmp_path / "chat.py").write_text(NEW if "import Chat" in block else OLD)
    (tmp_path / "chat_class.py").write_text(NEW)
    (tmp_path / "public").mkdir()
    (tmp_path / "program.py").write_text(block)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", "ignore::ResourceWarning", "program.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
