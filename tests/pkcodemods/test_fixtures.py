"""The checked-in class forms are what the codemod makes of the object forms, to the byte."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pkcodemods import migrate_bytes

FIXTURES = Path(__file__).parents[2] / "fixtures"
OBJECT_FORMS = sorted((FIXTURES / "object_form").glob("*.py"))

# What the codemod cannot prove in a recorded module: options of storage.list() that come from a client.
RESIDUE = {"storage_kv.py": ["PK203"]}


def test_every_object_form_has_its_class_form() -> None:
    assert OBJECT_FORMS
    assert [path.name for path in OBJECT_FORMS] == sorted(
        path.name for path in (FIXTURES / "class_form").glob("*.py")
    )


@pytest.mark.parametrize("before", OBJECT_FORMS, ids=lambda path: path.stem)
def test_the_codemod_makes_the_class_form(before: Path) -> None:
    result = migrate_bytes(before.read_bytes(), path=before.name)
    after = (FIXTURES / "class_form" / before.name).read_bytes()
    assert result.data.decode() == after.decode()
    ast.parse(after)
    residue = [f.code for party in result.parties for f in party.findings if f.code < "PK300"]
    assert residue == RESIDUE.get(before.name, [])
    assert result.outcome == ("residue" if residue else "rewritten")


@pytest.mark.parametrize("before", OBJECT_FORMS, ids=lambda path: path.stem)
def test_a_second_run_changes_nothing(before: Path) -> None:
    after = (FIXTURES / "class_form" / before.name).read_bytes()
    result = migrate_bytes(after, path=before.name)
    assert (result.outcome, result.data) == ("untouched", after)
