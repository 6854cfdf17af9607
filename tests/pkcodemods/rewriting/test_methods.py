"""Methods: their parameters, in the layout that the function had."""

import re

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


def delegating(function: str, key: str = "onMessage") -> str:
    """The last line of the method that calls a function which other code needs, too."""
    code = migrated(
        f"__all__ = ['default', 'f']\nimport contextlib\nimport functools\n\n\n{function}\n\n\n"
        f"default = {{'{key}': f}}\n"
    ).code
    return code.partition("\n\n\ndefault")[0].splitlines()[-1].strip()


@pytest.mark.parametrize(
    "function",
    [
        "def f(m, c, room): c.send(m)",
        "def f(m, c, room):\n    if m:\n        return\n    c.send(m)",
        "def f(m, c, room):\n    if m:\n        return None\n    return (None)",
        "def f(m, c, room) -> None:\n    c.send(m)",
        "def f(m, c, room):\n    def inner():\n        return c.send(m)\n    inner()",
        "def f(m, c, room):\n    class Inner:\n        def go(self): return 1\n    Inner().go()",
        "def f(m, c, room):\n    for x in (lambda: (yield 1))(): c.send(m)",
        "def f(m, c, room):\n    c.send([n for n in m][0])",
        "def same(function):\n    return function\n\n\n@same\ndef f(m, c, room): c.send(m)",
        "def logged(function):\n    def inner(*args):\n        function(*args)\n    return inner\n\n\n"
        "@logged\ndef f(m, c, room): return c.send(m)",
        "if __debug__:\n    def f(m, c, room): c.send(m)\nelse:\n    def f(m, c, room): c.send(m + m)",
    ],
)
def test_a_method_returns_nothing_where_the_function_that_it_calls_returns_nothing(function: str) -> None:
    assert re.fullmatch(r"f\(m\w*, c\w*, self.room\)", delegating(function))


@pytest.mark.parametrize(
    "function",
    [
        "def f(m, c, room): return c.send(m)",
        "def f(m, c, room):\n    if m:\n        return\n    return c.send(m)",
        "def f(m, c, room):\n    with contextlib.suppress(ValueError):\n        try:\n            pass\n"
        "        finally:\n            return c.send(m)",
        "def f(m, c, room): yield c.send(m)",
        "def f(m, c, room):\n    x = yield from c.send(m)",
        "f = lambda m, c, room: c.send(m)",
        "def logged(function):\n    def inner(*args):\n        return function(*args)\n    return inner\n\n\n"
        "@logged\ndef f(m, c, room): return c.send(m)",
        "def logged(function):\n    @functools.wraps(function)\n    def inner(*args):\n"
        "        return function(*args)\n    return inner\n\n\n@logged\ndef f(m, c, room): return c.send(m)",
        "if __debug__:\n    def f(m, c, room): c.send(m)\nelse:\n    def f(m, c, room): return c.send(m + m)",
        "@functools.singledispatch\ndef f(m, c, room): c.send(m)\n\n\n@f.register\n"
        "def _(m: bytes, c, room): return c.send(m)",
    ],
)
def test_a_method_returns_what_the_function_that_it_calls_returns(function: str) -> None:
    assert delegating(function).startswith("return f(m")


def test_a_method_awaits_a_coroutine_and_answers_a_request() -> None:
    assert delegating("async def f(m, c, room): return c.send(m)") == "await f(m, c, self.room)"
    assert delegating("def f(request, room): pass", "onRequest") == "return f(request, self.room)"
    assert delegating("def f(request, lobby): pass", "onFetch") == "return f(request, lobby)"
