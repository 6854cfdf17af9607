"""`pkcompat migrate --verify`: show the progress of the comparisons, and save the scripts they found."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

from rich.console import Console

from pkcodemods.objections import Objection
from pkcodemods.project_groups import Group
from pkcodemods.project_migration import GroupResult
from pkcompat.command.migrate_input import processes
from pkcompat.command.output import stderr_console
from pkcompat.command.progress import Bar, progress_bar
from pkcompat.migrate import (
    Compare,
    Migrating,
    Verifications,
    VerificationTerms,
    VerifiedMigration,
)
from pkcompat.traffic import TrafficFileError, save_traffic
from pkcompat.verify import GeneratedVerification, GenerationPlan, VerificationPool, VerifyError


class Verifying:
    """Migrates files in memory, and compares the forms of each party while showing the progress.

    Args:
        project: the files.
        terms: the terms of the comparisons.
        jobs: the maximum number of processes; None for one a processor.
        save: the folder for scripts that tell forms apart; None to write none.

    Raises:
        TrafficFileError: the folder cannot be created.
    """

    def __init__(
        self, project: Migrating, terms: VerificationTerms, jobs: int | None, save: Path | None
    ) -> None:
        if save is not None:
            _make_folder(save)  # now, so that a failure is reported before the work is done
        self._jobs = jobs
        self._save = save
        self._migration = VerifiedMigration(project, terms, self._compare)
        self._verify_each: Compare = lambda plans: ()

    def settle(self, objections: list[Objection]) -> Mapping[Group, GroupResult]:
        """Migrate until all changed parties agree; see `VerifiedMigration.settle`."""
        console = stderr_console()
        with (
            progress_bar(console, "comparing", "scripts") as bar,
            VerificationPool(processes(self._jobs)) as pool,
        ):
            narrator = _Narrator(console, bar)

            def verify_each(
                plans: Sequence[GenerationPlan],
            ) -> Sequence[GeneratedVerification | VerifyError]:
                narrator.expect(plans)
                return pool.verify_each(plans, narrator)

            self._verify_each = verify_each
            return self._migration.settle(objections)

    def verifications(self) -> Verifications:
        """The results of the comparisons; their scripts are saved.

        Raises:
            TrafficFileError: a script cannot be written.
        """
        shown = self._migration.verifications()
        if self._save is not None:
            _save(shown, self._save)
        return shown

    def _compare(self, plans: Sequence[GenerationPlan]) -> Sequence[GeneratedVerification | VerifyError]:
        return self._verify_each(plans)


class _Narrator:
    """Reports which parties are compared: in the progress bar on a terminal, else in one line a party."""

    def __init__(self, console: Console, bar: Bar) -> None:
        self._console = console
        self._bar = bar
        self._lock = threading.Lock()
        self._expected = 0
        self._done = 0
        self._begun: dict[str, float] = {}

    def expect(self, plans: Sequence[GenerationPlan]) -> None:
        """Add parties that are to be compared."""
        self._expected += len(plans)
        self._bar.expect(sum(plan.budget for plan in plans))

    def begin(self, plan: GenerationPlan) -> None:
        with self._lock:
            self._begun[plan.new] = time.monotonic()
            self._bar.name(f"comparing {plan.new}")

    def advance(self, done: int) -> None:
        with self._lock:
            self._bar.advance(done)

    def end(self, plan: GenerationPlan, verdict: GeneratedVerification | VerifyError) -> None:
        with self._lock:
            self._done += 1
            if not self._console.is_terminal:
                took = time.monotonic() - self._begun[plan.new]
                text = f"compared {self._done} of {self._expected}: {plan.new} {_verdict(verdict)}"
                self._console.print(f"{text} ({took:.1f} s)", markup=False)


def _verdict(verdict: GeneratedVerification | VerifyError) -> str:
    if isinstance(verdict, VerifyError):
        return "cannot be compared"
    return "agrees" if verdict.agrees else "differs"


def _save(verifications: Verifications, folder: Path) -> None:
    for (path, name), shown in verifications.parties.items():
        if shown.separation is None or shown.separation.verification is None:
            continue
        parts = [part for part in PurePath(path).with_suffix("").parts if part not in ("..", path.anchor)]
        suffix = f".{name}.json" if name not in ("", "default") else ".json"
        shown.saved = folder.joinpath(*parts[:-1], parts[-1] + suffix)
        _make_folder(shown.saved.parent)
        save_traffic(shown.separation.verification.traffic, shown.saved)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrafficFileError(f"{folder}: cannot create the folder: {error.strerror or error}") from None
