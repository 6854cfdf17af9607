"""What the README shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

from pkcodemods import migrate_source

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_tours_module_becomes_the_class_that_is_shown() -> None:
    old, _, new = BLOCKS[:3]
    assert migrate_source(old).code == new


def test_every_block_is_python() -> None:
    for number, block in enumerate(BLOCKS):
        compile(block, f"README block {number}", "exec")
