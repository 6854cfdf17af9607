"""Which seed generated traffic has in tests that name none; the pytest plugin sets it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

DEFAULT_SEED = 0

_seeds = [DEFAULT_SEED]


def present_seed() -> int:
    """The seed that was set last, and still holds."""
    return _seeds[-1]


@contextmanager
def seed_set(seed: int) -> Iterator[None]:
    """Set the seed while the context lasts."""
    _seeds.append(seed)
    try:
        yield
    finally:
        _seeds.pop()
