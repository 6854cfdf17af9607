"""`tests/README.md` lists each module without a test file, and every test module says what it covers."""

from __future__ import annotations

import ast

from tests.mirror import TESTS, covering_tests, listed_modules, python_files, untested


def test_the_list_of_modules_without_a_test_file_is_up_to_date() -> None:
    listed = listed_modules()
    assert list(listed) == [module.name for module in untested()], "run `python -m tests.mirror`"
    missing = {test for tests in listed.values() for test in tests if not (TESTS / test).exists()}
    assert missing == set(), "run `python -m tests.mirror`"


def test_every_module_without_a_test_file_is_covered_through_another() -> None:
    assert [module.name for module in untested() if not covering_tests(module)] == []


def test_every_test_module_says_in_its_first_line_what_it_covers() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in python_files()}
    silent = [path.relative_to(TESTS).as_posix() for path, text in sources.items() if not _docstring(text)]
    assert silent == []


def _docstring(source: str) -> str | None:
    return ast.get_docstring(ast.parse(source)) if source.strip() else "An empty module."
