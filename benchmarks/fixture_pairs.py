"""The fixtures that are there in both forms, and what is served beside them."""

from __future__ import annotations

from pathlib import Path

from pkcompat.project import HostPlan

_FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"

NAMES = tuple(sorted(path.stem for path in (_FIXTURES / "class_form").glob("*.py")))


def object_form(name: str) -> Path:
    """The file of a fixture's object form."""
    return _FIXTURES / "object_form" / f"{name}.py"


def class_form(name: str) -> Path:
    """The file of a fixture's class form."""
    return _FIXTURES / "class_form" / f"{name}.py"


COMPANIONS = HostPlan({"other_party": str(object_form("other_party"))}, crons={"tick": "*/5 * * * *"})
"""A party that one of them calls, and a cron."""
