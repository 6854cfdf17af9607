"""Recording which lines of the user's modules run, by bytecode that is added to them on import.

Home-made, for Python 3.11, which has no `sys.monitoring`. A trace function, coverage.py's too, slows down all
code, the host and the clients included; a probe costs time only where a line of the user's runs.
"""

from __future__ import annotations

import importlib.machinery
import sys
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, ModuleType
from typing import Any

from bytecode import Bytecode, Instr, Label

from pkcompat.forms.line_coverage import Line


class ProbedLines:
    """Line coverage by probes, of the modules that are imported between `start` and `stop`.

    Args:
        is_of_interest: whether the lines of the file with this path are wanted.
    """

    def __init__(self, is_of_interest: Callable[[str], bool]) -> None:
        self._is_of_interest = is_of_interest
        self._ran: dict[str, dict[int, None]] = {}  # by path; the probes write into the inner dicts
        self._probed: dict[tuple[str, CodeType], CodeType] = {}
        self._finder = _ProbingFinder(self)

    def start(self) -> None:
        for ran in self._ran.values():  # cleared, not replaced: the probes hold on to these very dicts
            ran.clear()
        sys.meta_path.insert(0, self._finder)

    def stop(self) -> frozenset[Line]:
        sys.meta_path.remove(self._finder)
        return self._lines()

    def _lines(self) -> frozenset[Line]:
        return frozenset((path, line) for path, ran in self._ran.items() for line in ran)

    def prepared(self, code: CodeType) -> CodeType:
        path = code.co_filename
        if not self.wants(path):
            return code
        key = (path, code)  # code objects of two files compare equal if their code is
        if key not in self._probed:
            self._probed[key] = with_probes(code, self._ran.setdefault(path, {}))
        return self._probed[key]

    def wants(self, path: str) -> bool:
        """Whether the lines of a file are recorded."""
        return self._is_of_interest(path)


def with_probes(code: CodeType, ran: dict[int, None]) -> CodeType:
    """Code that does the same, and records which of its lines run.

    Only the order of `locals()` may change, in the same way in both forms.

    Args:
        code: the code of a module or a function; nested functions get probes too.
        ran: receives the lines, as keys.
    """
    made = Bytecode.from_code(code)
    made[:] = _probed(made, ran)
    probed: CodeType = made.to_code()
    return probed


def _probed(instructions: Sequence[Any], ran: dict[int, None]) -> Iterator[Any]:
    begun = False  # a probe must not run before RESUME, while the frame is being set up
    last: int | None = None
    for instruction in instructions:
        if isinstance(instruction, Label):
            last = None  # a jump may come here from another line
        if isinstance(instruction, Instr):
            line = instruction.lineno
            # The interpreter expects SEND at its place in a generator; its line has had a probe anyway.
            if begun and line is not None and line != last and instruction.name not in ("SEND", "RESUME"):
                yield from _probe(line, ran)
            last = line
            begun = begun or instruction.name == "RESUME"
            if isinstance(instruction.arg, CodeType):
                instruction.arg = with_probes(instruction.arg, ran)
        yield instruction


def _probe(line: int, ran: dict[int, None]) -> Iterator[Instr]:
    """`ran[line] = None`: no call, since the user's code may be close to the recursion limit."""
    for value in (None, ran, line):
        yield Instr("LOAD_CONST", value, lineno=line)
    yield Instr("STORE_SUBSCR", lineno=line)


class _ProbingFinder:
    """Finds modules as usual, and gives the user's a loader that adds probes."""

    def __init__(self, lines: ProbedLines) -> None:
        self._lines = lines

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or not spec.origin or not self._lines.wants(spec.origin):
            return None
        if type(spec.loader) is importlib.machinery.SourceFileLoader:
            spec.loader = _ProbingLoader(fullname, spec.origin, self._lines)
        return spec


class _ProbingLoader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, lines: ProbedLines) -> None:
        super().__init__(fullname, path)
        self._lines = lines

    def get_code(self, fullname: str) -> CodeType | None:
        code = super().get_code(fullname)  # maybe from __pycache__, which stays free of probes
        return code if code is None else self._lines.prepared(code)
