"""The pytest plugin: `--pkcompat-seed`, and the fixture `serve_party`.

pytest loads it in every project that this package is installed for, so it imports nothing until it is used.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from pkcompat.traffic_seed import seed_set

if TYPE_CHECKING:
    from pkcompat.testing import ServeParty

_RANDOM = "random"
_OPTION = "pkcompat_seed"
_open = pytest.StashKey[contextlib.ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--pkcompat-seed`."""
    parser.getgroup("pkcompat").addoption(
        "--pkcompat-seed",
        type=parsed_seed,
        metavar="NUMBER|random",
        help="The seed of the traffic that assert_same_behaviour generates where a test gives none (0).",
    )


def parsed_seed(text: str) -> int:
    """A seed: a number, or `random` for a new one.

    Raises:
        ValueError: it is neither.
    """
    if text == _RANDOM:
        import secrets

        return secrets.randbelow(2**32)
    return int(text)


def pytest_configure(config: pytest.Config) -> None:
    """Set the seed."""
    seed = config.getoption(_OPTION)
    if seed is not None:
        config.stash[_open] = contextlib.ExitStack()
        config.stash[_open].enter_context(seed_set(seed))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let the seed of before hold again."""
    if (opened := config.stash.get(_open, None)) is not None:
        opened.close()


def pytest_report_header(config: pytest.Config) -> str | None:
    """Show the seed, by which a failure can be repeated."""
    seed = config.getoption(_OPTION)
    return None if seed is None else f"pkcompat: --pkcompat-seed={seed}"


@pytest.fixture
def serve_party() -> Iterator[ServeParty]:
    """Serve a party over real sockets until the test ends: `address = serve_party(Chat)`.

    See `pkcompat.testing.ServeParty` for what it takes, and `ServedParty` for what it returns.
    """
    from pkcompat.served_parties import ServedParties

    with ServedParties() as parties:
        yield parties.serve
