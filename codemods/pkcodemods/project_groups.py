"""Which parties of a project are migrated together, because they share code that may have to change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pkcodemods.sniffing import shows_party
from pkcodemods.source import ProjectFiles, SourceFile

Group = tuple[int, ...]
"""Places of files that may hold parties, in their order."""


def independent_groups(
    project: ProjectFiles, holders: Iterable[int], import_roots: tuple[str, ...] = ()
) -> list[Group]:
    """Sort the files that may hold a party into independent groups.

    Two of them belong together where one imports the other, where both import a file with functions, directly
    or not, or where a third file imports both. One that shows little more than a handler's name is alone
    until it turns out to change what others change.

    Args:
        project: the project's files.
        holders: the places of those that may hold a party.
        import_roots: modules that stand for `partykit.server` besides itself.
    """
    groups = _Union()
    for holder in holders:
        groups.add(holder)
        if not shows_party(project.files[holder].data, import_roots):
            continue
        for other in (*_helpers(project, holder), *_readers(project, holder)):
            groups.join(holder, other)
    return groups.of(holders)


def touched_by(project: ProjectFiles, group: Group) -> frozenset[int]:
    """The places of all files that may matter to a group; rather too many than too few."""
    found = set(group)
    for holder in group:
        found.update(reached(project, holder))
    found.update(project.importers(found))
    for holder in group:
        found.update(_readers(project, holder))
    return frozenset(found)


def joined_groups(groups: Iterable[Group], conflicts: Iterable[tuple[Group, Group]]) -> list[Group]:
    """Groups of which some have turned out to belong together.

    Args:
        groups: the groups.
        conflicts: pairs of them.
    """
    union = _Union()
    members: list[int] = []
    for group in groups:
        members += group
        for index in group:
            union.join(group[0], index)
    for one, other in conflicts:
        union.join(one[0], other[0])
    return union.of(members)


def reached(project: ProjectFiles, start: int) -> Iterator[int]:
    """The files that a file imports, directly or not."""
    seen, waiting = {start}, [start]
    while waiting:
        for index in project.imported_by(waiting.pop()) - seen:
            seen.add(index)
            waiting.append(index)
            yield index


def _helpers(project: ProjectFiles, start: int) -> Iterator[int]:
    """The files with functions that a file imports, directly or not: a room may be handed to those."""
    return (index for index in reached(project, start) if _has_functions(project.files[index]))


def _readers(project: ProjectFiles, start: int) -> Iterator[int]:
    """The files that import a file, also through packages."""
    seen, waiting = {start}, [start]
    while waiting:
        found = [index for index in project.importers(waiting) if index not in seen]
        seen.update(found)
        yield from found
        waiting = [index for index in found if project.names[index].is_package]


def _has_functions(file: SourceFile) -> bool:
    try:
        return b"def " in file.data or b"lambda" in file.data
    except OSError:
        return False


class _Union:
    """Sets of places that are joined (union-find)."""

    def __init__(self) -> None:
        self._parents: dict[int, int] = {}

    def add(self, index: int) -> int:
        """The place that stands for a place's set."""
        parent = self._parents.setdefault(index, index)
        while parent != self._parents[parent]:
            parent = self._parents[parent]
        self._parents[index] = parent
        return parent

    def join(self, one: int, other: int) -> None:
        """Make one set of two."""
        self._parents[self.add(other)] = self.add(one)

    def of(self, members: Iterable[int]) -> list[Group]:
        """The sets, of some places alone."""
        sets: dict[int, list[int]] = {}
        for index in members:
            sets.setdefault(self.add(index), []).append(index)
        return [tuple(sorted(group)) for group in sets.values()]
