"""Checks of what a `Host` is made with."""

from __future__ import annotations

import re
import textwrap

from partyserver.exceptions import PartyClassError
from partyserver.rooms import PartyServer, check_party_class
from partyserver.shadowing import Shadow


def checked_shadow(shadow: Shadow) -> Shadow:
    """The shadow itself.

    Raises:
        TypeError: it is none.
    """
    if not callable(getattr(shadow, "room_starts", None)):
        raise TypeError(
            f"shadow= takes a pkcompat.Shadow, got {type(shadow).__name__}; "
            "for example: Host(parties, shadow=Shadow({'main': 'chat_class.py:Chat'}))"
        )
    return shadow


# Control characters, spaces, what means something in a path, and halves of surrogate pairs.
_NOT_IN_A_NAME = re.compile("[\x00-\x20\x7f-\x9f/?#%\ud800-\udfff]")


def party_name(name: str) -> str:
    """The name itself.

    Raises:
        ValueError: it cannot stand in a path.
    """
    if not name or _NOT_IN_A_NAME.search(name):
        raise ValueError(f"a party's name must be able to stand in a path, got {name!r}")
    return name


def party_class(name: str, server_class: object) -> type[PartyServer]:
    """The class itself.

    Raises:
        PartyClassError: it is none that can be served.
    """
    if isinstance(server_class, type) and issubclass(server_class, PartyServer):
        check_party_class(server_class)
        return server_class
    raise PartyClassError(
        f"party {name!r} must be a subclass of PartyServer, got {_shortened(server_class)}; an object of "
        f'handlers becomes one with pkcompat: Host({{"{name}": legacy_to_class(...)}})'
    )


def _shortened(value: object) -> str:
    return textwrap.shorten(repr(value), 80, placeholder="...")
