"""The exit statuses of the commands, each with a command line that ends with it."""

from __future__ import annotations

from dataclasses import dataclass

from docs.tables.markdown import code, markdown_table

from pkcompat.command.exit_status import ALL_WELL, FOUND, WRONG_USE


@dataclass(frozen=True, slots=True)
class Ending:
    """How a command may end.

    Attributes:
        command: its name.
        status: the exit status.
        when: what has happened then.
        example: arguments of `pkcompat` that end so, beside the files of `PROJECT`; empty where that takes
            more than a moment, or a signal.
    """

    command: str
    status: int
    when: str
    example: str = ""


PROJECT = {
    "chat.py": "def on_message(message, connection, room):\n    room.broadcast(message)\n\n\n"
    'default = {"onMessage": on_message}\n',
    "new.py": "from partyserver import PartyServer\n\n\nclass Chat(PartyServer):\n"
    "    def on_message(self, message, sender):\n        self.room.broadcast(message)\n\n\ndefault = Chat\n",
    "other.py": "def on_message(message, connection, room):\n    room.broadcast(message + '!')\n\n\n"
    'default = {"onMessage": on_message}\n',
    "broken.py": "import partykit.server\ndefault = {\n",
    "traffic.json": '{"party": "main", "steps": [{"op": "connect", "client": "a", "path": "/party/r?_pk=a"},'
    ' {"op": "send", "client": "a", "text": "hi"}]}',
}
"""Files, for the examples."""

ENDINGS = (
    Ending("scan", ALL_WELL, "everything was read", "scan chat.py"),
    Ending("scan", WRONG_USE, "a file cannot be read or parsed", "scan chat.py broken.py"),
    Ending("migrate", ALL_WELL, "everything is written, or nothing had to be", "migrate chat.py"),
    Ending("migrate", FOUND, "`--check`: a file would change", "migrate --check chat.py"),
    Ending("migrate", FOUND, "`--verify`: a party differs, or too little was reached"),
    Ending(
        "migrate",
        FOUND,
        "`--test`: the tests fail with a party",
        "migrate chat.py --test 'grep onMessage chat.py'",
    ),
    Ending("migrate", WRONG_USE, "a file cannot be processed (the others are written)", "migrate broken.py"),
    Ending(
        "migrate", WRONG_USE, "`--test`: the tests fail with nothing changed", "migrate chat.py --test false"
    ),
    Ending(
        "verify", ALL_WELL, "the forms agree, with the recording too", "verify chat.py --traffic traffic.json"
    ),
    Ending("verify", FOUND, "they differ", "verify chat.py other.py --traffic traffic.json"),
    Ending("verify", WRONG_USE, "a form or the traffic cannot be loaded", "verify missing.py"),
)


def by_command() -> str:
    """The table."""
    rows = [(code(each.command), str(each.status), each.when) for each in ENDINGS]
    return markdown_table(("Command", "Status", "When"), rows)
