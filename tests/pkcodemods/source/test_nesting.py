"""Sources nested too deeply for the parser."""

import pytest

from pkcodemods.source.nesting import is_deeply_nested, slow_pattern

DEEP = {
    "brackets": "x = " + "(" * 100 + "1" + ")" * 100 + "\n",
    "brackets over lines": "x = [\n" * 100 + "1" + "]\n" * 100,
    "operators": "x = " + " + ".join(["1"] * 200) + "\n",
    "attributes": "x = a" + ".b" * 200 + "\n",
    "negations": "x = " + "not " * 200 + "y\n",
    "branches": "if a:\n    pass\n" + "elif b:\n    pass\n" * 200,
    "calls in a chain": "x = q" + ".where(a, b)" * 200 + "\n",
    "a long operation in a list": "x = [1, 2, " + " + ".join(["1"] * 200) + "]\n",
    "calls of what calls gave": "x = a" + "()" * 200 + "\n",
    "subscripts": "x = a" + " [0]" * 200 + "\n",
    "in an f-string": 'x = f"{' + "(" * 200 + "1" + ")" * 200 + '}"\n',
    "f-strings in f-strings": "x = " + 'f"{' * 200 + "1" + '}"' * 200 + "\n",
    "behind an f-string": """x = f"it's" + """ + "(" * 200 + "1" + ")" * 200 + " + 'x'\n",
    "continued lines": "x = 1" + " + \\\n    1" * 200 + "\n",
}
SHALLOW = {
    "a long list": "x = [\n" + "    (1, 2),\n" * 5_000 + "]\n",
    "a long table": "x = {\n" + "    0x1: -1.5 + y.z,\n" * 5_000 + "}\n",
    "many statements": "x = (1 + 2) * 3\n" * 5_000,
    "brackets in strings": 'x = "' + "(" * 500 + '"\n' + "y = '''" + "[\n" * 500 + "'''\n",
    "brackets in comments": "# " + "(" * 500 + "\nx = 1\n",
    "many calls": "print(f(g(1)), h(2)[0])\n" * 5_000,
    "many f-strings": 'x = f"{a} (b) [c] {d!r:>10}, {e}"\n' * 5_000,
    "closed before opened": ")" * 500 + "\n",
}


@pytest.mark.parametrize("name", DEEP)
def test_what_may_overflow_a_parser_is_told(name: str) -> None:
    assert is_deeply_nested(DEEP[name])


@pytest.mark.parametrize("name", SHALLOW)
def test_what_is_merely_long_is_not(name: str) -> None:
    assert not is_deeply_nested(SHALLOW[name])


@pytest.mark.parametrize("pattern", ["[", "(", "{1: ", "C(", "C(a=", "[1, "])
def test_a_pattern_that_takes_libcst_forever_is_told(pattern: str) -> None:
    close = {"[": "]", "(": ")", "{": "}", "C": ")"}[pattern[0]]
    source = (
        "match a:\n    case 1:\n        pass\n    case "
        + pattern * 30
        + "x"
        + close * 30
        + ":\n        pass\n"
    )
    assert slow_pattern(source) == 4
    assert slow_pattern(source.replace("\n", "\r")) == 4


@pytest.mark.parametrize(
    "source",
    [
        "match a:\n"
        + "    case {'type': 'x', 'data': [first, (second, *rest)]} if f({}):\n        pass\n" * 500,
        "case = f(" + "(" * 30 + ")" * 30 + ")\n",
        "case.x(" + "[" * 30 + "]" * 30 + ")\n",
        "match a:\n    case '" + "[" * 30 + "':\n        x = " + "[" * 30 + "]" * 30 + "\n",
    ],
)
def test_usual_patterns_are_none(source: str) -> None:
    assert slow_pattern(source) is None
