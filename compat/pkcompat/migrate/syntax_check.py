"""Whether bytes are valid Python source, for files that the codemod has no reason to parse."""

from __future__ import annotations

import symtable
import warnings

from pkcodemods.errors import SourceError
from pkcodemods.source import decode
from pkcompat.migrate.problem import Problem


def syntax_problem(data: bytes) -> Problem | None:
    """Why bytes are not valid Python source, if they are not.

    The codemod skips files that cannot hold a party, but syntax errors in them are reported all the same.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the compiler's warnings are not our business
            # the parser of `compile`, in half the time of `ast.parse`, which builds Python objects
            symtable.symtable(decode(data)[0], "<source>", "exec")
    except SourceError as error:
        return Problem(error.reason, error.line, error.column)
    except SyntaxError as error:
        return Problem(error.msg, error.lineno or 1, error.offset or 1)
    except ValueError as error:
        return Problem(str(error))
    except (MemoryError, RecursionError):
        return Problem("the code is nested too deeply to be read")
    return None
