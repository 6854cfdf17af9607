"""The process in which a deeply nested source is migrated.

It is run by its path, so that a source that Python itself refuses, as most of those do that are made to do
harm, is answered without importing the package: that takes most of a second.
"""

from __future__ import annotations

import ast
import pickle
import sys

Refusal = tuple[str | None, int, int]
"""Why Python refuses a source, with line and column; None where it is nested too deeply."""


def refusal(source: str) -> Refusal | None:
    """Why Python itself refuses a source for its nesting; LibCST would take its time to parse it."""
    try:
        ast.parse(source)
    except SyntaxError as error:
        if "too many nested parentheses" in error.msg:
            return error.msg, error.lineno or 1, error.offset or 1
    except MemoryError:  # what the parser raises past its own bound, whatever memory there is
        return None, 1, 1
    except (ValueError, RecursionError):
        pass
    return None


def main() -> None:
    """Answer one request: on standard input the source, and behind it the rest."""
    source = pickle.load(sys.stdin.buffer)
    answer: object = refusal(source)
    if answer is None:
        from pkcodemods.large_stack import with_large_stack
        from pkcodemods.migration import migrate_in_this_process

        path, settings, rewrites = pickle.load(sys.stdin.buffer)
        answer = with_large_stack(lambda: migrate_in_this_process(source, path, settings, rewrites=rewrites))
    pickle.dump(answer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
