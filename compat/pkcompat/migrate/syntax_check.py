"""Whether bytes are Python source, for files that the codemod has no reason to parse."""

from __future__ import annotations

import symtable
import warnings

from pkcodemods.errors import SourceError
from pkcodemods.source import decode
from pkcompat.migrate.problem import Problem


def syntax_problem(data: bytes) -> Problem | None:
    """Why bytes are no Python source, if they are none.

    The codemod does not look at files that can hold no party; that they cannot be read is told all the same.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those about the code are for who runs it
            symtable.symtable(decode(data)[0], "<source>", "exec")  # half the time of a tree, the same parser
    except SourceError as error:
        return Problem(error.reason, error.line, error.column)
    except SyntaxError as error:
        return Problem(error.msg, error.lineno or 1, error.offset or 1)
    except ValueError as error:
        return Problem(str(error))
    except (MemoryError, RecursionError):
        return Problem("the code is nested too deeply to be read")
    return None
