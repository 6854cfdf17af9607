"""What the codemod writes has no type error whose kind the source did not have.

`make typecheck-outputs` asks pyright too.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.pkcodemods.typed_outputs import TYPED, TypeFault, lay_out, mypy_faults, new_faults

# Each with the error that is right.
TRUE_FAULTS = {
    ("fixtures/main_hooks", "attr-defined"): "its `room` had no type; the class's has none of its attribute",
}


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> list[TypeFault]:
    folder = tmp_path_factory.mktemp("typed_outputs")
    lay_out(folder)
    return mypy_faults(folder)


def test_the_modules_that_are_typed_have_no_errors(faults: list[TypeFault]) -> None:
    assert [fault for fault in faults if fault.unit.startswith(f"{TYPED}/")] == []


def test_no_module_gets_an_error_of_a_new_kind(faults: list[TypeFault]) -> None:
    found = list(new_faults(faults))
    assert [fault for fault in found if (fault.unit, fault.rule) not in TRUE_FAULTS] == []
    assert {(fault.unit, fault.rule) for fault in found} == set(TRUE_FAULTS)


def test_a_wrong_annotation_is_found(tmp_path: Path) -> None:
    for form, annotation in (("before", "str"), ("after", "int")):
        (tmp_path / form / "golden").mkdir(parents=True)
        (tmp_path / form / "golden" / "one.py").write_text(f"def f() -> {annotation}:\n    return 'text'\n")
    (found,) = new_faults(mypy_faults(tmp_path))
    assert (found.unit, found.rule) == ("golden/one", "return-value")
