"""Methods: their parameters, in the layout that the function had."""

import pytest
from tests.pkcodemods.checks import migrated


def method(function: str, key: str = "onMessage") -> str:
    """The method that comes of a function."""
    name = function.partition("(")[0].split()[-1]
    code = migrated(f"{function}\n\n\ndefault = {{'{key}': {name}}}\n").code
    lines = code.partition("class Server(PartyServer):\n")[2].partition("\n\n\ndefault")[0].splitlines()
    start = next(i for i, line in enumerate(lines) if "def " in line or line.startswith("    #"))
    return "\n".join(line.removeprefix("    ") for line in lines[start:])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(m, c, room): pass", "def on_message(self, m, c): pass"),
        ("def f(m, c): pass", "def on_message(self, m, c): pass"),
        ("def f(m): pass", "def on_message(self, m, connection): pass"),
        ("def f(): pass", "def on_message(self, message, connection): pass"),
        ("def f(connection): pass", "def on_message(self, connection, _connection): pass"),
        ("def f(m, /, c, room): pass", "def on_message(self, m, /, c): pass"),
        ("async def f(m, c, room): pass", "async def on_message(self, m, c): pass"),
        ("def f(m: str, c) -> None: pass", "def on_message(self, m: str, c) -> None: pass"),
        ("def f(m, c, room, *, x=1): pass", "def on_message(self, m, c, *, x=1): pass"),
        (
            "def f(\n    m,\n    c,\n    room,\n):\n    pass",
            "def on_message(\n    self,\n    m,\n    c,\n):\n    pass",
        ),
        (
            "def f(\n    m, c, room\n):\n    pass",
            "def on_message(\n    self, m, c\n):\n    pass",
        ),
        (
            "def f(\n    m,  # what\n    c,  # who\n    room,  # where\n):\n    pass",
            "# where\ndef on_message(\n    self,\n    m,  # what\n    c,  # who\n):\n    pass",
        ),
        (
            "def f(\n    m,  # what\n    c  # who\n):\n    pass",
            "def on_message(\n    self,\n    m,  # what\n    c  # who\n):\n    pass",
        ),
        (
            "def f(\n    m,  # type: str\n    c,  # type: object\n    room,  # type: object\n):\n"
            "    # type: (...) -> None\n    pass",
            "def on_message(\n    self,\n    m,  # type: str\n    c,  # type: object\n):\n"
            "    # type: (...) -> None\n    pass",
        ),
        (
            "def f(m, c, room):\n    # type: (str, object, object) -> None\n    pass",
            "def on_message(self, m, c):\n    # type: (str, object) -> None\n    pass",
        ),
    ],
)
def test_parameters(before: str, after: str) -> None:
    assert method(before) == after


def test_a_docstring_is_indented_with_its_function() -> None:
    before = 'def f(m, c, room):\n    """One.\n\n    Two.\n      Three.\n    """'
    assert method(before) == 'def on_message(self, m, c):\n    """One.\n\n    Two.\n      Three.\n    """'
    flush = 'def f(m, c, room):\n    """One.\nTwo.\n"""'
    assert method(flush).splitlines()[-2:] == ["Two.", '"""']


def test_strings_that_are_no_docstrings_stay() -> None:
    before = 'def f(m, c, room):\n    return """One.\n    Two."""'
    assert migrated(f"{before}\n\n\ndefault = {{'onMessage': f}}\n").code.count('"""One.\n    Two."""') == 1
