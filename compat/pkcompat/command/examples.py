"""The examples that `--help` shows at its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Example(NamedTuple):
    """A command line that works as it stands.

    Attributes:
        does: what it does.
        line: what is typed.
    """

    does: str
    line: str


EXAMPLES: Mapping[str, tuple[Example, ...]] = {
    "init": (
        Example("Here", "pkcompat init"),
        Example("In a folder that is made", "pkcompat init my-chat"),
    ),
    "storage list": (
        Example("How much each room holds, and when its alarm rings", "pkcompat storage list .pkcompat/"),
        Example(
            "Rooms of one party, for a program",
            "pkcompat storage list .pkcompat/ --party chat --prefix 2026- --format json",
        ),
    ),
    "storage show": (
        Example(
            "The keys of a room, with the beginnings of their values",
            "pkcompat storage show .pkcompat/ main/lobby",
        ),
        Example("One value as a whole", "pkcompat storage show .pkcompat/ main/lobby --key topic"),
    ),
    "storage export": (
        Example("A backup of everything", "pkcompat storage export .pkcompat/ --output rooms.jsonl"),
        Example("Two rooms, for `jq`", "pkcompat storage export .pkcompat/ main/lobby main/hall"),
        Example(
            "A party of a cluster",
            "pkcompat storage export postgresql://app@db/rooms --party chat --output chat.jsonl",
        ),
    ),
    "storage import": (
        Example("Put a backup back", "pkcompat storage import .pkcompat/ rooms.jsonl"),
        Example(
            "Replace what rooms hold by now", "pkcompat storage import .pkcompat/ rooms.jsonl --overwrite"
        ),
    ),
    "storage delete": (
        Example("All that a room holds, after asking", "pkcompat storage delete .pkcompat/ main/lobby"),
        Example("One key of it", "pkcompat storage delete .pkcompat/ main/lobby --key topic"),
        Example(
            "Every room of a party, without asking", "pkcompat storage delete .pkcompat/ --party chat --yes"
        ),
    ),
    "storage copy": (
        Example("From a file into a cluster", "pkcompat storage copy .pkcompat/ postgresql://app@db/rooms"),
        Example("And back", "pkcompat storage copy postgresql://app@db/rooms rooms.sqlite3"),
    ),
}
"""By command."""


def examples(command: str) -> str:
    """The examples of a command, as the `epilog` of its help."""
    items = "\n".join(f"- {example.does}:  \n  `{example.line}`" for example in EXAMPLES[command])
    return f"**Examples**\n\n{items}"
