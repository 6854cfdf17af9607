"""What comes out has every name that it needs: checked in every run, and by importing it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import libcst as cst
import pytest
from tests.pkcodemods.importing import Project, new_import_problems
from tests.pkcodemods.regenerate_fixtures import project_files

from pkcodemods import SourceFile, migrate_project
from pkcodemods.deciding.copied_annotations import AnnotationCopier
from pkcodemods.rewriting.needed_names import NameCheck
from pkcodemods.source.modules import SourceModule
from pkcodemods.source.program import Program

FIXTURES = Path(__file__).parents[3] / "fixtures"
GOLDEN = sorted((FIXTURES / "golden").glob("*/before.py"))
RECORDED = sorted((FIXTURES / "object_form").glob("*.py"))
PROJECTS = sorted((FIXTURES / "golden_projects").glob("*"))
BOARD = {
    "board/__init__.py": """
        from partykit.server import PartyKitServer

        from .handlers import on_connect

        default: PartyKitServer = {"onConnect": on_connect}
    """,
    "board/handlers.py": """
        from partykit.server import PartyKitConnection, PartyKitRoom


        def on_connect(connection: PartyKitConnection, room: PartyKitRoom) -> None:
            room.broadcast("hi")
    """,
}


def lacking(
    before: str, after: str, *, needed: tuple[str, ...] = (), others: dict[str, str] | None = None
) -> list[str]:
    module = SourceModule(cst.parse_module(before), name="app.party")
    more = [SourceModule(cst.parse_module(text), name=name) for name, text in (others or {}).items()]
    check = NameCheck(Program([module, *more]), {module: cst.parse_module(after)})
    return check.lacking(module, [module.scope.bindings[name] for name in needed])


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ("x = 1\n", "class A:\n    def f(self, c: Conn): ...\n", ["Conn"]),
        ("x = 1\n", "class A:\n    def f(self, c: 'Conn'): ...\n", ["Conn"]),
        ("x = 1\n", "class A:\n    y = 1\n    def f(self): return y\n", ["y"]),
        ("y = 1\n", "class A:\n    def f(self): return y\n", ["y"]),
        ("import y\n", "class A:\n    def f(self): return [y for x in ()]\n", ["y"]),
        ("y = 1\n", "y: int\nprint(y)\n", ["y"]),
        ("y = 1\n", "def f():\n    y = 1\nprint(y)\n", ["y"]),
        ("def y(): ...\ndel y\n", "del y\nprint(y)\n", ["y"]),
        (
            "import y\nprint(y)\n",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import y\nprint(y)\n",
            ["y"],
        ),
        (
            "x = 1\n",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import y\n\ndef f(a: y): ...\n",
            ["y"],
        ),
    ],
)
def test_a_name_that_nothing_binds_any_more_is_found(before: str, after: str, names: list[str]) -> None:
    assert lacking(before, after) == names


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1\n", "class A:\n    def f(self, c: int) -> None:\n        print(c, __class__, __name__)\n"),
        ("print(undefined)\n", "print(undefined, undefined)\n"),
        ("from m import *\nf(undefined)\n", "from m import *\nclass A:\n    x = undefined\n"),
        ("x = 1\n", "class A:\n    y = 1\n    z = y\n"),
        ("x = 1\n", "def f():\n    global y\n    y = 1\nprint(y)\n"),
        ("x = 1\n", "try:\n    import y\nexcept ImportError:\n    y = None\nprint(y)\n"),
        ("x = 1\n", "x = 1\nif x:\n    y = 1\nprint(y)\n"),
        (
            "x = 1\n",
            "from __future__ import annotations\nfrom typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    import y\n\ndef f(a: y): ...\n",
        ),
        (
            "x = 1\n",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import y\n\ndef f(a: 'y'): ...\n",
        ),
        ("x = 1\n", "def f[T](a: T) -> T:\n    return a\n"),
        ("x = 1\n", "x = {}\nmatch x:\n    case {'a': y, **rest}:\n        print(y, rest)\n"),
        ("x = 1\n", "print([z for y in () if (z := y)])\nprint(z)\n"),
    ],
)
def test_names_that_are_bound_or_were_free_before_are_none_of_ours(before: str, after: str) -> None:
    assert lacking(before, after) == []


def test_what_other_code_uses_stays_bound() -> None:
    before = "def f(): ...\n"
    assert lacking(before, "x = 1\n", needed=("f",)) == ["f"]
    assert lacking(before, "f = 1\n", needed=("f",)) == []


@pytest.mark.parametrize(
    ("other", "names"),
    [
        ("a = 1\n", ["app.types.b"]),
        ("b = 1\n", []),
        ("from x import *\n", []),
        ("def __getattr__(n): ...\n", []),
    ],
)
def test_what_is_imported_from_the_project_is_there(other: str, names: list[str]) -> None:
    assert lacking("x = 1\n", "from .types import b\n", others={"app.types": other}) == names


def test_a_star_import_that_goes_takes_its_names_along() -> None:
    others = {"app.types": "b = 1\n"}
    assert lacking("from .types import *\nprint(b)\n", "print(b)\n", others=others) == ["b"]
    assert lacking("from .types import *\n", "from .types import *\nprint(b)\n", others=others) == []


def test_where_names_would_be_lacking_all_files_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AnnotationCopier, "of", lambda self, function, in_class: {})
    sources = [SourceFile(path, textwrap.dedent(text).lstrip("\n").encode()) for path, text in BOARD.items()]
    party, handlers = migrate_project(sources)
    assert (party.outcome, party.data) == ("error", party.before)
    ((finding,),) = (result.findings for result in party.parties)
    assert finding.code == "PK903"
    assert "`PartyKitConnection`" in finding.message
    assert (handlers.outcome, handlers.data) == ("untouched", handlers.before)


def outputs() -> list[tuple[Path, Project, Project, str]]:
    """Each fixture that changes, its files before and after, and its module's name.

    What is kept beside a fixture is what the codemod makes of it, as other tests check.
    """
    found: list[tuple[Path, Project, Project, str]] = []
    for path in [*GOLDEN, *RECORDED]:
        name = f"{path.parent.name}_{path.stem}"
        before, after = path.read_text(encoding="utf-8"), after_of(path)
        if before != after:
            found.append((path, {f"{name}.py": before}, {f"{name}.py": after}, name))
    for project in PROJECTS:
        old, new = (
            {file.path: file.data.decode() for file in project_files(project / form)}
            for form in ("before", "after")
        )
        for path in [path for path in old if old[path] != new[path]]:
            name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            found.append((project / path, old, new, name))
    return found


def after_of(path: Path) -> str:
    """What the codemod makes of a module among the fixtures."""
    after = path.with_name("after.py") if path in GOLDEN else FIXTURES / "class_form" / path.name
    return after.read_text(encoding="utf-8")


def test_what_comes_out_is_imported_in_a_fresh_process() -> None:
    cases = outputs()
    assert len(cases) > 80
    problems = new_import_problems([((old, name), (new, name)) for _, old, new, name in cases])
    assert {case[0]: problem for case, problem in zip(cases, problems, strict=True) if problem} == {}
