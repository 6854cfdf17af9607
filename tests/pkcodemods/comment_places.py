"""Comments in every place of a module that can hold one, and which of them the codemod loses.

Run it as `python -m tests.pkcodemods.comment_places`, with the names of fixtures for some of them: it tries
each place by itself, which takes minutes, and lists those that lose their comment.
"""

from __future__ import annotations

import ast
import io
import os
import sys
import tokenize
from bisect import bisect_left
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tests.pkcodemods.regenerate_fixtures import project_files

from pkcodemods import SourceFile, migrate_project

FIXTURES = Path(__file__).parents[2] / "fixtures"
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
# LibCST itself loses what stands between `**` and the name in a pattern.
_UNREADABLE = {("module_match_captures", 22, 28)}
# What these say of a dictionary is true of each of the parties that share it.
SHARING = ("shared_handlers", "export_spread_", "export_copy_", "export_decorated_", "handlers_are_methods_")
_F_STRING_START = getattr(tokenize, "FSTRING_START", None)  # tokens of Python 3.12
_F_STRING_END = getattr(tokenize, "FSTRING_END", None)
_NEVER = frozenset({tokenize.ENCODING, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comment can stand.

    Attributes:
        row: the line of the token in front of it.
        column: where that token ends.
        text: the token.
        own_line: whether the comment gets a line of its own, behind the token's.
        breaks: whether the line has to be broken for it.
        indent: what the line is indented by.
    """

    row: int
    column: int
    text: str
    own_line: bool
    breaks: bool
    indent: str

    def insert(self, lines: list[str], comment: str) -> None:
        """Put a comment there. Those further down are to come first: this may break the line."""
        line = lines[self.row - 1]
        before, after = line[: self.column], line[self.column :].lstrip(" \t")
        deeper = f"{self.indent}    "
        first = f"{before}\n{deeper}{comment}\n" if self.own_line else f"{before}  {comment}\n"
        lines[self.row - 1] = first + (f"{deeper}{after}" if self.breaks else after.removeprefix("\n"))


@cache
def places(source: str) -> list[Place]:
    """The places of a source where a comment leaves what it means as it is."""
    lines = source.splitlines(keepends=True)
    statements = ast.parse(source).body
    ends = [statement.end_lineno or 0 for statement in statements]
    dumps = [ast.dump(statement) for statement in statements]

    def keeps_meaning(place: Place) -> bool:
        changed = list(lines)
        place.insert(changed, "# c")
        try:
            body = ast.parse("".join(changed)).body
        except SyntaxError:
            return False
        around = bisect_left(ends, place.row)  # to dump the others as well would take most of the time
        return len(body) == len(dumps) and ast.dump(body[around]) == dumps[around]

    return [place for place in _tried(source, lines) if keeps_meaning(place)]


def _tried(source: str, lines: list[str]) -> Iterator[Place]:
    """Behind every token, at the end of its line and on a line of its own; none in f-strings, as on 3.11."""
    depth = within = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.OP:
            depth += (token.string in _OPENING) - (token.string in _CLOSING)
        within += (token.type == _F_STRING_START) - (token.type == _F_STRING_END)
        if within or token.type in _NEVER or token.type in (tokenize.NEWLINE, tokenize.NL, tokenize.COMMENT):
            continue
        row, column = token.end
        rest = lines[row - 1][column:].strip()
        if rest.startswith("#"):
            continue
        line = lines[row - 1]
        indent = line[: len(line) - len(line.lstrip())]
        place = Place(row, column, token.string, own_line=False, breaks=bool(rest), indent=indent)
        yield place
        if depth:
            yield replace(place, own_line=True)


@dataclass(frozen=True, slots=True)
class Loss:
    """A comment that is not in what came out, or more than once without a reason."""

    path: str
    place: Place
    count: int

    def __str__(self) -> str:
        style = "on a line of its own" if self.place.own_line else "at the line's end"
        where = f"{self.path}:{self.place.row}:{self.place.column}"
        return f"{where}: behind {self.place.text!r}, {style}: {self.count} times"


@dataclass(frozen=True, slots=True)
class Case:
    """Files of a project, and which of them gets the comments."""

    name: str
    files: tuple[SourceFile, ...]
    index: int

    @property
    def source(self) -> str:
        """The source of that file."""
        return self.files[self.index].data.decode()

    def losses(self, wanted: list[Place]) -> list[Loss]:
        """Migrate it with a comment in each of some places, all at once."""
        lines = self.source.splitlines(keepends=True)
        order = sorted(enumerate(wanted), key=lambda item: (item[1].row, item[1].column), reverse=True)
        for number, place in order:
            place.insert(lines, f"# c{number}.")
        files = list(self.files)
        files[self.index] = SourceFile(files[self.index].path, "".join(lines).encode())
        results = migrate_project(files)
        text = "".join(result.data.decode() for result in results)
        counts = [text.count(f"# c{number}.") for number in range(len(wanted))]
        assert not any(result.outcome == "error" for result in results), results
        most = 2 if self.name.startswith(SHARING) else 1
        return [
            Loss(self.name, place, count)
            for place, count in zip(wanted, counts, strict=True)
            if not 1 <= count <= most and (self.name, place.row, place.column) not in _UNREADABLE
        ]

    def losses_one_by_one(self) -> tuple[int, list[Loss]]:
        """How many places there are, and those that lose a comment that is the only one."""
        found = places(self.source)
        return len(found), [loss for place in found for loss in self.losses([place])]


def cases(names: list[str]) -> list[Case]:
    """The modules in the object form, of all fixtures or of those with some names."""
    modules = [
        *sorted((FIXTURES / "golden").glob("*/before.py")),
        *(
            path
            for name in ("object_form", "differential")
            for path in sorted((FIXTURES / name).glob("*.py"))
        ),
    ]
    found = []
    for path in modules:
        name = path.parent.name if path.name == "before.py" else path.stem
        found.append(Case(name, (SourceFile(path.name, path.read_bytes()),), 0))
    for project in sorted((FIXTURES / "golden_projects").glob("*/before")):
        files = tuple(project_files(project))
        found += [Case(f"{project.parent.name}/{file.path}", files, i) for i, file in enumerate(files)]
    return [case for case in found if not names or case.name.partition("/")[0] in names]


def main(names: list[str]) -> int:
    """Try every place by itself; 1 if a comment is lost."""
    total, lost = 0, 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for count, losses in pool.map(Case.losses_one_by_one, cases(names)):
            total += count
            lost += len(losses)
            for loss in losses:
                print(loss, flush=True)
    print(f"{lost} of {total} comments are lost or doubled")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
