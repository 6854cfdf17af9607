"""The files in which `migrate` remembers what it found, in the user's cache folder."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path


def cache_file(name: str, terms: Iterable[str]) -> Path:
    """The file of a cache; another one for another version of pkcompat or Python.

    Args:
        name: the cache's name.
        terms: what else its contents depend on, such as the settings.
    """
    from importlib.metadata import version

    from platformdirs import user_cache_path

    key = "\n".join([version("pkcompat"), sys.version, *terms])
    digest = hashlib.sha256(key.encode(errors="surrogateescape")).hexdigest()[:16]
    return user_cache_path("pkcompat", appauthor=False) / f"{name}-{digest}.msgpack"
