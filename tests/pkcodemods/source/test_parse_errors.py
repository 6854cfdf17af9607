"""What LibCST refuses is told in Python's words, and with a place where there is one."""

import libcst as cst
import pytest

from pkcodemods.source.parse_errors import UNPARSABLE, explained


def refused(source: str) -> cst.ParserSyntaxError | cst.CSTValidationError:
    with pytest.raises(UNPARSABLE) as raised:
        cst.parse_module(source)
    return raised.value


def test_what_python_refuses_too_is_told_in_its_words() -> None:
    source = "x = 1\ny = 'a' b'b'\n"
    error = explained(source, refused(source))
    assert (error.reason, error.line) == ("cannot mix bytes and nonbytes literals", 2)


def test_what_libcst_alone_refuses_names_it() -> None:
    source = "async def f():\n    return await g()or 0\n"
    error = explained(source, refused(source))
    assert error.reason == (
        "the source cannot be parsed by LibCST: Must have at least one space around boolean operator."
    )
