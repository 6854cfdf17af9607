"""Imports that are blocked while a library is imported, and what our processes do not import therefore."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from partyserver.lean_imports import imports_blocked


def test_a_blocked_module_is_imported_as_ever_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with imports_blocked("colorsys"):
        with pytest.raises(ImportError, match="colorsys"):
            importlib.import_module("colorsys")
    found = importlib.import_module("colorsys")
    with imports_blocked("colorsys"):  # what is there already stays
        assert importlib.import_module("colorsys") is found


def test_what_is_imported_meanwhile_in_another_way_stays() -> None:
    with imports_blocked("not_yet"):
        sys.modules["not_yet"] = sys
    assert sys.modules.pop("not_yet") is sys


@pytest.mark.parametrize("module", ["partyserver", "pkcompat.forms.process", "pkcompat.shadow.process"])
def test_no_command_line_and_no_test_runner_is_imported(module: str) -> None:
    heavy = {"httpx._main", "rich", "pygments", "pytest"}
    code = f"import sys, {module}; print(*({heavy!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
