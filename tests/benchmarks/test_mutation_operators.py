"""Mutation operators: what each changes, and what all leave alone."""

from __future__ import annotations

import ast

import pytest
from benchmarks.mutation_operators import OPERATORS, mutants_of


def changes(source: str, operator: str) -> list[tuple[str, str]]:
    return [(mutant.before, mutant.after) for mutant in mutants_of(source) if mutant.operator == operator]


@pytest.mark.parametrize(
    ("operator", "source", "before", "after"),
    [
        ("dropped send", "connection.send(x)", "connection.send(x)", "pass"),
        ("dropped send", "await room.broadcast(x)", "await room.broadcast(x)", "pass"),
        ("dropped statement", "x += 1", "x += 1", "pass"),
        ("dropped statement", "await storage.put(k, v)", "await storage.put(k, v)", "pass"),
        ("swapped arguments", "f(a, b, c)", "f(a, b, c)", "f(b, a, c)"),
        ("dropped argument", "f(a, b)", "f(a, b)", "f(a)"),
        ("dropped argument", "f(a, k=1)", "f(a, k=1)", "f(a)"),
        ("other comparison", "a > b", "a > b", "a >= b"),
        ("other comparison", "a not in b", "a not in b", "a in b"),
        ("forgotten await", "await f()", "await f()", "f()"),
        (
            "missing hibernate",
            "o = ServerOptions(hibernate=True)",
            "ServerOptions(hibernate=True)",
            "ServerOptions()",
        ),
        ("lost handler", "def on_close(self): f()", "def on_close(self):\n    f()", "nothing"),
        ("other storage key", "room.storage.get('k')", "room.storage.get('k')", "room.storage.get('k_')"),
        ("other text", "f('x')", "'x'", "'x~'"),
        ("shorter text", "f('/me ')", "'/me '", "'/me'"),
        ("other number", "f(3)", "3", "4"),
        ("other truth", "a and b", "a and b", "a or b"),
        ("other truth", "not a", "not a", "a"),
        ("fixed condition", "a if b else c", "a if b else c", "c"),
        ("other operator", "a + b", "a + b", "a - b"),
        ("lost answer", "def f(): return 1", "return 1", "return"),
        ("other receiver", "sender.send(x)", "sender.send(x)", "self.room.broadcast(x)"),
    ],
)
def test_each_operator(operator: str, source: str, before: str, after: str) -> None:
    assert (before, after) in changes(source, operator)


def test_reraised_errors() -> None:
    assert changes("try: f()\nexcept E: g()", "reraised error") == [
        ("except E:\n    g()", "except E:\n    raise"),
    ]


def test_every_operator_has_a_name_that_says_what_it_does() -> None:
    assert len(OPERATORS) == 18
    assert all(name == name.lower() for name in OPERATORS)


def test_mutants_are_python_and_each_is_another_module() -> None:
    source = "class C:\n    def on_message(self, m, s):\n        if m == 'x':\n            s.send(m, 1)\n"
    mutants = mutants_of(source)
    sources = {mutant.source for mutant in mutants}
    assert len(sources) == len(mutants) > 8
    assert ast.unparse(ast.parse(source)) not in sources
    for mutant in mutants:
        compile(mutant.source, "mutant", "exec")


def test_prose_and_types_are_left_alone() -> None:
    assert (
        mutants_of('"""Prose."""\nimport x\ny: "type"\ndef f(a: "int") -> "str":\n    "More prose."\n') == []
    )
