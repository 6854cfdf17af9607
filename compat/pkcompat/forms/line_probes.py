"""Which lines of the user's modules run, by code that is put into them as they are imported.

For Python 3.11, which has no `sys.monitoring`: `sys.settrace` slows down whatever runs, the host and the
clients as well; a probe costs where a line of the user's runs, and nowhere else.
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
    """Lines by probes; modules that are imported between `start` and `stop` are taken down."""

    def __init__(self, is_of_interest: Callable[[str], bool]) -> None:
        """Take nothing down yet.

        Args:
            is_of_interest: whether the lines of the file with this path are wanted.
        """
        self._is_of_interest = is_of_interest
        self._ran: dict[str, dict[int, None]] = {}
        self._probed: dict[tuple[str, CodeType], CodeType] = {}
        self._finder = _ProbingFinder(self)

    def start(self) -> None:
        for ran in self._ran.values():
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
        key = (path, code)  # equal code of two files is equal
        if key not in self._probed:
            self._probed[key] = with_probes(code, self._ran.setdefault(path, {}))
        return self._probed[key]

    def wants(self, path: str) -> bool:
        """Whether the lines of a file are taken down."""
        return self._is_of_interest(path)


def with_probes(code: CodeType, ran: dict[int, None]) -> CodeType:
    """Code that does the same, and takes down which of its lines run.

    Only the order of what `locals()` holds may be another, in both forms alike.

    Args:
        code: a module's code, or a function's; that of the functions in it gets probes too.
        ran: becomes a dict of the lines.
    """
    made = Bytecode.from_code(code)
    made[:] = _probed(made, ran)
    probed: CodeType = made.to_code()
    return probed


def _probed(instructions: Sequence[Any], ran: dict[int, None]) -> Iterator[Any]:
    begun = False  # what comes before RESUME makes the frame
    last: int | None = None
    for instruction in instructions:
        if isinstance(instruction, Label):
            last = None  # whoever jumps here comes from another line
        if isinstance(instruction, Instr):
            line = instruction.lineno
            # Generators look for their SEND; it is on the line of what is before it.
            if begun and line is not None and line != last and instruction.name not in ("SEND", "RESUME"):
                yield from _probe(line, ran)
            last = line
            begun = begun or instruction.name == "RESUME"
            if isinstance(instruction.arg, CodeType):
                instruction.arg = with_probes(instruction.arg, ran)
        yield instruction


def _probe(line: int, ran: dict[int, None]) -> Iterator[Instr]:
    """`ran[line] = None`: no call, which a deep recursion could not afford."""
    for value in (None, ran, line):
        yield Instr("LOAD_CONST", value, lineno=line)
    yield Instr("STORE_SUBSCR", lineno=line)


class _ProbingFinder:
    """Finds modules as usual, and lets probes be put into the user's."""

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
        code = super().get_code(fullname)  # may be read from the bytecode's cache, which has no probes
        return code if code is None else self._lines.prepared(code)
