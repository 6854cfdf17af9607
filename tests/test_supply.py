"""What pyproject.toml asks of other projects: all that is used, from which version, and up to which."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests.audit import Fault, UnansweredError, faults_in
from tests.mirror import PACKAGES, ROOT

TEXT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = tomllib.loads(TEXT)
DISTRIBUTIONS = {
    "dotenv": "python-dotenv",
    "pythonjsonlogger": "python-json-logger",
    "time_machine": "time-machine",
}
"""By the name that is imported, what is installed, where these differ."""
USED_BY_OTHERS = {"python-multipart"}
"""What Starlette imports once a form is read."""
OF_THOSE_WHO_HAVE_IT = {"asyncpg", "httptools", "pytest", "uvloop"}
"""Of the extras `cluster` and `fast`, and what loads our plugin: used where they are installed."""

FIXES = {
    "anyio": "4.15.1",
    "h11": "0.16.0",
    "httptools": "0.7.1",
    "python-dotenv": "1.2.2",
    "python-multipart": "0.0.34",
    "starlette": "1.9.0",
    "uvicorn": "0.53.0",
}
"""The versions before which a known fault lets strangers do what they should not, or nothing works."""
UNDOCUMENTED = {"libcst", "starlette", "uvicorn", "websockets"}
"""Of which we use what they do not document."""


def requirements(*, everything: bool) -> Iterator[Requirement]:
    """What the project needs; if `everything`, also its extras and the development tools."""
    texts = list(PROJECT["project"]["dependencies"])
    if everything:
        for group in (
            *PROJECT["project"]["optional-dependencies"].values(),
            *PROJECT["dependency-groups"].values(),
        ):
            texts += group
    yield from map(Requirement, texts)


def imported() -> Iterator[str]:
    """The packages of others that ours import."""
    for package, folder in PACKAGES.items():
        for path in (folder / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    yield from (alias.name.partition(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    yield node.module.partition(".")[0]


def test_what_is_imported_is_asked_for_and_the_other_way_round() -> None:
    own = {*sys.stdlib_module_names, *PACKAGES, "annotationlib"}  # that is from Python 3.14 on
    used = {canonicalize_name(DISTRIBUTIONS.get(name, name)) for name in set(imported()) - own}
    asked = {canonicalize_name(requirement.name) for requirement in requirements(everything=False)}
    assert used - asked == OF_THOSE_WHO_HAVE_IT
    assert asked - used == USED_BY_OTHERS


def test_everything_has_a_floor() -> None:
    assert [str(each) for each in requirements(everything=True) if ">=" not in str(each.specifier)] == []


def test_floors_carry_the_known_fixes() -> None:
    for requirement in requirements(everything=True):
        fixed_in = FIXES.get(requirement.name)
        floors = [each.version for each in requirement.specifier if each.operator == ">="]
        if fixed_in is not None:
            assert [_numbers(floor) >= _numbers(fixed_in) for floor in floors] == [True], requirement


def test_no_two_floors_of_one_project() -> None:
    floors: dict[str, set[str]] = {}
    for requirement in requirements(everything=True):
        floors.setdefault(requirement.name, set()).add(str(requirement.specifier))
    assert {name: found for name, found in floors.items() if len(found) > 1} == {}


def test_what_is_undocumented_has_a_ceiling_and_the_modules_that_use_it_are_named() -> None:
    bounded = {each.name for each in requirements(everything=False) if "<" in str(each.specifier)}
    assert bounded >= UNDOCUMENTED
    for name in UNDOCUMENTED:
        line = re.search(rf'(?:    #.*\n)*    "{name}>=.*', TEXT)
        assert line is not None
        files = re.findall(r"[a-z_]+/[a-z_/]+\.py", line[0])
        assert files != []
        assert [
            file for file in files if not any((folder / file).exists() for folder in PACKAGES.values())
        ] == []


def test_a_package_that_could_not_be_asked_about_is_no_package_without_faults() -> None:
    skipped = {"name": "h11", "skip_reason": "Dependency not found on PyPI and could not be audited"}
    with pytest.raises(UnansweredError, match="not found on PyPI"):
        list(faults_in({"dependencies": [{"name": "rich", "version": "15.0.0", "vulns": []}, skipped]}))


def test_a_known_fault_is_named_with_the_version_that_mends_it() -> None:
    known = {"id": "CVE-2025-43859", "fix_versions": ["0.16.0"], "aliases": [], "description": "..."}
    (fault,) = faults_in({"dependencies": [{"name": "h11", "version": "0.14.0", "vulns": [known]}]})
    assert fault == Fault("h11", "0.14.0", "CVE-2025-43859", ("0.16.0",))
    assert str(fault) == "h11 0.14.0: CVE-2025-43859, mended in 0.16.0"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, [*version.split("."), "0", "0"][:3]))
