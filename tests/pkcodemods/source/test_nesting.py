"""Sources nested too deeply for the parser."""

import pytest

from pkcodemods.source.nesting import is_deeply_nested

DEEP = {
    "brackets": "x = " + "(" * 100 + "1" + ")" * 100 + "\n",
    "brackets over lines": "x = [\n" * 100 + "1" + "]\n" * 100,
    "operators": "x = " + " + ".join(["1"] * 200) + "\n",
    "attributes": "x = a" + ".b" * 200 + "\n",
    "negations": "x = " + "not " * 200 + "y\n",
    "branches": "if a:\n    pass\n" + "elif b:\n    pass\n" * 200,
    "calls in a chain": "x = q" + ".where(a, b)" * 200 + "\n",
    "a long operation in a list": "x = [1, 2, " + " + ".join(["1"] * 200) + "]\n",
    "continued lines": "x = 1" + " + \\\n    1" * 200 + "\n",
}
SHALLOW = {
    "a long list": "x = [\n" + "    (1, 2),\n" * 5_000 + "]\n",
    "a long table": "x = {\n" + "    0x1: -1.5 + y.z,\n" * 5_000 + "}\n",
    "many statements": "x = (1 + 2) * 3\n" * 5_000,
    "brackets in strings": 'x = "' + "(" * 500 + '"\n' + "y = '''" + "[\n" * 500 + "'''\n",
    "brackets in comments": "# " + "(" * 500 + "\nx = 1\n",
    "closed before opened": ")" * 500 + "\n",
}


@pytest.mark.parametrize("name", DEEP)
def test_what_may_overflow_a_parser_is_told(name: str) -> None:
    assert is_deeply_nested(DEEP[name])


@pytest.mark.parametrize("name", SHALLOW)
def test_what_is_merely_long_is_not(name: str) -> None:
    assert not is_deeply_nested(SHALLOW[name])
