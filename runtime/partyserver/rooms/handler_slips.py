"""Finds misspelt names of handlers: `on_conect`, `onMessage`."""

from __future__ import annotations

from collections.abc import Iterable

_BEGINNINGS = ("on", "unstable_on", "get")


def missed_name(name: str, known: Iterable[str]) -> str | None:
    """The known name that a name misspells; None for a known name, and for any other name.

    A slip is one letter more, fewer or different, or two swapped, or other capitals and underscores. The word
    after `on` has the handler's first letter: slips there are rare, and `on_lose` is not `on_close`.

    Args:
        name: the name.
        known: the names that it may have been meant to be.
    """
    if not name.lower().startswith(_BEGINNINGS):
        return None
    plain = _plain(name)
    found = None
    for each in known:
        if each == name:
            return None
        other = _plain(each)
        if found is None and _first_letter(plain) == _first_letter(other) and _is_slip(plain, other):
            found = each
    return found


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


def _first_letter(plain: str) -> str:
    return plain.removeprefix("unstable").removeprefix("on")[:1]


def _is_slip(name: str, known: str) -> bool:
    """Whether at most one letter is added, missing or different, or two are swapped."""
    if name == known:
        return True
    if abs(len(name) - len(known)) > 1:
        return False
    start = 0
    while start < min(len(name), len(known)) and name[start] == known[start]:
        start += 1
    rest, known_rest = name[start:], known[start:]
    return (
        rest[1:] == known_rest[1:]
        or rest[1:] == known_rest
        or rest == known_rest[1:]
        or (rest[:2] == known_rest[1::-1] and rest[2:] == known_rest[2:])
    )
