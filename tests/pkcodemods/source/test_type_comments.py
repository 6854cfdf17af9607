"""Type comments: renamed types, moved signatures, ignores left alone."""

import libcst as cst
import pytest

from pkcodemods.source.type_comments import is_type_comment, rename_type_comments, with_moved_signature


def rename(types: cst.BaseExpression) -> str | None:
    text = cst.Module([]).code_for_node(types)
    return text.replace("Old", "New") if "Old" in text else None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# type: Old", "# type: New"),
        ("#type:Old", "#type:New"),
        ("# type: Old  # why", "# type: New  # why"),
        ("# type: (Old, Dict[str, Old]) -> Old", "# type: (New, Dict[str, New]) -> New"),
        ("# type: (*Old, **Old) -> None", "# type: (*New, **New) -> None"),
        ("# type: (...) -> Old", "# type: (...) -> New"),
        ("# type: ignore", "# type: ignore"),
        ("# type: ignore[Old]", "# type: ignore[Old]"),
        ("# type: not a type: Old", "# type: not a type: Old"),
        ("# of the type: Old", "# of the type: Old"),
    ],
)
def test_types_are_renamed(before: str, after: str) -> None:
    tree = rename_type_comments(cst.parse_module(f"x = 1  {before}\n"), rename)
    assert tree.code == f"x = 1  {after}\n"


def test_a_type_comment_is_told_from_an_ignore() -> None:
    assert is_type_comment("# type: int")
    assert not is_type_comment("# type: ignore[int]")
    assert not is_type_comment("# typed")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(A, B) -> C", "(A, X) -> C"),
        ("(Dict[str, A], B) -> C", "(Dict[str, A], X) -> C"),
        ("(...) -> C", "(...) -> C"),
        ("(A) -> C", "(A) -> C"),
    ],
)
@pytest.mark.parametrize(
    "place", ["def f(a, b):  # type: {}\n    pass\n", "def f(a, b):\n    # type: {}\n    pass\n"]
)
def test_a_signature_moves_with_its_arguments(before: str, after: str, place: str) -> None:
    function = cst.parse_module(place.format(before)).body[0]
    assert isinstance(function, cst.FunctionDef)
    moved = with_moved_signature(function, taken=2, gone=1, added=["X"])
    assert cst.Module([moved]).code == place.format(after)
