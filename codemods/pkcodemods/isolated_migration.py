"""Migrating a source in a process of its own, for LibCST's parser can overflow its stack and kill it.

See LibCST issue 1000. A source that is nested deeply enough for it is migrated here with a larger stack; if
that is not enough either, the death is reported as what it is, and nothing else is lost.
"""

from __future__ import annotations

import ast
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pkcodemods
from pkcodemods.errors import TOO_DEEP, SourceError
from pkcodemods.large_stack import with_large_stack
from pkcodemods.migration import failed, migrate_in_this_process
from pkcodemods.result import MigrationResult
from pkcodemods.settings import Settings

_TIMEOUT = 120.0


def migrate_isolated(source: str, path: str | None, settings: Settings, *, rewrites: bool) -> MigrationResult:
    """What `migrate_source` or `scan_source` gives, from another process.

    Args:
        source: the module's source.
        path: where it comes from.
        settings: what the user chose.
        rewrites: whether the new source is wanted.

    Raises:
        SourceError: the process died of the source, or did not end.
    """
    request = pickle.dumps((source, path, settings, rewrites))
    command = [sys.executable, "-P", "-m", "pkcodemods.isolated_migration"]  # -P: nothing out of this folder
    home = str(Path(pkcodemods.__file__).parents[1])
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    try:
        done = subprocess.run(command, input=request, capture_output=True, timeout=_TIMEOUT, env=environment)
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"{TOO_DEEP} within {_TIMEOUT:.0f} seconds") from error
    if done.returncode != 0:
        raise SourceError(TOO_DEEP)
    result = pickle.loads(done.stdout)
    assert isinstance(result, MigrationResult)
    return result


def _refusal(source: str) -> SourceError | None:
    """Why Python itself refuses a source that is nested so deeply; LibCST would take its time to parse it."""
    try:
        ast.parse(source)
    except SyntaxError as error:
        if "too many nested parentheses" in error.msg:
            return SourceError(error.msg, error.lineno or 1, error.offset or 1)
    except MemoryError:  # what the parser raises past its own bound, whatever memory there is
        return SourceError(TOO_DEEP)
    except (ValueError, RecursionError):
        pass
    return None


def main() -> None:
    """Answer one request on standard input."""
    source, path, settings, rewrites = pickle.load(sys.stdin.buffer)
    reason = _refusal(source)
    if reason is not None:
        pickle.dump(failed(source, reason), sys.stdout.buffer)
        return
    result = with_large_stack(lambda: migrate_in_this_process(source, path, settings, rewrites=rewrites))
    pickle.dump(result, sys.stdout.buffer)


if __name__ == "__main__":
    main()
