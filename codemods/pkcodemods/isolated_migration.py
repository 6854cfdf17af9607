"""Migrating a source in a process of its own, for LibCST's parser can overflow its stack and kill it.

See LibCST issue 1000. A source that is nested deeply enough for it is migrated here with a larger stack; if
that is not enough either, the death is reported as what it is, and nothing else is lost.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

from pkcodemods import isolated_process
from pkcodemods.errors import TOO_DEEP, SourceError
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
        SourceError: Python refuses the source for its nesting, or the process died of it, or did not end.
    """
    request = pickle.dumps(source) + pickle.dumps((path, settings, rewrites))
    command = [sys.executable, "-P", isolated_process.__file__]  # -P: nothing out of this or that folder
    paths = [str(Path(isolated_process.__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    try:
        done = subprocess.run(command, input=request, capture_output=True, timeout=_TIMEOUT, env=environment)
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"{TOO_DEEP} within {_TIMEOUT:.0f} seconds") from error
    if done.returncode != 0:
        raise SourceError(TOO_DEEP)
    result = pickle.loads(done.stdout)
    if isinstance(result, MigrationResult):
        return result
    reason, line, column = result
    raise SourceError(TOO_DEEP if reason is None else reason, line, column)
