"""Refusing options that there are not, in option objects and as keyword arguments."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable


def refuse_unknown(called: str, names: Iterable[object], known: Collection[str]) -> None:
    """Refuse names that are no options.

    Args:
        called: what takes them, such as `storage.list()`.
        names: what it was given.
        known: the options that it takes.

    Raises:
        TypeError: a name is none of these; the message has the nearest of them, and all.
    """
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, 1, 0.6)
            hint = f", did you mean {near[0]!r}?" if near else ""
            raise TypeError(f"{called} has no option {name!r}{hint} (it takes {', '.join(sorted(known))})")
