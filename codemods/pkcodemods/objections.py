"""What was found out about a party by running it, which limits what the codemod may make of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a party must not become what the codemod would make of it.

    Attributes:
        path: the path of its file, as the codemod is given it.
        party: its exported name; empty where the module itself is the object.
        code: the code of the finding, which decides what becomes of it, such as `PK401`.
        what: what was found out, in the words of the finding's message.
    """

    path: str
    party: str
    code: str
    what: str


@dataclass(frozen=True, slots=True)
class FileLeft:
    """Why a file stays as it is.

    Attributes:
        what: the files that it would have to change along with, in the words of the finding's message.
        command: the command that writes all of them.
    """

    what: str
    command: str
