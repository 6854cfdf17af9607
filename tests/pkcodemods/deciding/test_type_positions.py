"""Whether a string stands where a type is expected."""

import libcst as cst
import pytest

from pkcodemods.deciding.type_positions import is_type_position
from pkcodemods.source.modules import SourceModule
from pkcodemods.source.nodes import descendants
from pkcodemods.source.program import Program

IMPORTS = "import typing\nfrom typing import Annotated, Dict, Literal, NewType, TypeAlias, TypeVar, cast\n"


@pytest.mark.parametrize(
    ("statement", "is_type"),
    [
        ("x: 'T'", True),
        ("x = cast('T', y)", True),
        ("x = typing.cast('T', y)", True),
        ("x = cast(int, 'T')", False),
        ("x = Dict[str, 'T']", True),
        ("x = dict[str, 'T']", True),
        ("x = typing.Callable[['T'], None]", True),
        ("x = Literal['T']", False),
        ("x = Annotated['T', 1]", True),
        ("x = Annotated[int, 'T']", False),
        ("x = d['T']", False),
        ("x = TypeVar('R', bound='T')", True),
        ("x = TypeVar('T')", False),
        ("x = NewType('R', 'T')", True),
        ("x: TypeAlias = 'T'", True),
        ("x = 'T'", False),
        ("print('T')", False),
        ("type x = 'T'", True),
        ("def f[R: 'T'](): ...", True),
        ("def f(x: int = 'T'): ...", False),
        ("x = ['T']", False),
    ],
)
def test_where_a_string_is_a_type(statement: str, is_type: bool) -> None:
    module = SourceModule(cst.parse_module(IMPORTS + statement + "\n"))
    program = Program([module])
    (string,) = [
        node
        for node in descendants(module.tree)
        if isinstance(node, cst.SimpleString) and node.evaluated_value == "T"
    ]
    assert is_type_position(program, string) is is_type
