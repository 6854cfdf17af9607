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
    "": (
        Example("Begin a project", "pkcompat init my-chat"),
        Example("See what there is to migrate", "pkcompat scan ."),
        Example("Migrate what is proved to behave the same", "pkcompat migrate . --verify"),
        Example("Serve the parties of `partykit.json`", "pkcompat serve"),
        Example("Complete commands in this `bash`", 'eval "$(pkcompat --show-completion bash)"'),
    ),
    "init": (
        Example("Here", "pkcompat init"),
        Example("In a folder that is made", "pkcompat init my-chat"),
    ),
    "migrate": (
        Example("See what would change", "pkcompat migrate . --diff"),
        Example(
            "Migrate a module; a party that would behave differently is wrapped",
            "pkcompat migrate chat.py --verify",
        ),
        Example(
            "Migrate a project; a party that makes its tests fail is wrapped",
            "pkcompat migrate src/ --exclude 'vendor/' --test 'pytest -q'",
        ),
        Example("Find out in CI whether something is left", "pkcompat migrate . --check"),
        Example("The module of an editor's buffer", "pkcompat migrate - < chat.py > chat_class.py"),
    ),
    "scan": (
        Example("All parties of a project", "pkcompat scan ."),
        Example("For a program", "pkcompat scan src/ --format json"),
    ),
    "explain": (
        Example("What a finding means", "pkcompat explain PK301"),
        Example("All codes", "pkcompat explain"),
    ),
    "serve": (
        Example("What `partykit.json` says, and again after each change", "pkcompat serve --reload"),
        Example(
            "Two parties, at all addresses of the machine",
            "pkcompat serve chat.py --party lobby=lobby.py:default --host 0.0.0.0 --port 8080",
        ),
        Example(
            "For production: only pages of one site, a storage that survives a power failure",
            "pkcompat serve --allow-origin https://example.com --durability power --storage /var/lib/chat/",
        ),
        Example(
            "With the class form as a shadow, which answers nobody",
            "pkcompat serve chat.py --shadow main --differences differences/",
        ),
        Example("Recorded, for `verify --traffic`", "pkcompat serve chat.py --record monday.json"),
    ),
    "verify": (
        Example("A module and what the codemod makes of it", "pkcompat verify chat.py"),
        Example("Two forms, more thoroughly", "pkcompat verify chat.py chat_class.py --budget 2000 --seed 7"),
        Example(
            "Under recorded traffic, with a report",
            "pkcompat verify chat.py --traffic monday.json --html report.html",
        ),
    ),
    "watch": (
        Example("A module, and what the codemod makes of it", "pkcompat watch chat.py"),
        Example(
            "Both forms, with traffic to step through",
            "pkcompat watch chat.py chat_class.py --traffic monday.json",
        ),
    ),
    "storage": (
        Example("What is in a storage", "pkcompat storage list .pkcompat/"),
        Example(
            "Back it up, and put it back",
            "pkcompat storage export .pkcompat/ -o a.jsonl && pkcompat storage import .pkcompat/ a.jsonl",
        ),
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
