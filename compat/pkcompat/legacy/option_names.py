"""Refusing unknown options, in option objects and as keyword arguments."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable


def refuse_unknown(called: str, names: Iterable[object], known: Collection[str]) -> None:
    """Refuse unknown option names.

    Args:
        called: the method, for the error, such as `storage.list()`.
        names: the names that it got.
        known: the options that it has.

    Raises:
        TypeError: a name is unknown; the message has the nearest known one, and all of them.
    """
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, 1, 0.6)
            hint = f", did you mean {near[0]!r}?" if near else ""
            raise TypeError(f"{called} has no option {name!r}{hint} (it takes {', '.join(sorted(known))})")
