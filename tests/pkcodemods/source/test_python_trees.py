"""What Python's own parser makes of a source, without a word on the terminal."""

import ast
import warnings

import pytest

from pkcodemods import migrate_source
from pkcodemods.source.python_trees import are_alike, compiler_error, python_tree

WARNED = 'print(1if [] else 2, "\\d", [] is 3)\n'


def test_it_is_the_tree() -> None:
    assert ast.dump(python_tree("x = [1]\n")) == ast.dump(ast.parse("x = [1]\n"))
    with pytest.raises(SyntaxError, match="was never closed"):
        python_tree("x = [1\n")


@pytest.mark.parametrize("outcome", ["rewritten", "wrapped"])
def test_what_python_would_warn_about_is_not_said(outcome: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Found before: a migration printed `<unknown>:8: SyntaxWarning` for each such line of a source."""
    more = "**{}, " if outcome == "wrapped" else ""
    source = (
        "from partykit.server import PartyKitServer\n\n\ndef on_message(message, connection, room):\n"
        f"    {WARNED}    room.broadcast(\n        room.internalID, [\n            connection.id])\n\n\n"
        f"default: PartyKitServer = {{{more}'onMessage': on_message}}\n\f\nx = 1\n"
    )
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        result = migrate_source(source).outcome
    assert (result, warned) == (outcome, [])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert migrate_source(source).outcome == outcome
    assert capsys.readouterr() == ("", "")


def test_the_compilers_error_is_told_of_what_the_parser_takes() -> None:
    assert compiler_error("x = 1\n") is None
    assert compiler_error("x = [1\n") is None, "that is the parser's"
    error = compiler_error("x = 1\nbreak\n")
    assert error is not None
    assert (error.msg, error.lineno) == ("'break' outside loop", 2)


@pytest.mark.parametrize(
    ("other", "alike"), [("x  =  1 # one\n", True), ("x = 2\n", False), ("x = [1\n", False)]
)
def test_sources_are_alike_but_for_places_and_comments(other: str, alike: bool) -> None:
    assert are_alike("x = 1\n", other) is alike
