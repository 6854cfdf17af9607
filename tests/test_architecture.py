"""`docs/architecture.md`: its paths are there, and its ten questions have the answers that it gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PACKAGES = ("runtime/partyserver", "compat/pkcompat", "codemods/pkcodemods")

QUESTIONS = re.findall(r"^\| ([^|]+\?) \| `([^`]+)` \| `([^`]+)` \|$", TEXT, re.MULTILINE)


def test_every_path_is_there() -> None:
    named = set(re.findall(r"`([\w./]+(?:\.py|/))`", TEXT)) - {"chat.py"}
    assert len(named) > 50
    places = [ROOT, *(ROOT / package for package in PACKAGES)]
    assert [path for path in sorted(named) if not any((place / path).exists() for place in places)] == []


def test_every_sub_package_is_named() -> None:
    folders = [
        f"`{init.parent.name}/`" for package in PACKAGES for init in (ROOT / package).glob("*/__init__.py")
    ]
    assert [folder for folder in folders if folder not in TEXT] == []


def test_there_are_ten_questions() -> None:
    assert len(QUESTIONS) == 10


@pytest.mark.parametrize(("question", "path", "name"), QUESTIONS)
def test_the_answer_is_there(question: str, path: str, name: str) -> None:
    assert re.search(rf"\b{re.escape(name)}\b", (ROOT / path).read_text(encoding="utf-8"))
