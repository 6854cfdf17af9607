"""How much of modules of the size that people write runs under generated traffic."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pkcompat.verify.generated_traffic import GenerationPlan, verify_generated

APPLICATIONS = Path(__file__).parents[2] / "fixtures" / "applications"
EVERY = sorted(path.stem for path in (APPLICATIONS / "object_form").glob("*.py"))
SHORT = ("auction", "whiteboard")
IS_LONG = "REACH" in os.environ  # make reach


@pytest.mark.parametrize("seed", range(5) if IS_LONG else [0])
@pytest.mark.parametrize("name", EVERY if IS_LONG else SHORT)
def test_every_handler_runs_and_nearly_every_line(name: str, seed: int) -> None:
    old, new = (str(APPLICATIONS / form / f"{name}.py") for form in ("object_form", "class_form"))
    verification = verify_generated(GenerationPlan(old, new, seed=seed))
    assert verification.agrees
    assert not verification.never_ran
    assert verification.old.percent >= 95, verification.old.told_missed
