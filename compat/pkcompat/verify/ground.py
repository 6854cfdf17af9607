"""What the explorer knows about a party, and the clients that its scripts have."""

from __future__ import annotations

from dataclasses import dataclass

from pkcompat.traffic import Connect, Headers, Step
from pkcompat.verify.vocabulary import Vocabulary

Script = tuple[Step, ...]

CLIENTS = ("a", "b", "c")
TWIN = "a2"
"""A client that connects with the id of client a."""
BROKEN_FRAMES = (
    b"\x83\x80\0\0\0\0",  # a reserved opcode
    b"\x81\x82\0\0\0\0\xc3\x28",  # text that is not UTF-8
    b"\x81\x01x",  # an unmasked frame
)
# On both sides of the limit: an id is a tag in a hibernating party, of at most 256 characters.
ODD_IDS = ("x" * 257, "", "%20", "%C3%BC", "x" * 256)


@dataclass(frozen=True, slots=True)
class Ground:
    """What the explorer knows of a party.

    Attributes:
        vocabulary: what its module understands.
        handlers: its handlers, by their class-form names.
        path: where its rooms are, such as `/party`.
        crons: the names of the host's crons.
        shares_ids: whether two sockets may have one id at a time.
    """

    vocabulary: Vocabulary
    handlers: frozenset[str]
    path: str = "/party"
    crons: tuple[str, ...] = ()
    shares_ids: bool = True

    def connect(self, client: str) -> Connect:
        """Connect a client to the room `room`, with its name as its id."""
        return Connect(client, f"{self.path}/room?_pk={client}")


def shares_ids(hibernates: bool, vocabulary: Vocabulary) -> bool:
    """Whether traffic may have two sockets with one id at a time. In a hibernating party it may not: there
    `room.connections` counts both after the migration, and the codemod reports that."""
    return not (hibernates and vocabulary.reads_connections)


def http_headers(*pairs: tuple[str, str]) -> Headers:
    """The pairs that are valid HTTP headers."""
    return tuple(
        (name, value.strip())
        for name, value in pairs
        if name.isascii() and value.isascii() and value.isprintable() and name.replace("-", "").isalnum()
    )
