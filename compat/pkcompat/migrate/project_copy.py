"""A temporary copy of the user's project: a git worktree if the project is a repository, else plain files."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from pkcompat.errors import PkcompatError
from pkcompat.migrate import redirected_imports
from pkcompat.migrate.git_command import GIT_PLACES, run_git, top_level
from pkcompat.migrate.tree_entries import Entry, Means, TreeEntries
from pkcompat.project import uninterrupted

_MUCH = 256 * 1024 * 1024  # bytes
_SITE = ".site"  # a folder beside the copy, with the `sitecustomize` of the command's Pythons


class TreeCopyError(PkcompatError):
    """The project cannot be copied. The message says why."""


class TreeCopy:
    """A copy of a folder.

    Attributes:
        root: the folder, without links.
        folder: the copy.
    """

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.folder = folder
        self._written: dict[Path, bytes] = {}  # the original contents of files that were ever changed
        self._stamp = 0  # the last modification time that was set, in seconds
        self._site = folder.parent / _SITE

    def counterpart(self, path: Path) -> Path:
        """The path in the copy that corresponds to one in the folder.

        Raises:
            TreeCopyError: it does not lie in the folder.
        """
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(self.root):
            raise TreeCopyError(f"{path} lies outside of {self.root}, which is what is copied for --test")
        return self.folder / real.relative_to(self.root)

    def hold(self, contents: Mapping[Path, bytes]) -> None:
        """Give files of the copy other contents; all others get their original contents.

        Args:
            contents: the contents, by path in the original folder.

        Raises:
            TreeCopyError: a file does not lie in the folder, or cannot be written.
        """
        wanted = {self.counterpart(path): content for path, content in contents.items()}
        try:
            for path in wanted.keys() - self._written.keys():
                self._written[path] = path.read_bytes()
            for path, before in self._written.items():
                self._write(path, wanted.get(path, before))
        except OSError as error:
            raise TreeCopyError(f"the copy cannot be written: {error}") from None

    def _write(self, path: Path, content: bytes) -> None:
        if not Path(os.path.realpath(path)).is_relative_to(self.folder):
            raise TreeCopyError(f"{path.relative_to(self.folder)} is a link that leads out of the copy")
        if path.read_bytes() == content:
            return
        path.write_bytes(content)
        # Python reuses byte code if the source's size and its modification time in seconds are unchanged.
        self._stamp = max(self._stamp + 1, int(time.time()))
        os.utime(path, (self._stamp, self._stamp))

    def environment(self, roots: Collection[Path]) -> dict[str, str]:
        """The environment for a command that runs in the copy and imports the project from there.

        This works for a project that is installed in editable mode, too; see `redirected_imports`.

        Args:
            roots: the root folders of the migrated projects.
        """
        self._lay_out_site()
        env = {name: value for name, value in os.environ.items() if name not in GIT_PLACES}
        first = [
            self.counterpart(place) for root in roots for place in (root / "src", root) if place.is_dir()
        ]
        paths = [str(path) for path in first]
        for entry in env.get("PYTHONPATH", "").split(os.pathsep):
            inside = os.path.isabs(entry) and Path(os.path.realpath(entry)).is_relative_to(self.root)
            paths += [str(self.counterpart(Path(entry))) if inside else entry] if entry else []
        paths = list(dict.fromkeys([str(self._site), *paths]))
        # without UV_NO_SYNC, `uv run` would install the copy into the user's own linked environment
        return {"UV_NO_SYNC": "1"} | env | {"PYTHONPATH": os.pathsep.join(paths)}

    def strays(self) -> frozenset[Path]:
        """The files that the last command, which must have ended, imported from the original folder."""
        reports = (self._site / redirected_imports.REPORTS).glob("*.json")
        found = (path for report in reports for path in json.loads(report.read_text(encoding="utf-8")))
        return frozenset(Path(os.path.realpath(path)) for path in found)

    def _lay_out_site(self) -> None:
        reports = self._site / redirected_imports.REPORTS
        shutil.rmtree(reports, ignore_errors=True)
        reports.mkdir(parents=True)
        shutil.copyfile(redirected_imports.__file__, self._site / "sitecustomize.py")
        settings = json.dumps({"root": str(self.root), "copy": str(self.folder)})
        (self._site / redirected_imports.SETTINGS).write_text(settings, encoding="utf-8")


def root_of_copy(folders: Collection[Path]) -> Path:
    """The folder to copy: the git repository around the given folders, else their common parent.

    Raises:
        TreeCopyError: they have no common parent, or only one that is far too large.
    """
    try:
        common = Path(os.path.commonpath([os.path.realpath(folder) for folder in folders]))
    except ValueError:  # on several drives
        raise TreeCopyError("what is migrated and the current folder have no folder in common") from None
    found = top_level(common)
    if found is not None:
        return found
    if common in (Path.home(), Path(common.anchor)):
        raise TreeCopyError(f"all of {common} would have to be copied: start in the project's folder")
    return common


@contextlib.contextmanager
def tree_copy(
    root: Path, needed: Collection[Path], warn: Callable[[str], None] = lambda text: None
) -> Iterator[TreeCopy]:
    """Copy a folder, with uncommitted changes and untracked files, while the context lasts.

    See `tree_entries` for what is copied, linked to, or left out.

    Args:
        root: the real path of the folder.
        needed: files that will be written in the copy.
        warn: called with a message if the copy is large.

    Raises:
        TreeCopyError: the folder cannot be copied.
    """
    folder = Path(os.path.realpath(tempfile.mkdtemp(prefix="pkcompat-"))) / root.name
    entries = TreeEntries(root, {Path(os.path.realpath(path)) for path in needed})
    try:
        try:
            if _add_worktree(root, folder):
                found = list(entries.beside_commit())
            else:
                found = list(entries.of_folder())
                folder.mkdir()
            _weigh(root, folder, found, warn)
            for entry in found:
                _bring(entry, root, folder)
        except (OSError, shutil.Error) as error:
            raise TreeCopyError(f"{root} cannot be copied: {error}") from None
        yield TreeCopy(root, folder)
    finally:
        with uninterrupted():
            _remove(root, folder)


def _remove(root: Path, folder: Path) -> None:
    run_git(root, "worktree", "remove", "--force", "--force", str(folder))
    shutil.rmtree(folder.parent, ignore_errors=True)
    known = run_git(root, "worktree", "list", "--porcelain") or b""
    if b"worktree " + os.fsencode(folder) + b"\n" in known:
        run_git(root, "worktree", "remove", "--force", "--force", str(folder))  # drops git's stale record


def _add_worktree(root: Path, folder: Path) -> bool:
    """Check the last commit out as a worktree; False if that is not possible."""
    if top_level(root) != root:
        return False
    with uninterrupted():
        return run_git(root, "worktree", "add", "--detach", str(folder), "HEAD") is not None


def _weigh(root: Path, folder: Path, entries: Sequence[Entry], warn: Callable[[str], None]) -> None:
    """Warn about a large copy and name its largest folder; refuse one that does not fit on the disk."""
    size = sum(entry.size for entry in entries)
    free = shutil.disk_usage(folder.parent).free
    if size <= min(_MUCH, free):
        return
    weights: dict[str, int] = {}
    for entry in entries:
        weights[_top(entry.name)] = weights.get(_top(entry.name), 0) + entry.size
    heaviest = max(weights, key=lambda name: weights[name])
    message = (
        f"{_shown(size)} of {root} have to be copied for --test, {_shown(weights[heaviest])} of them in "
        f"`{heaviest}`; a large folder that .gitignore names is linked to instead"
    )
    if size > free:
        raise TreeCopyError(f"{message} ({_shown(free)} are free in {folder.parent.parent})")
    warn(message)


def _top(name: str) -> str:
    return name.replace(os.sep, "/").split("/", 1)[0]


def _shown(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def _bring(entry: Entry, root: Path, folder: Path) -> None:
    """Bring an entry of the original folder into the copy."""
    source, target = root / entry.name, folder / entry.name
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)
    if entry.means is Means.REMOVE:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if entry.means is Means.LINK:
        target.symlink_to(source, target_is_directory=True)
    elif source.is_symlink():
        target.symlink_to(_leading(source, root, folder), target_is_directory=source.is_dir())
    else:
        shutil.copy2(source, target)


def _leading(link: Path, root: Path, folder: Path) -> str:
    """The target of a copied link: in the copy if the original leads into the folder, else as it was."""
    text = os.readlink(link)
    place = os.path.normpath(os.path.join(os.path.realpath(link.parent), text))
    within = Path(place).is_relative_to(root)
    if os.path.isabs(text):
        return str(folder / os.path.relpath(place, root)) if within else text
    return text if within else place
