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
    "rooms.jsonl": '{"party": "main", "room": "lobby", "key": "topic", "value": "tea"}\n',
    "traffic.json": '{"party": "main", "steps": [{"op": "connect", "client": "a", "path": "/party/r?_pk=a"},'
    ' {"op": "send", "client": "a", "text": "hi"}]}',
}
"""Files, for the examples."""

ENDINGS = (
    Ending("init", ALL_WELL, "what a project lacks is written, or nothing was lacking", "init project"),
    Ending("init", WRONG_USE, "a file cannot be written", "init chat.py"),
    Ending("scan", ALL_WELL, "everything was read", "scan chat.py"),
    Ending("scan", WRONG_USE, "a file cannot be read or parsed", "scan chat.py broken.py"),
    Ending("explain", ALL_WELL, "the code is explained, or all are listed", "explain PK301"),
    Ending("explain", WRONG_USE, "there is no such code", "explain PK999"),
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
    Ending("serve", ALL_WELL, "it was stopped, by SIGTERM or Ctrl-C"),
    Ending(
        "serve",
        WRONG_USE,
        "a party cannot be loaded, the port is taken, the storage is in use",
        "serve missing.py",
    ),
    Ending(
        "verify", ALL_WELL, "the forms agree, with the recording too", "verify chat.py --traffic traffic.json"
    ),
    Ending("verify", FOUND, "they differ", "verify chat.py other.py --traffic traffic.json"),
    Ending("verify", WRONG_USE, "a form or the traffic cannot be loaded", "verify missing.py"),
    Ending("watch", ALL_WELL, "it was stopped, by SIGTERM or Ctrl-C"),
    Ending(
        "watch", WRONG_USE, "a form or the traffic cannot be loaded, or the port is taken", "watch missing.py"
    ),
    Ending("storage list", ALL_WELL, "they are listed, if there are any", "storage list rooms.sqlite3"),
    Ending(
        "storage list",
        WRONG_USE,
        "there is no such store, or a host has it open",
        "storage list missing.sqlite3",
    ),
    Ending("storage show", ALL_WELL, "the room is shown", "storage show rooms.sqlite3 main/den"),
    Ending(
        "storage show",
        WRONG_USE,
        "the same, or there is no such room or key",
        "storage show rooms.sqlite3 main/cave",
    ),
    Ending("storage export", ALL_WELL, "all rooms are written", "storage export rooms.sqlite3"),
    Ending("storage export", WRONG_USE, "as of `storage show`", "storage export rooms.sqlite3 main/cave"),
    Ending("storage import", ALL_WELL, "all rooms are there now", "storage import rooms.sqlite3 rooms.jsonl"),
    Ending(
        "storage import",
        WRONG_USE,
        "a line cannot be read, or a room holds something else: nothing is written",
        "storage import rooms.sqlite3 chat.py",
    ),
    Ending("storage delete", ALL_WELL, "it is deleted", "storage delete rooms.sqlite3 main/den --yes"),
    Ending(
        "storage delete",
        WRONG_USE,
        "as of `storage show`, or the answer was no",
        "storage delete rooms.sqlite3 main/den",
    ),
    Ending("storage copy", ALL_WELL, "all rooms are there now", "storage copy rooms.sqlite3 copy.sqlite3"),
    Ending(
        "storage copy",
        WRONG_USE,
        "there is no such store, or the target holds something else of a room: nothing is written",
        "storage copy missing.sqlite3 copy.sqlite3",
    ),
)


def by_command() -> str:
    """The table."""
    rows = [(code(each.command), str(each.status), each.when) for each in ENDINGS]
    return markdown_table(("Command", "Status", "When"), rows)
