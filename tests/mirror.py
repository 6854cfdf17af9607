"""Which module is tested where: `tests` mirrors the packages, and what has no test file is listed.

Run it as `python -m tests.mirror` to write that list into `tests/README.md`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import grimp

TESTS = Path(__file__).parent
ROOT = TESTS.parent
README = TESTS / "README.md"
BEGIN, END = "<!-- written by `python -m tests.mirror` -->\n", "<!-- until here -->\n"
PACKAGES = {
    "partyserver": ROOT / "runtime",
    "pkcompat": ROOT / "compat",
    "partykit": ROOT / "compat",
    "pkcodemods": ROOT / "codemods",
}
RUN_AS_PROGRAMS = {"pkcompat.__main__": "pkcompat/command/test_app.py"}
"""Modules that no other imports, and the tests that run them in a process."""
SHOWN = 3
"""How many tests are named for a module that has none of its own."""


@dataclass(frozen=True, slots=True)
class Module:
    """A module of one of the packages.

    Attributes:
        name: its dotted name.
        test: the path of its test file within `tests`, if it has one.
    """

    name: str
    test: str


def modules() -> Iterator[Module]:
    """Every module with code of its own; not those that only hand names on."""
    for package, folder in PACKAGES.items():
        for path in sorted((folder / package).rglob("*.py")):
            if path.name == "__init__.py":
                continue
            relative = path.relative_to(folder)
            test = relative.with_name(f"test_{relative.name}").as_posix()
            yield Module(".".join(relative.with_suffix("").parts), test)


def python_files() -> list[Path]:
    """The Python files of the tests; not those that npm packages bring."""
    return sorted(path for path in TESTS.rglob("*.py") if "node_modules" not in path.parts)


def untested() -> list[Module]:
    """The modules without a test file of their own."""
    return [module for module in modules() if not (TESTS / module.test).exists()]


def covering_tests(module: Module) -> list[str]:
    """The tests that cover a module without a test file: those that import it, or its nearest importers' own.

    Tests of the module's own package count before those of others.
    """
    if module.name in RUN_AS_PROGRAMS:
        return [RUN_AS_PROGRAMS[module.name]]
    direct = sorted(test for test, imported in _imports_of_tests().items() if module.name in imported)
    nearest = _tests_of_importers(module)
    package = module.name.partition(".")[0]
    for tests in (direct, nearest):
        found = [test for test in tests if test.startswith(f"{package}/")]
        if found:
            return found
    return direct or nearest


def table() -> str:
    """The modules without a test file, and what covers them, as a table in Markdown."""
    rows = ["| Module | Covered through |\n| --- | --- |\n"]
    for module in untested():
        through = [f"`{test}`" for test in covering_tests(module)]
        more = ", ..." if len(through) > SHOWN else ""
        rows.append(f"| `{module.name}` | {', '.join(through[:SHOWN])}{more} |\n")
    return "".join(rows)


def listed_modules() -> dict[str, list[str]]:
    """The modules that `tests/README.md` lists, each with the tests that it names."""
    written = README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    rows = [re.findall(r"`([^`]+)`", line) for line in written.splitlines()]
    return {module: tests for module, *tests in filter(None, rows)}


def readme() -> str:
    """`tests/README.md` with an up-to-date table."""
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


def _tests_of_importers(module: Module) -> list[str]:
    own = {each.name: each.test for each in modules()}
    graph, seen, level = _graph(), {module.name}, [module.name]
    while level:
        level = sorted(
            {name for each in level for name in graph.find_modules_that_directly_import(each)} - seen
        )
        seen.update(level)
        found = [own[name] for name in level if name in own and (TESTS / own[name]).exists()]
        if found:
            return found
    return []


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, cache_dir=None)


@cache
def _imports_of_tests() -> dict[str, set[str]]:
    """The modules that each test file imports."""
    found: dict[str, set[str]] = {}
    for path in (each for each in python_files() if each.name.startswith("test_")):
        names: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.update([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
        found[path.relative_to(TESTS).as_posix()] = names
    return found


if __name__ == "__main__":
    README.write_text(readme(), encoding="utf-8")
