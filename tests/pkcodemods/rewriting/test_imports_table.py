"""The table of a module's imports: what each name stands for, and who needs it."""

from __future__ import annotations

import libcst as cst
import pytest

from pkcodemods import Settings
from pkcodemods.inference import AnnotationReader
from pkcodemods.rewriting.imports_table import Import, ImportsTable, read_imports
from pkcodemods.source import Program, SourceModule


def table_of(source: str, *, pinned: str = "", others: dict[str, str] | None = None) -> ImportsTable:
    """The table of a module called `chat`, beside other modules of its program."""
    module = SourceModule(cst.parse_module(source), name="chat")
    beside = [SourceModule(cst.parse_module(code), name=name) for name, code in (others or {}).items()]
    program = Program([module, *beside])
    annotations = AnnotationReader(program, Settings().legacy_modules())
    bindings = [module.scope.bindings[name] for name in pinned.split()]
    return read_imports(program, module, annotations, bindings)


def only_import(source: str, *, pinned: str = "") -> Import:
    """The only name that a module imports."""
    (statement,) = table_of(source, pinned=pinned).statements
    (found,) = statement.imports
    return found


@pytest.mark.parametrize(
    ("source", "old_name"),
    [
        ("from partykit.server import Room", "Room"),
        ("from partykit.server import Room as R", "Room"),
        ("from partykit import server", ""),
        ("import partykit.server", ""),
        ("import partykit.server as pk", ""),
        ("import os", None),
        ("from partyserver import Room", None),
        ("from .server import Room", None),
    ],
)
def test_an_import_names_something_of_the_object_form(source: str, old_name: str | None) -> None:
    assert only_import(source).old_name == old_name
    assert table_of(source).statements[0].is_old == (old_name is not None)


def test_a_star_import_of_the_object_form_is_old_and_imports_no_names() -> None:
    (statement,) = table_of("from partykit.server import *").statements
    assert statement.is_star
    assert statement.is_old
    assert statement.imports == ()


@pytest.mark.parametrize(
    ("source", "pinned", "is_replaced"),
    [
        ("from partykit.server import Room", "", True),
        ("from partykit.server import Room as R", "", False),  # the alias stays
        ("from partykit.server import Room", "Room", False),  # others find it here
        ("from os import path", "", False),
    ],
)
def test_a_type_is_replaced_if_only_this_module_knows_its_name(
    source: str, pinned: str, is_replaced: bool
) -> None:
    bound = only_import(source, pinned=pinned).bound
    assert bound is not None
    assert bound.is_replaced == is_replaced


def test_a_name_bound_to_different_things_has_no_qualified_name() -> None:
    table = table_of("if x:\n    from a import f\nelse:\n    from b import f\n")
    bounds = [each.bound for statement in table.statements for each in statement.imports]
    assert [bound.qualified for bound in bounds if bound is not None] == [None, None]


def test_an_import_in_an_except_clause_is_a_fallback() -> None:
    table = table_of(
        "try:\n    from partykit.server import Room\nexcept ImportError:\n    from stubs import Room\n"
    )
    first, second = (each for statement in table.statements for each in statement.imports)
    assert (first.is_fallback, second.is_fallback) == (False, True)
    assert not any(statement.is_at_top for statement in table.statements)


def test_an_assignment_that_stands_in_for_an_import_is_found_with_what_it_binds() -> None:
    table = table_of(
        "try:\n    from partykit.server import Room\nexcept ImportError:\n    Room = object\nKept = object\n"
    )
    (bound,) = table.fallbacks.values()
    assert (bound.name, bound.qualified) == ("Room", "partykit.server.Room")


def test_imports_under_type_checking_are_for_typing() -> None:
    table = table_of(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from partykit.server import Room\n"
    )
    assert [statement.is_for_typing for statement in table.statements] == [False, True]
    assert [statement.is_at_top for statement in table.statements] == [True, False]


def test_a_name_is_read_where_the_module_loads_it() -> None:
    table = table_of("import os, re\nos.getcwd()\n")
    bounds = [each.bound for each in table.statements[0].imports]
    assert [(bound.name, bound.is_read) for bound in bounds if bound is not None] == [
        ("os", True),
        ("re", False),
    ]


@pytest.mark.parametrize(
    ("source", "bridge"),
    [
        ("from pkcompat import legacy_to_class", {"legacy_to_class"}),
        ("from pkcompat import legacy_to_class as wrap", set()),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pkcompat import legacy_to_class",
            set(),
        ),
    ],
)
def test_functions_of_pkcompat_count_under_their_own_names_at_run_time(source: str, bridge: set[str]) -> None:
    assert table_of(source).bridge == bridge


def test_types_that_others_find_by_a_star_import_are_starred() -> None:
    others = {"lobby": "from chat import *\n\n\ndef f(room: Room): ...\n"}
    assert table_of("from partykit.server import *", others=others).starred == {"Room"}
    assert table_of("from partykit.server import *").starred == frozenset()
