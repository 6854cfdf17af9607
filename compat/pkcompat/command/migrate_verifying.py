"""What `pkcompat migrate --verify` does beside: show its progress, and save the scripts that it found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath

from pkcompat.command.migration_input import processes
from pkcompat.command.output import stderr_console
from pkcompat.command.progress import progress_bar
from pkcompat.file_migration import FileMigration
from pkcompat.generated_verification import GeneratedVerification, GenerationPlan
from pkcompat.traffic_file import TrafficFileError, save_traffic
from pkcompat.verification_pool import verify_each
from pkcompat.verified_migration import Migrating, Verifications, VerificationTerms, migrate_verified
from pkcompat.verify import VerifyError


def migrate_verifying(
    project: Migrating, terms: VerificationTerms, jobs: int | None, save: Path | None
) -> tuple[list[FileMigration], Verifications]:
    """Migrate in memory, and compare the forms of each party; the progress is shown.

    Args:
        project: the files.
        terms: what the parties are held to.
        jobs: how many processes may work at a time; as many as there are processors without a number.
        save: the folder for scripts that tell forms apart; without one they are not written.

    Raises:
        TrafficFileError: a script cannot be written.
    """
    if save is not None:
        _make_folder(save)  # what cannot be written is told before the work
    with progress_bar(stderr_console(), "comparing", "scripts") as bar:

        def compare(plans: Sequence[GenerationPlan]) -> Sequence[GeneratedVerification | VerifyError]:
            bar.expect(sum(plan.budget for plan in plans))
            return verify_each(plans, processes(jobs), bar.advance)

        migrations, verifications = migrate_verified(project, terms, compare)
    if save is not None:
        _save(verifications, save)
    return migrations, verifications


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
        raise TrafficFileError(f"{folder}: the folder cannot be made: {error.strerror or error}") from None
