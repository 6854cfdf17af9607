"""Calls without an argument, methods without a parameter."""

import libcst as cst
import pytest

from pkcodemods.source.shorter_lists import without_argument, without_parameter


@pytest.mark.parametrize(
    ("before", "index", "after"),
    [
        ("f(room)", 0, "f()"),
        ("f(room,)", 0, "f()"),
        ("f(\n    room,\n)", 0, "f()"),
        ("f(room, a)", 0, "f(a)"),
        ("f(a, room)", 1, "f(a)"),
        ("f( a, room )", 1, "f( a )"),
        ("f(a, room, b)", 1, "f(a, b)"),
        ("f(a, room, b=1)", 1, "f(a, b=1)"),
        ("f(a, room=room)", 1, "f(a)"),
        ("f(room, *a, **b)", 0, "f(*a, **b)"),
        ("f(\n    a,\n    room,\n)", 1, "f(\n    a,\n)"),
        ("f(\n    a,\n    room\n)", 1, "f(\n    a\n)"),
        ("f(\n    room,\n    a,\n)", 0, "f(\n    a,\n)"),
        ("f(a, room,\n  b)", 1, "f(a,\n  b)"),
        ("f(a,\n  room, b)", 1, "f(a,\n  b)"),
        ("f(a,\n  room)", 1, "f(a)"),
        ("f(\n    a,  # a\n    room,  # room\n)", 1, "f(\n    a,  # a\n)"),
        ("f(\n    a,  # a\n    room  # room\n)", 1, "f(\n    a  # a\n)"),
        ("f(\n    a  # a\n    , room,\n)", 1, "f(\n    a  # a\n    ,\n)"),
        ("f(a, room,  # here\n  b)", 1, "f(a,  # here\n  b)"),
    ],
)
def test_a_call_without_an_argument(before: str, index: int, after: str) -> None:
    call = cst.parse_expression(before)
    assert isinstance(call, cst.Call)
    assert cst.Module([]).code_for_node(without_argument(call, index)) == after
    cst.parse_expression(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(self, room)", "(self)"),
        ("(self, room,)", "(self,)"),
        ("(self, a, room: R)", "(self, a)"),
        ("(self, room: R = None, a=1)", "(self, a=1)"),
        ("(self, room, /)", "(self, /)"),
        ("(self, room, /, a)", "(self, /, a)"),
        ("(self, /, room)", "(self, /)"),
        ("(self, a, /, room)", "(self, a, /)"),
        ("(self, a, /, room, *, b)", "(self, a, /, *, b)"),
        ("(self, *, room)", "(self)"),
        ("(self, *, room, a)", "(self, *, a)"),
        ("(self, *, a, room)", "(self, *, a)"),
        ("(self, *, room, **more)", "(self, **more)"),
        ("(self, /, *, room)", "(self, /)"),
        ("(self, room, *rest)", "(self, *rest)"),
        ("(self, *rest, room)", "(self, *rest)"),
        ("(self, *rest, room, **more)", "(self, *rest, **more)"),
        ("(self, room, **more)", "(self, **more)"),
        ("(\n    self,\n    room,\n)", "(\n    self,\n)"),
        ("(\n    self,\n    room,  # room\n    a,  # a\n)", "(\n    self,\n    a,  # a\n)"),
        ("(\n    self,  # self\n    room  # room\n)", "(\n    self  # self\n)"),
        ("(self, room,  # type: R\n      a)", "(self,\n      a)"),
        ("(self,\n    *,  # from here\n    room)", "(self)"),
        ("(\n    self,\n    *,\n    room,\n)", "(\n    self,\n)"),
    ],
)
def test_a_method_without_a_parameter(before: str, after: str) -> None:
    method = cst.parse_statement(f"def f{before}: pass\n")
    assert isinstance(method, cst.FunctionDef)
    assert cst.Module([without_parameter(method, "room")]).code == f"def f{after}: pass\n"
    cst.parse_statement(f"def f{after}: pass\n")


def test_a_signature_in_a_comment_goes_with_it() -> None:
    method = cst.parse_statement("def f(self, a, room, *, b):\n    # type: (A, R, B) -> None\n    pass\n")
    assert isinstance(method, cst.FunctionDef)
    code = cst.Module([without_parameter(method, "room")]).code
    assert code == "def f(self, a, *, b):\n    # type: (A, B) -> None\n    pass\n"
