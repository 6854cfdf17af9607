"""What the codemod writes has no error for pyright whose kind the source did not have."""

from __future__ import annotations

from pathlib import Path

from tests.clients.processes import CLIENTS
from tests.pkcodemods.typed_outputs import TYPED, lay_out, new_faults, pyright_faults

# Each with the error that is right.
TRUE_FAULTS = {
    ("fixtures/main_hooks", "reportAttributeAccessIssue"): "its `room` had no type",
    ("golden/import_still_used", "reportIncompatibleMethodOverride"): "its on_request may return None",
    ("golden/server_call", "reportIncompatibleMethodOverride"): "its on_request may return None",
}


def test_no_module_gets_an_error_of_a_new_kind(tmp_path: Path) -> None:
    lay_out(tmp_path)
    faults = pyright_faults(tmp_path, CLIENTS / "node_modules" / ".bin" / "pyright")
    assert [fault for fault in faults if fault.unit.startswith(f"{TYPED}/")] == []
    assert {(fault.unit, fault.rule) for fault in new_faults(faults)} == set(TRUE_FAULTS)
