"""Each example has a page that shows its command, a picture, and both of its forms."""

from __future__ import annotations

import re

import pytest
from tests.mirror import ROOT

EXAMPLES = sorted(file.parent.name for file in (ROOT / "examples").glob("*/partykit.json"))
OF_THE_DEMO = "demo"


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != OF_THE_DEMO])
def test_its_page(name: str) -> None:
    page = (ROOT / "docs" / "examples" / f"{name}.md").read_text(encoding="utf-8")
    assert re.findall(r"^\$ (.*)$", page, re.MULTILINE) == [f"make example NAME={name}"]
    assert f"<http://127.0.0.1:1999/{name}/>" in page
    assert re.findall(r"\]\((\w+\.png)\)", page) == [f"{name}.png"]
    shown = re.findall(r"literalinclude\} \.\./\.\./examples/(\S+)", page)
    assert shown == [f"{name}/{name}.py", f"{name}/{name}_object.py", f"pages/{name}/page.js"]
    assert name in (ROOT / "docs" / "examples" / "index.md").read_text(encoding="utf-8").split()
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert name in re.findall(r"^EXAMPLES := (.*)$", makefile, re.MULTILINE)[0].split()
