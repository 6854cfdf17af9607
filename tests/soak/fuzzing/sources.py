"""Sources for the codemod: its output is Python, and a second run leaves it alone."""

from __future__ import annotations

import ast
import random
import re
import sys
import warnings
from contextlib import asynccontextmanager
from pathlib import Path

import libcst as cst
from tests.soak.fuzzing.mutating import mutated
from tests.soak.fuzzing.target import FIXTURES, Checking, Target

from pkcodemods.bytes_migration import migrate_bytes
from pkcodemods.result import Outcome
from pkcodemods.source import decode, descendants, is_for_any_python

_SOURCES = [
    data
    for folder in ("object_form", "party_flows", "connection_flows")
    for path in sorted((FIXTURES / folder).glob("*.py"))
    if len(data := path.read_bytes()) < 1_200
]
_UNNEEDED_SPACE = re.compile(rb"""(?<=[\w)\]}"']) (?=[\[({"'])|(?<=[)\]}"']) (?=\w)""")
_LINES = [line + b"\n" for source in _SOURCES for line in source.splitlines() if line.strip()]


def make(rng: random.Random) -> bytes:
    """A module: changed by bytes, or, so that it more often stays Python, by lines and words."""
    source = rng.choice(_SOURCES)
    if rng.random() < 0.1:
        return _UNNEEDED_SPACE.sub(lambda _: rng.choice((b"", b"", b" ")), source)
    if rng.random() < 0.6:
        return mutated(source, _SOURCES, rng)
    lines = source.splitlines(keepends=True)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(lines) + 1)
        match rng.randrange(4):
            case 0:
                lines[at : at + 1] = []
            case 1:
                lines[at:at] = [rng.choice(_LINES)]
            case 2:
                lines[at:at] = lines[at : at + rng.randrange(4)]
            case 3:
                words = b"".join(lines).split(b" ")
                words[rng.randrange(len(words))] = rng.choice(rng.choice(_LINES).split() or [b""])
                lines = b" ".join(words).splitlines(keepends=True)
    return b"".join(lines)


_TEMPLATED: tuple[type, ...] = tuple(
    kind for kind in (getattr(cst, "TemplatedString", None),) if kind is not None
)
"""What t-strings are to LibCST; older versions know none."""


@asynccontextmanager
async def checking(folder: Path) -> Checking:
    """Without running anything of it."""

    def check(data: bytes) -> None:
        result = migrate_bytes(data)
        if result.outcome is Outcome.ERROR:
            assert result.data == data, "an error that changed something"
            assert result.findings, "an error without a word"
        findings = [*result.findings, *(each for party in result.parties for each in party.findings)]
        bugs = [each for each in findings if each.code in ("PK902", "PK903")]
        assert not bugs, f"a bug of the codemod: {bugs}"
        if result.data == data:
            return
        before, after = _soundness(data), _soundness(result.data)
        assert before or _is_newer(data), "what is no Python was changed"
        assert after >= before, f"the output is no Python:\n{result.data.decode()}"
        assert migrate_bytes(result.data).data == result.data, "a second run changes it again"

    yield check


def _is_newer(data: bytes) -> bool:
    """Whether this Python is too old for a source's f-strings (PEP 701; 3.12), its t-strings (3.14), or for
    exceptions without parentheses (PEP 758; 3.14)."""
    if sys.version_info >= (3, 14):
        return False
    tree = cst.parse_module(decode(data)[0])
    if any(isinstance(node, _TEMPLATED) or _is_unparenthesized(node) for node in descendants(tree)):
        return True
    return sys.version_info < (3, 12) and not is_for_any_python(tree)


def _is_unparenthesized(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.ExceptHandler) and isinstance(node.type, cst.Tuple) and not node.type.lpar


def _soundness(data: bytes) -> int:
    """How far Python takes a source: 0 not at all, 1 it parses, 2 it compiles."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for stage, flags in ((0, ast.PyCF_ONLY_AST), (1, 0)):
            try:
                compile(data, "<fuzzed>", "exec", flags, dont_inherit=True)
            except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
                return stage
    return 2


SOURCES = Target("sources", make, checking)
