"""Importing a library without what it imports for a command line or test plugin of its own.

Where these are installed, httpx imports its command line, with Rich and Pygments, and time-machine imports
pytest. Either takes longer than the library itself, in every process that is started.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def imports_blocked(*names: str) -> Iterator[None]:
    """Have the import of some modules fail while the context lasts, but for those that are imported already.

    Args:
        names: the modules' dotted names, such as `httpx._main`. Later imports find them as ever.
    """
    blocked = [name for name in names if name not in sys.modules]
    for name in blocked:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in blocked:
            if sys.modules.get(name, sys) is None:
                del sys.modules[name]
