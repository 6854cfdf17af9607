"""Parsing: sources round-trip, errors read as Python's, comments belong to what follows."""

import ast

import pytest

from pkcodemods.errors import SourceError
from pkcodemods.source.parsing import parse, parse_text


def test_a_source_is_parsed_and_printed_as_it_was() -> None:
    source = "x = 1  # one\r\n\tif_ = (2)\r\n".replace("\t", "")
    assert parse(source).code == source


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("x = 1\ndef f(:\n", 2, "invalid syntax"),
        ("x = (1\n", 1, "'(' was never closed"),
        ("if x:\npass\n", 2, "expected an indented block after 'if' statement on line 1"),
        ("print 'x'\n", 1, "Missing parentheses in call to 'print'. Did you mean print(...)?"),
    ],
)
def test_an_error_is_told_in_pythons_words(source: str, line: int, reason: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse(source)
    assert (caught.value.line, caught.value.reason) == (line, reason)
    assert str(caught.value) == f"line {line}: {reason}"


def test_what_only_libcst_cannot_parse_is_an_error_too() -> None:
    with pytest.raises(SourceError, match="the source cannot be parsed"):
        parse("x = (" + " ".join(['"a"'] * 4_000) + ")\n")


def test_a_comment_above_the_first_function_is_the_functions() -> None:
    source = "# of the file\n\n# of the function\ndef f(): ...\n"
    tree = parse(source)
    assert tree.code == source
    assert [line.comment.value for line in tree.body[0].leading_lines] == ["# of the function"]  # type: ignore[union-attr]
    assert parse("# of the file\ndef f(): ...\n").header


def test_names_are_those_that_python_reads() -> None:
    wide, ligature = "\uff52", "\ufb01"
    source = f"def f({wide}oom, {ligature}ne):\n    return room.{wide} + fine + '{wide}'\n"
    assert parse(source).code == f"def f(room, fine):\n    return room.r + fine + '{wide}'\n"


def test_a_form_feed_in_front_of_a_statement_gets_a_line_of_its_own() -> None:
    source = "import a\n\f\nx = 1\n\n\f@a.b\n@a.c\ndef f(): ...\n# above\n\fclass A: ...\n# \f\ny = 2\n"
    assert parse(source).code == (
        "import a\n\f\nx = 1\n\n\f\n@a.b\n@a.c\ndef f(): ...\n\f\n# above\nclass A: ...\n# \f\ny = 2\n"
    )


@pytest.mark.parametrize("field", ["{a!s  # why\n}", "{a=!r # why\n:>5}"])
def test_a_comment_that_the_tree_would_not_hold_is_an_error(field: str) -> None:
    with pytest.raises(SourceError, match="would be lost") as raised:
        parse(f'x = 1\ny = f"{field}"\n')
    assert raised.value.line == 2


@pytest.mark.parametrize(
    "source", ['x = "{a!s  # why}"\n', 'f"""{a!s}  # why"""\n', 'f"{a!s}"  # why !s # it\n']
)
def test_what_only_looks_like_one_is_none(source: str) -> None:
    assert parse(source).code == source


@pytest.mark.parametrize("place", ["# {}", "'''{}'''", "x = '{}'", "x = f'{{1}}{}'"])
def test_a_null_byte_is_an_error_wherever_it_is(place: str) -> None:
    with pytest.raises(SourceError, match="null bytes") as raised:
        parse("x = 1\r\ny = 2\n" + place.format("\0") + "\n")
    assert raised.value.line == 3


def test_a_number_that_no_python_reads_is_an_error() -> None:
    with pytest.raises(SourceError, match="Exceeds the limit"):
        parse(f"x = 1\ny = {'9' * 5_000}\n")
    for fits in (f"'{'9' * 5_000}'", f"0x{'9' * 5_000}", "9" * 4_000):
        assert parse(f"x = {fits}\n").body


def test_a_field_over_two_lines_is_no_error_on_an_older_python() -> None:
    """Python reads it from 3.12 on (PEP 701)."""
    source = 'x = 1\ny = f"{x\n}"\n'
    assert parse(source).code == source


@pytest.mark.parametrize(
    "literal", [r'"\ud80"', r'"\N{no such name}"', r'"\x4"', r"""b'\xg'""", r'"\U00110000"']
)
def test_an_escape_that_names_no_character_is_an_error(literal: str) -> None:
    with pytest.raises(SourceError, match="error") as raised:
        parse(f"x = 1\ny = {literal}\n")
    assert raised.value.line == 2


def test_an_escape_that_names_one_and_one_in_a_raw_string_are_none() -> None:
    source = 'x = "\\u00e9\\N{BULLET}\\x41", r"\\ud80"\n'
    assert parse(source).code == source


@pytest.mark.parametrize("literals", ["\"a\" b'b'", "f'a' b'b'", "rb'a' 'b' 'c'", "('a'\n b'b')"])
def test_strings_beside_bytes_are_an_error(literals: str) -> None:
    """LibCST's nodes refuse them, its grammar does not."""
    with pytest.raises(SourceError, match="cannot mix bytes and nonbytes literals") as raised:
        parse(f"x = 1\ny = {literals}\n")
    assert raised.value.line in (2, 3)
    assert parse_text(literals) is None


@pytest.mark.parametrize(
    ("tight", "spaced"),
    [
        ("await a(1)or 0", "await a(1) or 0"),
        ("await a[1]is None", "await a[1] is None"),
        ("(await a(b)if(c)else'd')", "(await a(b) if (c) else 'd')"),
    ],
)
def test_a_keyword_that_libcst_wants_apart_is_read(tight: str, spaced: str) -> None:
    source = "async def f(): # why\r\n    x = {}\r\n    return x\r\n"
    assert parse(source.format(tight)).code == source.format(spaced)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("break", "'break' outside loop"),
        ("global message", "name 'message' is parameter and global"),
        ("nonlocal room", "name 'room' is parameter and nonlocal"),
        ("await room.storage.get('n')", "'await' outside async function"),
        ("async with room: pass", "'async with' outside async function"),
        ("from os import *", "import * only allowed at module level"),
        ("print(__debug__ := 1)", "cannot assign to __debug__"),
        ("*a, *b = message", "multiple starred expressions in assignment"),
    ],
)
def test_what_only_the_compiler_refuses_is_an_error_of_the_source(statement: str, reason: str) -> None:
    """Found before: what was written refused to run as the source did, and was called rewritten."""
    with pytest.raises(SourceError) as raised:
        parse(f"def on_message(message, connection, room):\n    {statement}\n")
    assert (raised.value.reason, raised.value.line) == (reason, 2)


@pytest.mark.parametrize("before", ["\f", "  \f", " \t\f\f"])
@pytest.mark.parametrize("block", ["if n:", "while n:", "def inner():"])
def test_a_form_feed_is_no_part_of_an_indentation(before: str, block: str) -> None:
    source = f"def f(n):\n    {block}\n{before}        n = 1\n        return n\n    return 2\n"
    tree = parse(source)
    assert ast.dump(ast.parse(tree.code)) == ast.dump(ast.parse(source))


def test_a_form_feed_that_is_part_of_a_text_stays_there() -> None:
    source = 'def f(n):\n    if n:\n\f        return n\n    return """\n  \f text"""\n'
    with pytest.raises(SourceError):
        parse(source)
