"""Shadowing: another form of a host's parties follows its rooms, in a process of its own."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pkcompat.shadow.follower import Shadow, ShadowOptions
    from pkcompat.shadow.link import ShadowError
    from pkcompat.shadow.report import ShadowReport
    from pkcompat.shadow.setup import ShadowedParties, shadowed_parties

__all__ = [
    "Shadow",
    "ShadowError",
    "ShadowOptions",
    "ShadowReport",
    "ShadowedParties",
    "shadowed_parties",
]

_HOMES = {
    "Shadow": "follower",
    "ShadowError": "link",
    "ShadowOptions": "follower",
    "ShadowReport": "report",
    "ShadowedParties": "setup",
    "shadowed_parties": "setup",
}


def __getattr__(name: str) -> Any:
    if (home := _HOMES.get(name)) is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
