"""Each guide is followed by the letter; those that have a test of their own need more than that."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.docs.walk import Walk, steps
from tests.mirror import ROOT

GUIDES = {page.stem: page for page in sorted((ROOT / "docs" / "guides").glob("*.md"))}
WITH_A_TEST = {
    name for name in GUIDES if (Path(__file__).parent / f"test_{name.replace('-', '_')}_guide.py").exists()
}


@pytest.mark.parametrize("name", sorted(GUIDES.keys() - WITH_A_TEST - {"index"}))
def test_it_can_be_followed_by_the_letter(name: str, tmp_path: Path) -> None:
    assert list(steps(GUIDES[name].read_text(encoding="utf-8"))), "it shows nothing to do"
    Walk(tmp_path).follow(GUIDES[name])
