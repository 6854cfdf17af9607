"""A cache of what the codemod made of parties, so that the next run need not migrate them again.

A result is used again where everything that the codemod looked at is as it was, and so is the codemod itself.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from pkcodemods.project_groups import Group
from pkcodemods.project_migration import GroupResult
from pkcodemods.result import BytesResult, Outcome
from pkcodemods.settings import Settings
from pkcompat.migrate.cache_file import cache_file
from pkcompat.migrate.traced_files import Premises, TracedFiles
from pkcompat.project import write_content

MAXIMUM = 5_000
"""How many groups are remembered; beyond that, those that the last run did not see are forgotten."""

_DIGEST_BYTES = 32  # of SHA-256, in front of the file's content


@dataclass(frozen=True, slots=True)
class _Entry:
    """What became of a group.

    Attributes:
        premises: what that rests on.
        names: what the parties in the files are called where they are served.
        results: by path; contents are left out where the file keeps its own.
        changed: the paths whose contents change.
    """

    premises: Premises
    names: dict[str, str | None]
    results: dict[str, BytesResult]
    changed: frozenset[str]


class KnownGroups:
    """What became of groups of parties in earlier runs over a project.

    A cache that cannot be read or written is ignored: it only makes the next run slower.

    Args:
        file: the cache file.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known = _read(file)
        self._seen: dict[str, _Entry] = {}
        self._has_new = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known from earlier runs."""
        return not self._known

    def known(self, files: TracedFiles, group: Group, settings: Settings) -> GroupResult | None:
        """What becomes of a group, if that is known of its files as they are now.

        Args:
            files: the project's files.
            group: the places of the group's files.
            settings: the settings; those of the whole project are part of the cache's name.
        """
        key = _key(files, group)
        entry = self._known.get(key)
        if entry is None or any(settings.party_name(path) != name for path, name in entry.names.items()):
            return None
        if not files.still_hold(entry.premises):
            return None
        self._seen[key] = entry
        return dict(_restored(files, entry))

    def add(
        self, files: TracedFiles, group: Group, settings: Settings, result: GroupResult, premises: Premises
    ) -> None:
        """Remember what became of a group, unless it is an error."""
        if any(made.outcome is Outcome.ERROR for made in result.values()):
            return
        paths = {index: files.files[index].path for index in result}
        self._seen[_key(files, group)] = _Entry(
            premises,
            {path: settings.party_name(path) for path in (*premises.contents, *paths.values())},
            {paths[index]: _without_contents(made) for index, made in result.items()},
            frozenset(paths[index] for index, made in result.items() if made.before != made.data),
        )
        self._has_new = True

    def save(self) -> None:
        """Write the cache for the next run."""
        if not self._has_new:
            return
        known = {**self._known, **self._seen}
        with suppress(OSError, UnicodeEncodeError):  # the latter for names of files that are no text
            data = msgspec.msgpack.encode(known if len(known) <= MAXIMUM else self._seen)
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_content(self._file, hashlib.sha256(data).digest() + data)


def known_groups_of(folder: Path, settings: Settings) -> KnownGroups:
    """The cache of a project, in the user's cache folder.

    Args:
        folder: the project's folder.
        settings: the settings; a change to them makes another cache.
    """
    from importlib.metadata import version

    of_project = replace(settings, objections=(), left=None, party_names=None)
    terms = [version("libcst"), str(folder), repr(of_project), *_code()]
    return KnownGroups(cache_file("known-groups", terms))


def _code() -> Iterator[str]:
    """What shows that the codemod itself has changed, as it does in a checkout without a new version."""
    import pkcodemods

    for folder, _, names in sorted(os.walk(Path(pkcodemods.__file__).parent)):
        for name in sorted(names):
            if name.endswith(".py"):
                status = os.stat(os.path.join(folder, name))
                yield f"{name} {status.st_size} {status.st_mtime_ns}"


def _key(files: TracedFiles, group: Group) -> str:
    return "\0".join(files.files[index].path for index in group)


def _without_contents(made: BytesResult) -> BytesResult:
    return replace(made, before=b"", data=b"" if made.before == made.data else made.data)


def _restored(files: TracedFiles, entry: _Entry) -> Iterator[tuple[int, BytesResult]]:
    for path, made in entry.results.items():
        index = files.place(path)
        before = files.files[index].data
        yield index, replace(made, before=before, data=made.data if path in entry.changed else before)


def _read(file: Path) -> Mapping[str, _Entry]:
    try:
        content = file.read_bytes()
        digest, data = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        if hashlib.sha256(data).digest() == digest:
            return msgspec.msgpack.decode(data, type=dict[str, _Entry])
    except (OSError, msgspec.MsgspecError):
        pass
    return {}
