"""`pkcompat migrate --test`: run the user's command in a copy of the project, and report each run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from pkcompat.command.output import show_warning, stderr_console
from pkcompat.migrate import (
    CommandRun,
    FileMigration,
    Migrating,
    Settle,
    Testing,
    TestsError,
    TreeCopy,
    ended_by_signals,
    migrate_tested,
    root_of_copy,
    run_command,
    tree_copy,
)
from pkcompat.project import project_roots

# The default timeout, relative to the first run: generous, so that a busy machine fails no party.
_LEAST = 60.0  # seconds
_TIMES = 10


def migrate_testing(
    project: Migrating, command: str, timeout: float | None, settle: Settle
) -> tuple[list[FileMigration], Testing]:
    """Migrate in memory, and keep the changes with which a command passes; each run is reported.

    Args:
        project: the files.
        command: the shell command.
        timeout: how many seconds a run may take; by default ten times as long as the first run.
        settle: migrates the files.

    Raises:
        TestsError: the command shows nothing about the migration.
        TreeCopyError: the project cannot be copied.
    """
    console = stderr_console()
    with ended_by_signals(), ExitStack() as stack:
        runner = _Runner(project, command, timeout, console, stack)
        tested = migrate_tested(project, command, runner.run, settle)
    testing = tested.testing
    if testing.vacuous:
        show_warning(
            f"`{command}` passes even when no changed file can be imported: it shows nothing about them"
        )
    elif not testing.runs:
        console.print(f"nothing changes, so `{command}` was not run", markup=False)
    return project.in_files(tested.groups), testing


class _Runner:
    """Runs the command in a copy of the project, which is made for the first run."""

    def __init__(
        self, project: Migrating, command: str, timeout: float | None, console: Console, stack: ExitStack
    ) -> None:
        self._project = project
        self._command = command
        self._timeout = timeout
        self._console = console
        self._stack = stack
        self._roots = project_roots(project.paths)
        self._copy: TreeCopy | None = None

    def run(self, contents: Mapping[Path, bytes], doing: str) -> CommandRun:
        """Run the command with other contents in some files.

        Args:
            contents: the contents by path.
            doing: what is tested, for the output.
        """
        if self._copy is None:
            root = root_of_copy([Path.cwd(), *self._roots])
            self._copy = self._stack.enter_context(tree_copy(root, self._project.paths, show_warning))
        self._copy.hold(contents)
        with self._console.status(f"testing: {doing}"):
            done = run_command(
                self._command,
                self._copy.counterpart(Path.cwd()),
                self._copy.environment(self._roots),
                self._timeout,
            )
        if self._timeout is None:
            self._timeout = max(_LEAST, _TIMES * done.seconds)
        verdict = "passes" if done.passes else "fails"
        self._console.print(f"tested {doing}: {verdict} ({done.seconds:.1f} s)", markup=False)
        self._check_imports(self._copy, contents)
        return done

    def _check_imports(self, copy: TreeCopy, contents: Mapping[Path, bytes]) -> None:
        """Refuse a run that imported a file from the project itself instead of the copy.

        Its verdict would be about the old contents.
        """
        strays = copy.strays()
        missed = [path for path in contents if Path(os.path.realpath(path)) in strays]
        if missed:
            raise TestsError(
                f"`{self._command}` imports {missed[0]} from the project itself, not from the copy that it "
                "runs in, so it shows nothing about what would be written; does it use an absolute path? "
                "Nothing is written"
            )
