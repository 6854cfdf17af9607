"""Party modules of the size that people write, in both forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from pkcodemods import migrate_bytes
from pkcompat.verify.generated_traffic import GenerationPlan, verify_generated

APPLICATIONS = Path(__file__).parents[2] / "fixtures" / "applications"
OBJECTS = sorted((APPLICATIONS / "object_form").glob("*.py"))
BUDGET = 12


def class_form(path: Path) -> Path:
    return APPLICATIONS / "class_form" / path.name


@pytest.mark.parametrize("path", OBJECTS, ids=lambda path: path.stem)
def test_the_codemod_writes_the_class_form(path: Path) -> None:
    result = migrate_bytes(path.read_bytes(), path=path.name)
    assert result.outcome == "rewritten"
    assert result.data.decode() == class_form(path).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", OBJECTS, ids=lambda path: path.stem)
def test_both_forms_behave_the_same(path: Path) -> None:
    plan = GenerationPlan(str(path), str(class_form(path)), budget=BUDGET)
    verification = verify_generated(plan)
    assert verification.agrees
    assert verification.forms == ("object", "class")
