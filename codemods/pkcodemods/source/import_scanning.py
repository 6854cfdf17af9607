"""What a source imports, read off its bytes: LibCST would take a thousand times as long."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pkcodemods.source.encoding import as_read

IMPORTING = ("import_module", "__import__", "import_string", "find_spec", "patch", "setattr", "delattr")
"""Functions that are handed the name of a module, or of something in one."""

_IMPORT = b"import"
_IMPORTING = tuple(name.encode() for name in IMPORTING)
_LONGEST = 1_000  # bytes of a module's name; longer ones are no files' names
_DEEPEST = 50  # parts of a dotted name

# Bytes from 0x80 on belong to names outside ASCII. No pattern may take more than linear time: a tree may hold
# whatever its author wanted it to.
_WORD = rb"[\w\x80-\xff]"
_FIRST = rb"[^\W\d]|[\x80-\xff]"
_NAME = rb"(?:" + _FIRST + rb")" + _WORD + rb"*+"
_NAME_WITHIN = re.compile(
    rb"\bimport_module\s*\(\s*[\"'](\." + _WORD + rb"(?:" + _WORD + rb"|\.)*+)[\"']"
    rb"\s*,\s*(?:package\s*=\s*)?[\"'](" + _WORD + rb"(?:" + _WORD + rb"|\.)*+)[\"']"
)
_PATH_IN_STRING = re.compile(rb"[\"'](\.*+" + _NAME + rb"(?:[.:]" + _NAME + rb")++|\.++" + _NAME + rb")[\"']")
_NAME_TO_IMPORT = re.compile(
    rb"\b(?:import_module|__import__|find_spec)\s*\(\s*[\"'](" + _WORD + rb"++)[\"']"
)
_STATEMENT = re.compile(
    rb"(?:^|[:;])\s*+(?:from\s*+(?P<module>\.[\s.]*+(?:" + _WORD + rb"|\.)*|(?:" + _WORD + rb"|\.)+)\s*)?"
    rb"(?<![\w\x80-\xff])import\b\s*+\(?(?P<names>[^;)]*)",
    re.DOTALL,
)
_CONTINUATION_OR_COMMENT = re.compile(rb"\\\n|#[^\n]*")
_SPACE = re.compile(rb"\s+")


def imported_names(data: bytes) -> frozenset[str]:
    """The dotted names in the import statements of a source; relative ones begin with their dots.

    `from a import b` gives both `a` and `a.b`, for `b` may be a module; and so do strings where a function is
    named that takes such names: `mock.patch("a.b")`. Text that looks like an import statement may be among
    them; what is imported by a computed name is not.

    Args:
        data: the source's bytes.
    """
    if _IMPORT not in data and not any(word in data for word in _IMPORTING):
        return frozenset()  # keywords are ASCII, and so are these functions' usual names
    data = as_read(data)
    names: set[bytes] = set()
    for line in _lines_with_imports(data):
        for statement in _STATEMENT.finditer(_CONTINUATION_OR_COMMENT.sub(b" ", line)):
            names.update(_names(statement["module"], statement["names"]))
    if any(word in data for word in _IMPORTING):
        names.update(_NAME_TO_IMPORT.findall(data))
        names.update(package + name for name, package in _NAME_WITHIN.findall(data))
        for path in _PATH_IN_STRING.findall(data):
            names.update(_beginnings(path.replace(b":", b".")))
    return frozenset(name.decode(errors="replace") for name in names if len(name) <= _LONGEST)


def _names(module: bytes | None, imported: bytes) -> Iterator[bytes]:
    names = [name for part in imported.split(b",") if (name := part.split(b" as ", 1)[0].strip())]
    if module is None:
        yield from names
        return
    base = _SPACE.sub(b"", module)
    if len(base) > _LONGEST:
        return
    yield base
    yield from (base + name if base.endswith(b".") else base + b"." + name for name in names if name != b"*")


def _beginnings(path: bytes) -> Iterator[bytes]:
    """A dotted name, and those that it begins with: any may be the module."""
    name = path.lstrip(b".")
    dots = path[: len(path) - len(name)]
    parts = name.split(b".", _DEEPEST)[:_DEEPEST]
    yield from (dots + b".".join(parts[:end]) for end in range(1, len(parts) + 1))


def _lines_with_imports(data: bytes) -> Iterator[bytes]:
    """The logical lines in which the word stands."""
    at = data.find(_IMPORT)
    while at >= 0:
        end = at + len(_IMPORT)
        if not _is_word(data[at - 1 : at]) and not _is_word(data[end : end + 1]):
            end = _end(data, at)
            yield data[_start(data, at) : end]
        at = data.find(_IMPORT, end)


def _is_word(character: bytes) -> bool:
    return character.isalnum() or character == b"_" or character >= b"\x80"


def _start(data: bytes, at: int) -> int:
    """Where the logical line around a place begins."""
    start = data.rfind(b"\n", 0, at) + 1
    while data[max(0, start - 2) : start] == b"\\\n":
        start = data.rfind(b"\n", 0, start - 1) + 1
    return start


def _end(data: bytes, at: int) -> int:
    """Where the logical line around a place ends."""
    end = _line_end(data, at)
    parenthesis = data.find(b"(", at, end)
    if parenthesis >= 0 and (close := data.find(b")", parenthesis)) >= 0:
        end = max(end, close)
    while data[end - 1 : end] == b"\\":
        end = _line_end(data, end + 1)
    return end


def _line_end(data: bytes, at: int) -> int:
    end = data.find(b"\n", at)
    return len(data) if end < 0 else end
