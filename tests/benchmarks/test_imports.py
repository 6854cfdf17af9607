"""Every benchmark can be imported: they use names of the packages that no type checker looks at."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
OPTIONAL = {"drawing": "matplotlib"}  # of the group `bench`


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("[a-z]*.py")))
def test_it_is_imported(name: str) -> None:
    if name == "plain":
        pytest.skip("a program, which serves what its arguments name")
    if name in OPTIONAL:
        pytest.importorskip(OPTIONAL[name])
    import_module(f"benchmarks.{name}")
